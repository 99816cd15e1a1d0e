"""What a program writes to a terminal, taken apart: its text and its sequences.

Says which sequences are none of Textual's, which set a colour, and what the terminal is
left with in the end.
"""

import re
from collections.abc import Iterator

Size = tuple[int, int]
"""Columns and rows."""

_TOKEN = re.compile(
    rb"[^\x1b]+"
    rb"|\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|(?=\x1b[^\\]))"
    rb"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"
)
"""Text or a whole sequence; a string is broken off by the next one.

Source: ECMA-48, 5th edition, section 5.4 and 8.3.
"""

_MODES_OF_TEXTUAL = rb"(?:7|25|1000|1003|1004|1006|1015|1016|1049|2004|2026|2048)"
_OF_TEXTUAL = re.compile(
    rb"\x1b\[(?:"
    rb"[0-9;]*m"  # colours and styles
    rb"|H|[0-9]+;[0-9]+H|2?J|K"  # where to draw, what to clear
    rb"|\?" + _MODES_OF_TEXTUAL + rb"[hl]"
    rb"|\?(?:2026|2048)\$p"  # can you do this?
    rb"|>[0-9]+u|<u"  # kitty's keyboard protocol
    rb")|\x1b\]22;[a-z-]+\x07"  # the shape of the pointer
)
"""Source: textual 8.2.8, `drivers/linux_driver.py`, `_compositor.py`, `app.py`."""

_PLACE = re.compile(rb"\x1b\[([0-9]+);([0-9]+)H")
_SGR = re.compile(rb"\x1b\[([0-9;]*)m")
_MODE = re.compile(rb"\x1b\[\?([0-9]+)([hl])")
_KEYBOARD = re.compile(rb"\x1b\[([<>])[0-9]*u")
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DISGUISE = re.compile("[\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")

_AT_REST = {b"7": True, b"25": True}
"""Modes that are on when nobody draws: wrapping, and the cursor is shown."""


def tokens(written: bytes) -> Iterator[bytes]:
    """Yield texts and sequences in turn, without a sequence that is cut off."""
    at = 0
    while found := _TOKEN.match(written, at):
        yield found[0]
        at = found.end()


def foreign(written: bytes, size: Size | None = None) -> list[str]:
    """Return the sequences and controls that are none of Textual's own, oldest first.

    With `size`, a place outside the terminal is not its own either.
    """
    found = []
    seen = 0
    for token in tokens(written):
        seen += len(token)
        if not token.startswith(b"\x1b"):
            text = token.decode(errors="replace")
            found += [
                repr(one) for one in _CONTROL.findall(text) + _DISGUISE.findall(text)
            ]
        elif not _OF_TEXTUAL.fullmatch(token) or _is_outside(token, size):
            found.append(repr(token))
    return [*found, repr(written[seen:])] if written[seen:] else found


def _is_outside(token: bytes, size: Size | None) -> bool:
    place = _PLACE.fullmatch(token)
    if place is None or size is None:
        return False
    return int(place[1]) > size[1] or int(place[2]) > size[0]


def colours(written: bytes) -> set[str]:
    """Return the parameters of SGR that set a colour."""
    return {
        parameter
        for match in _SGR.finditer(written)
        for parameter in _parameters(match[1].decode())
        if re.fullmatch(r"(?:[349][0-7]|10[0-7]|[345]8;.*)", parameter)
    }


def _parameters(sgr: str) -> Iterator[str]:
    """Yield parameters, with what belongs to 38, 48 and 58 attached."""
    parts = sgr.split(";")
    while parts:
        first = parts.pop(0)
        if first in {"38", "48", "58"} and parts:
            count = {"2": 4, "5": 2}.get(parts[0], 1)
            first = ";".join([first, *parts[:count]])
            del parts[:count]
        yield first


def modes(written: bytes) -> dict[bytes, bool]:
    """Return the private modes that were set or reset, as they are in the end."""
    return {match[1]: match[2] == b"h" for match in _MODE.finditer(written)}


def unrestored(written: bytes) -> list[str]:
    """Return what of the terminal is not as a shell expects to find it."""
    found = [
        f"mode {name.decode()} is {'on' if is_on else 'off'}"
        for name, is_on in modes(written).items()
        if is_on != _AT_REST.get(name, False)
    ]
    depth = sum(1 if one[1] == b">" else -1 for one in _KEYBOARD.finditer(written))
    if depth > 0:
        found.append("the keyboard protocol is still pushed")
    styles = _SGR.findall(written)
    if styles and styles[-1] not in {b"", b"0"}:
        found.append(f"style {styles[-1].decode()} is still on")
    return found
