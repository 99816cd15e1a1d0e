"""Columns of text: aligned, and cut to a width when there is one to keep."""

from collections.abc import Sequence

from leo_tui.text.width import cells, cut, pad

_GAP = "  "
_NARROWEST = 6


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    width: int | None = None,
) -> list[str]:
    """Return header and rows as aligned lines; an empty header is left out.

    `right` names the columns aligned to the right. With a `width`, the widest columns
    are cut until a line fits; without, nothing is.
    """
    lines = [list(header), *rows] if header else list(rows)
    if not lines:
        return []
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    if width is not None:
        _shrink(widths, width)
    return [_line(line, widths, right) for line in lines]


def _shrink(widths: list[int], width: int) -> None:
    """Take cells from the widest column, one by one, until the line fits."""
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0 and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
        excess -= 1


def _line(line: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    fields = (
        pad(cut(field, width), width, right=column in right)
        for column, (field, width) in enumerate(zip(line, widths, strict=True))
    )
    return _GAP.join(fields).rstrip()
