"""The colours of output: of all control sequences, only those that colour are kept.

What a program writes is cut into runs of one colour each; everything else that could
act on the terminal is removed, as in `sanitize`. A line starts in the colours that the
lines before it have left behind.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from leo_tui.text.sanitize import REPLACEMENT, SEQUENCE, TAB_CELLS, UNSAFE
from leo_tui.text.width import cells

BOLD, DIM, ITALIC, UNDERLINE, REVERSE = 1, 2, 4, 8, 16
HIT = 32
"""Not a program's: what a search has found."""

DEFAULT = -1
TRUE_COLOUR = 1 << 24
"""Added to a colour given as red, green and blue; below it are the 256 numbers."""


class Ink(NamedTuple):
    """How a run of text is drawn."""

    colour: int = DEFAULT
    ground: int = DEFAULT
    flags: int = 0


class Run(NamedTuple):
    """Harmless text in one ink."""

    text: str
    ink: Ink


PLAIN = Ink()

_COLOURING = re.compile(r"(?:\x1b\[|\x9b)([0-9;:]*)m")
_COLOURING_BYTES = re.compile(rb"(?:\x1b\[|\xc2\x9b)([0-9;:]*)m")
_UNFINISHED = re.compile(rb"(?:\x1b(?:\[[0-9;:]{0,64})?|\xc2(?:\x9b[0-9;:]{0,64})?)\Z")
_RESETS = (b"\x1b[m", b"\x1b[0m")
_LONGEST_PARAMETERS = 64
_LONGEST_SEQUENCE = 72
_NEAR_END = 4096
_MOST_RUNS = 500
"""Changes of colour in a line; nobody sees more, and each takes its time."""

_SET_FLAG = {1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: REVERSE, 21: UNDERLINE}
_CLEAR_FLAG = {22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: REVERSE}
_FOREGROUND, _BACKGROUND = 38, 48
_BY_NUMBER, _BY_RGB = 5, 2
_PAINTS = {
    **{30 + unit: (_FOREGROUND, unit) for unit in range(8)},
    **{40 + unit: (_BACKGROUND, unit) for unit in range(8)},
    **{90 + unit: (_FOREGROUND, unit + 8) for unit in range(8)},
    **{100 + unit: (_BACKGROUND, unit + 8) for unit in range(8)},
    39: (_FOREGROUND, DEFAULT),
    49: (_BACKGROUND, DEFAULT),
}


def inked(ink: Ink, flag: int) -> Ink:
    """Return an ink with one more flag."""
    return ink._replace(flags=ink.flags | flag)


def runs_of(text: str, ink: Ink = PLAIN) -> tuple[tuple[Run, ...], Ink]:
    r"""Return one line of output as runs, and the ink that it leaves behind.

    Of a line that was overwritten with `\r`, the last version; tabs to columns of 8.
    """
    if text.isprintable():
        return ((Run(text, ink),) if text else ()), ink
    before, _, last = text.rstrip("\r\n").rpartition("\r")
    for match in _COLOURING.finditer(before):
        ink = coloured(ink, match[1])
    first, *rest = _COLOURING.split(last)
    runs: list[Run] = []
    _add_run(runs, first, ink)
    for place in range(0, len(rest), 2):
        if place == 2 * _MOST_RUNS:
            _add_run(runs, "".join(rest[place + 1 :: 2]), ink)
            break
        ink = coloured(ink, rest[place])
        _add_run(runs, rest[place + 1], ink)
    return tuple(runs), ink


def ink_after(block: bytes, ink: Ink) -> Ink:
    """Return the ink that is left behind by bytes which may hold many lines."""
    if b"\x1b" not in block and b"\x9b" not in block:
        return ink
    for match in _COLOURING_BYTES.finditer(block, _last_reset(block)):
        ink = coloured(ink, match[1].decode())
    return ink


def _last_reset(block: bytes) -> int:
    """Return where what was set before does not matter any more."""
    for start in (max(0, len(block) - _NEAR_END), 0):
        found = max(block.rfind(reset, start) for reset in _RESETS)
        if found >= 0:
            return found
    return 0


def unfinished(block: bytes) -> int:
    """Return how many bytes at the end may be the beginning of a colour sequence."""
    match = _UNFINISHED.search(block, max(0, len(block) - _LONGEST_SEQUENCE))
    return len(match[0]) if match else 0


@lru_cache(maxsize=4096)
def coloured(ink: Ink, parameters: str) -> Ink:
    """Return an ink after an SGR sequence; what it does not know, it leaves out.

    Source: ECMA-48, 5th edition, 8.3.117; ITU-T T.416, 13.1.8 for `38:2::r:g:b`.
    """
    if len(parameters) > _LONGEST_PARAMETERS:
        return ink
    codes = iter(parameters.split(";"))
    for code in codes:
        main, _, details = code.partition(":")
        number = int(main or 0)
        if number in {_FOREGROUND, _BACKGROUND}:
            parts = details.split(":") if details else [next(codes, "")]
            colour = _wide_colour(parts, codes if not details else iter(()))
            ink = _painted(ink, number, colour)
        else:
            ink = _simple(ink, number, details)
    return ink


def _simple(ink: Ink, number: int, details: str) -> Ink:
    if number == 0:
        return PLAIN
    if number in _SET_FLAG and details != "0":
        return inked(ink, _SET_FLAG[number])
    if number in _SET_FLAG:
        # `4:0` is no underline.
        return _without(ink, _SET_FLAG[number])
    if number in _CLEAR_FLAG:
        return _without(ink, _CLEAR_FLAG[number])
    if number in _PAINTS:
        return _painted(ink, *_PAINTS[number])
    return ink


def _painted(ink: Ink, number: int, colour: int | None) -> Ink:
    if colour is None:
        return ink
    if number == _FOREGROUND:
        return ink._replace(colour=colour)
    return ink._replace(ground=colour)


def _without(ink: Ink, flags: int) -> Ink:
    return ink._replace(flags=ink.flags & ~flags)


def _wide_colour(parts: list[str], more: Iterator[str]) -> int | None:
    """Return the colour of `5;n`, `2;r;g;b` or, with colons, `2::r:g:b`."""
    kind = int(parts[0] or 0)
    wanted = {_BY_NUMBER: 1, _BY_RGB: 3}.get(kind, 0)
    given = parts[1:] or [next(more, "") for _ in range(wanted)]
    values = [int(value or 0) for value in given[-wanted:]] if wanted else []
    if len(values) != wanted or any(value > 255 for value in values):  # noqa: PLR2004 - a byte
        return None
    if kind == _BY_NUMBER:
        return values[0]
    if kind == _BY_RGB:
        return TRUE_COLOUR | values[0] << 16 | values[1] << 8 | values[2]
    return None


def _add_run(runs: list[Run], piece: str, ink: Ink) -> None:
    if not piece.isprintable():
        piece = SEQUENCE.sub("", piece)
        if "\t" in piece:
            # Tabs go by where the line is, not by where the piece begins.
            column = sum(cells(run.text) for run in runs)
            piece = (" " * column + piece).expandtabs(TAB_CELLS)[column:]
        piece = UNSAFE.sub(REPLACEMENT, piece)
    if not piece:
        return
    if runs and runs[-1].ink == ink:
        piece = runs.pop().text + piece
    runs.append(Run(piece, ink))
