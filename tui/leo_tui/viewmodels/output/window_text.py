"""What is said below the output: where the window is, and what a search has found."""

from typing import NamedTuple

from leo_tui.theme import Style
from leo_tui.units import size
from leo_tui.viewmodels.output.log_window import LogWindow
from leo_tui.viewmodels.output.times import Times
from leo_tui.viewmodels.spans import Line, Span, joined

_GAP = "   "
_DOT = " · "


class Found(NamedTuple):
    """How far a search is."""

    hits: int
    place: int | None
    """Of the current line among the hits, from 0; None when it is none of them."""
    is_done: bool
    is_regex: bool
    heeds_case: bool
    failure: str = ""


def footer(window: LogWindow) -> Line:
    """Return `line 16/18 · follow off · wrap on`."""
    state = window.state
    parts = [
        Span(_lines_word(window)),
        Span(f"follow {_on(state.follows and window.lines.is_live)}"),
        Span(f"wrap {_on(state.wraps)}"),
    ]
    if state.times is not Times.OFF:
        parts.append(Span(f"times {state.times}"))
    return joined(parts, _DOT)


def zoomed_footer(window: LogWindow) -> Line:
    """Return `line 1,204,311-1,204,344 of 1,204,902   ▼ 558 new lines   PAUSED (…)`."""
    rows = window.rows()
    lines = window.lines
    total = _total(window)
    if not rows:
        return (Span(f"line 0 of {total}"),)
    first, last = rows[0].line.number + 1, rows[-1].line.number + 1
    where = f"line {first:,}-{last:,} of {total}" if window.knows_numbers else total
    parts = [Span(where)]
    if not window.state.follows and lines.is_live:
        new = window.count() - window.place_of(last)
        if new:
            word = "new line" if new == 1 else "new lines"
            parts.append(Span(f"▼ {new:,} {word}", Style.ACCENT))
        parts.append(Span("PAUSED (G follows)", Style.BOLD))
    return joined(parts, _GAP)


def status(window: LogWindow, *, has_times: bool) -> Line:
    """Return `follow off · wrap off · times abs · 88 MB on disk, all of it …`."""
    state, lines = window.state, window.lines
    times = (
        "not known" if state.times is not Times.OFF and not has_times else state.times
    )
    # What a tail has read says nothing about how much there is.
    kept = f"{size(lines.size_bytes)} on disk, all of it scrollable"
    parts = [
        Span(f"follow {_on(state.follows and lines.is_live)}"),
        Span(f"wrap {_on(state.wraps)}"),
        Span(f"times {times}"),
        Span(kept),
    ]
    return joined(parts, _DOT)


def search_line(found: Found, *, filters: bool) -> Line:
    """Return `match 214 of 1,031   n next  N prev   ctrl+r regex ●   smart case`."""
    if found.failure:
        return (Span(found.failure, Style.BAD),)
    return joined(
        [
            _match(found),
            Span("n next  N prev"),
            Span(f"ctrl+r regex {_dot(found.is_regex)}"),
            Span("case ●" if found.heeds_case else "smart case"),
            Span(f"& filter lines {_dot(filters)}"),
        ],
        _GAP,
    )


def _match(found: Found) -> Span:
    least = "" if found.is_done else "≥ "
    if not found.hits:
        return Span("no match", Style.CARE) if found.is_done else Span("searching")
    if found.place is None:
        word = "match" if found.hits == 1 else "matches"
        return Span(f"{least}{found.hits:,} {word}", Style.BOLD)
    return Span(f"match {found.place + 1:,} of {least}{found.hits:,}", Style.BOLD)


def _lines_word(window: LogWindow) -> str:
    current = window.current()
    if current is None or not window.knows_numbers:
        return f"line {_total(window)}" if current is None else _total(window)
    return f"line {current + 1:,}/{_total(window)}"


def _total(window: LogWindow) -> str:
    if not window.knows_numbers:
        return "the last lines"
    return f"{'' if window.lines.is_whole else '≥ '}{window.lines.count:,}"


def _on(is_on: object) -> str:
    return "on" if is_on else "off"


def _dot(is_on: object) -> str:
    return "●" if is_on else "○"
