"""Values over time as rows of blocks and dots."""

from collections.abc import Sequence

_BLOCKS = " ▁▂▃▄▅▆▇█"
_DOTS = "⣀⣤⣶⣿"
_EIGHTHS = 8


def block_rows(values: Sequence[float | None], highest: float, lines: int) -> list[str]:
    """Return a plot of `lines` rows, the top one first; None is left blank.

    A value over zero shows at least an eighth of a cell.
    """
    levels = [_level(value, highest, lines * _EIGHTHS) for value in values]
    return [
        "".join(_BLOCKS[min(_EIGHTHS, max(0, level - below))] for level in levels)
        for below in range((lines - 1) * _EIGHTHS, -1, -_EIGHTHS)
    ]


def dots(values: Sequence[float], highest: float) -> str:
    """Return one cell of one to four rows of dots per value: `⣀⣤⣶⣿`."""
    levels = (_level(value, highest, len(_DOTS)) for value in values)
    return "".join(_DOTS[max(1, level) - 1] for level in levels)


def _level(value: float | None, highest: float, levels: int) -> int:
    if value is None or value <= 0 or highest <= 0:
        return 0
    return min(levels, max(1, round(value / highest * levels)))
