"""Places in a source text: offsets, the line and column they stand for, excerpts."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys and list positions from the root of a document."""

_LINE_END = re.compile(r"\n")
_EXCERPT_LENGTH = 120
_BEFORE_COLUMN = 80


class Span(NamedTuple):
    """Where one value stands, as offsets into the text."""

    key: int
    """Start of its key; of the value itself in a list."""
    start: int
    end: int


class LineIndex:
    """A text whose lines are counted once, for many places in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column, in characters, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column, in characters, of an offset."""
    offset = min(max(offset, 0), len(text))
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def offset_of(text: str, line: int, column: int) -> int:
    """Return the offset of a 1-based line and column; the nearest there is."""
    start = 0
    for _ in range(line - 1):
        newline = text.find("\n", start)
        if newline < 0:
            return len(text)
        start = newline + 1
    return min(start + column - 1, len(text))


def excerpt(text: str, offset: int) -> str:
    """Return the line around an offset, at most 120 characters, nothing unprintable.

    A longer line is cut on both sides and marked with `…`.
    """
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    if end - start > _EXCERPT_LENGTH:
        first = max(start, min(offset - _BEFORE_COLUMN, end - _EXCERPT_LENGTH + 2))
        last = min(end, first + _EXCERPT_LENGTH - 2)
        before = "…" if first > start else ""
        after = "…" if last < end else ""
        line = f"{before}{text[first:last]}{after}"
    else:
        line = text[start:end]
    return printable(line)


def printable(text: str) -> str:
    """Return `text` with a `·` for what does not print, and blanks for tabs.

    So that no file can send escape sequences to a terminal through its problems.
    """
    text = text.rstrip("\r").replace("\t", " ")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "·" for char in text)


def prefixes(path: Path) -> Iterator[Path]:
    """Yield `path` and everything above it but the root, longest first."""
    for length in range(len(path), 0, -1):
        yield path[:length]
