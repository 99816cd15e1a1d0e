"""Output as text to take elsewhere: masked, harmless, a piece at a time."""

from collections.abc import Iterator

from leo_tui.text.sanitize import TAB_CELLS
from leo_tui.text.sgr import (
    BOLD,
    DEFAULT,
    DIM,
    ITALIC,
    PLAIN,
    REVERSE,
    TRUE_COLOUR,
    UNDERLINE,
    Ink,
    Run,
)
from leo_tui.viewmodels.output.log_lines import LineSource, SourceLine
from leo_tui.viewmodels.output.shown_line import shown

_AT_A_TIME = 500
_EXTENDED_BYTES = 4 * 1024 * 1024
_FLAGS = ((BOLD, "1"), (DIM, "2"), (ITALIC, "3"), (UNDERLINE, "4"), (REVERSE, "7"))


def copied(
    lines: LineSource, wanted: range | None = None, *, in_colour: bool = False
) -> Iterator[str]:
    """Yield lines with their ends, whole: all there are now, or some."""
    if wanted is None:
        while not lines.is_whole and lines.extend(_EXTENDED_BYTES):
            pass
        wanted = range(lines.first, lines.count)
    for first in range(wanted.start, wanted.stop, _AT_A_TIME):
        for line in lines.lines(first, min(_AT_A_TIME, wanted.stop - first)):
            whole = lines.whole(line) if line.is_cut else line
            yield _text(whole, in_colour=in_colour)


def _text(line: SourceLine, *, in_colour: bool) -> str:
    made = shown(line, longest=len(line.text) * TAB_CELLS)
    prefix = f"{made.label} │ " if made.label else ""
    if not in_colour:
        return f"{prefix}{made.text}\n"
    return prefix + "".join(map(_coloured, made.runs)) + "\n"


def _coloured(run: Run) -> str:
    if run.ink == PLAIN:
        return run.text
    return f"\x1b[{';'.join(_parameters(run.ink))}m{run.text}\x1b[m"


def _parameters(ink: Ink) -> Iterator[str]:
    yield from (number for flag, number in _FLAGS if ink.flags & flag)
    for code, colour in (("38", ink.colour), ("48", ink.ground)):
        if colour == DEFAULT:
            continue
        if colour < TRUE_COLOUR:
            yield f"{code};5;{colour}"
        else:
            yield f"{code};2;{colour >> 16 & 255};{colour >> 8 & 255};{colour & 255}"
