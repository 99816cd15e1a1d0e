"""A line of text in several styles, before any terminal has drawn it."""

from collections.abc import Iterable
from typing import NamedTuple

from leo_tui.text.width import cells, cut, cut_middle
from leo_tui.theme import Style

_LEAST_NAME = 12


class Span(NamedTuple):
    """Text in one style."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """Return a line of spans; bare text is plain."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def text_of(spans: Line) -> str:
    """Return the text of a line without its styles."""
    return "".join(span.text for span in spans)


def cut_line(spans: Line, width: int) -> Line:
    """Return the line in at most `width` cells, with an ellipsis if shortened."""
    kept = []
    for span in spans:
        text = cut(span.text, width)
        kept.append(span if text is span.text else Span(text, span.style))
        width -= cells(text)
        if text is not span.text:
            break
    return tuple(kept)


def cut_first(spans: Line, width: int) -> Line:
    """Return the line with its first span, a name, cut until the others fit."""
    first, others = spans[:1], spans[1:]
    room = max(_LEAST_NAME, width - sum(cells(span.text) for span in others))
    if not others or cells(first[0].text) <= room:
        return spans
    return (Span(cut_middle(first[0].text, room), first[0].style), *others)


def joined(spans: Iterable[Span], gap: str) -> Line:
    """Return one line of spans with `gap` between them."""
    parts: list[Span] = []
    for span in spans:
        if parts:
            parts.append(Span(gap))
        parts.append(span)
    return tuple(parts)
