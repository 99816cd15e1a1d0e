"""Lines of spans broken into several of a width, between words where it can be."""

import re
from collections.abc import Iterable

from leo_tui.text.width import cells
from leo_tui.viewmodels.spans import Line, Span

MOST_CHARACTERS = 5_000
"""Of one span: more than a dialog can show, less than takes time to measure."""

_PIECES = re.compile(r" +|[^ ]+")


def wrapped_line(spans: Line, width: int) -> list[Line]:
    """Return a sanitised line in lines of at most `width` cells, at least one.

    A word that is too long is broken; blanks where a line ends are left out, and so is
    what no dialog could show.
    """
    rows: list[list[Span]] = [[]]
    room = width = max(width, 2)
    for span in spans:
        for piece in _PIECES.findall(span.text[:MOST_CHARACTERS]):
            for part in _broken(piece, width):
                if cells(part) > room:
                    rows.append([])
                    room = width
                if part.isspace() and not rows[-1] and len(rows) > 1:
                    continue
                rows[-1].append(Span(part, span.style))
                room -= cells(part)
    return [_joined(row) for row in rows]


def wrapped_lines(lines: Iterable[Line], width: int) -> list[Line]:
    """Return several lines, each broken to the width."""
    return [part for spans in lines for part in wrapped_line(spans, width)]


def _broken(word: str, width: int) -> list[str]:
    """Return a word in parts that fit; blanks never need a line of their own."""
    if cells(word) <= width:
        return [word]
    if word.isspace():
        return [" "]
    parts = [""]
    room = width
    for character in word:
        room -= cells(character)
        if room < 0:
            parts.append("")
            room = width - cells(character)
        parts[-1] += character
    return parts


def _joined(row: list[Span]) -> Line:
    """Return neighbours of one style as one span, without blanks at the end."""
    joined: list[Span] = []
    for span in row:
        if joined and joined[-1].style is span.style:
            joined[-1] = Span(joined[-1].text + span.text, span.style)
        else:
            joined.append(span)
    if joined:
        joined[-1] = Span(joined[-1].text.rstrip(" "), joined[-1].style)
    return tuple(joined)
