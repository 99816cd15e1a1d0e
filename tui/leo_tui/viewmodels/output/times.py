"""When lines were written, in a column before them."""

from datetime import datetime, tzinfo
from enum import StrEnum

from leo_tui.units import HOUR_MS, MINUTE_MS, SECOND_MS

WIDTH = 12


class Times(StrEnum):
    """What the column says; the value is its name on the screen."""

    OFF = "off"
    CLOCK = "abs"
    RELATIVE = "rel"
    DELTA = "delta"


AFTER = {
    Times.OFF: Times.CLOCK,
    Times.CLOCK: Times.RELATIVE,
    Times.RELATIVE: Times.DELTA,
    Times.DELTA: Times.OFF,
}


def time_text(
    times: Times,
    at_ms: int | None,
    since_ms: int | None,
    began_ms: int | None,
    zone: tzinfo | None = None,
) -> str:
    """Return 12 cells: `12:04:30.011`, or how long after the first or last line."""
    if times is Times.CLOCK and at_ms is not None:
        moment = datetime.fromtimestamp(at_ms // SECOND_MS, tz=zone).astimezone(zone)
        return f"{moment:%H:%M:%S}.{at_ms % SECOND_MS:03}"
    if times is Times.RELATIVE and at_ms is not None and began_ms is not None:
        return _span(at_ms - began_ms).rjust(WIDTH)
    if times is Times.DELTA and since_ms is not None:
        return f"+{_span(since_ms)}".rjust(WIDTH)
    return " " * WIDTH


def _span(length_ms: int) -> str:
    length_ms = max(length_ms, 0)
    seconds = f"{length_ms % MINUTE_MS / SECOND_MS:06.3f}"
    if length_ms < MINUTE_MS:
        return f"{length_ms / SECOND_MS:.3f}"
    minutes = length_ms % HOUR_MS // MINUTE_MS
    if length_ms < HOUR_MS:
        return f"{minutes}:{seconds}"
    return f"{length_ms // HOUR_MS}:{minutes:02}:{seconds}"
