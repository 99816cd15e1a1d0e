"""Milliseconds, bytes and instants, as people read them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from leo_engine.spec.duration import parse_duration_ms

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

KIB_BYTES = 1024

_TENTHS_BELOW_MS = 59_950
"""From here on, tenths would round to `60.0 s`."""
_NEXT_UNIT_FROM = 1023.95
"""From here on, tenths would round to `1024.0`."""
_TWO_DIGITS_FROM = 9.95
"""From here on, a number has two digits before the point."""


def duration(duration_ms: int) -> str:
    """Return `320 ms`, `1.2 s`, `3m05s`, `2h05m` or `3d04h`."""
    length_ms = max(0, duration_ms)
    if length_ms < SECOND_MS:
        return f"{length_ms} ms"
    if length_ms < _TENTHS_BELOW_MS:
        return f"{length_ms / SECOND_MS:.1f} s"
    seconds = round(length_ms / SECOND_MS)
    if seconds < HOUR_MS // SECOND_MS:
        return f"{seconds // 60}m{seconds % 60:02}s"
    minutes = seconds // 60
    if minutes < DAY_MS // MINUTE_MS:
        return f"{minutes // 60}h{minutes % 60:02}m"
    hours = minutes // 60
    return f"{hours // 24}d{hours % 24:02}h"


def elapsed(duration_ms: int) -> str:
    """Return a duration for a clock that ticks in view: `4.0 s`, never milliseconds."""
    return duration(duration_ms) if duration_ms >= SECOND_MS else _tenths(duration_ms)


def clock(duration_ms: int) -> str:
    """Return a duration for a narrow column: `4.1s`, `1:58`, `1:02:09`, `3d04h`."""
    length_ms = max(0, duration_ms)
    if length_ms < _TENTHS_BELOW_MS:
        return f"{length_ms / SECOND_MS:.1f}s"
    return stopwatch(round(length_ms / SECOND_MS) * SECOND_MS)


def stopwatch(duration_ms: int) -> str:
    """Return whole seconds, as a clock that runs beside it shows: `0:31`, `1:02:09`."""
    seconds = max(0, duration_ms) // SECOND_MS
    if seconds >= DAY_MS // SECOND_MS:
        return duration(duration_ms)
    minutes = seconds // 60
    if minutes < HOUR_MS // MINUTE_MS:
        return f"{minutes}:{seconds % 60:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds % 60:02}"


def time_of_day(at_ms: int, zone: tzinfo | None = None) -> str:
    """Return `12:04:31`; in the local zone unless one is given."""
    moment = datetime.fromtimestamp(at_ms / SECOND_MS, tz=zone).astimezone(zone)
    return moment.strftime("%H:%M:%S")


def size(size_bytes: int) -> str:
    """Return `512 B`, `1.5 KiB`, `2.0 GiB`."""
    if size_bytes < KIB_BYTES:
        return f"{size_bytes} B"
    amount = float(size_bytes)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= KIB_BYTES
        if amount < _NEXT_UNIT_FROM:
            return f"{amount:.1f} {unit}"
    return f"{amount / KIB_BYTES:.1f} TiB"


def short_size(size_bytes: int) -> str:
    """Return a size for a narrow column: `512B`, `5.1G`, `212M`."""
    return _shortened(size_bytes, KIB_BYTES, "BKMGTP")


def short_count(count: int) -> str:
    """Return a count for a narrow column: `812`, `2.1k`, `88k`, `3.0M`."""
    return _shortened(count, 1_000, ("", "k", "M", "G", "T"))


def grouped(count: int) -> str:
    """Return a number in groups of three digits: `9 800`."""
    return f"{count:,}".replace(",", " ")


def instant(at_ms: int, zone: tzinfo | None = None) -> str:
    """Return `2026-03-01 14:03:05 CET`; in the local zone unless one is given."""
    moment = datetime.fromtimestamp(at_ms / SECOND_MS, tz=zone).astimezone(zone)
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z").rstrip()


def age(at_ms: int, now_ms: int) -> str:
    """Return how long ago it was, in one unit: `now`, `40 s ago`, `3 h ago`."""
    past_ms = now_ms - at_ms
    if past_ms < SECOND_MS:
        return "now"
    for unit, length_ms in (("d", DAY_MS), ("h", HOUR_MS), ("min", MINUTE_MS)):
        if past_ms >= length_ms:
            return f"{past_ms // length_ms} {unit} ago"
    return f"{past_ms // SECOND_MS} s ago"


def counted(count: int, noun: str) -> str:
    """Return `1 task` or `3 tasks`, for a noun that takes an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def parse_instant_ms(text: str, now_ms: int) -> int:
    """Return when `2026-03-01`, `2026-03-01T12:00` or `2h` ago was.

    A time without a zone is local.

    Raises:
        ValueError: it is neither; the message shows what one looks like.
    """
    try:
        return now_ms - parse_duration_ms(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        wanted = "write 2h (ago), 2026-03-01 or 2026-03-01T12:00"
        raise ValueError(f"{text!r} is not a time; {wanted}") from None
    return round(moment.astimezone().timestamp() * SECOND_MS)


def _tenths(duration_ms: int) -> str:
    return f"{max(duration_ms, 0) / SECOND_MS:.1f} s"


def _shortened(amount: int, step: int, units: Sequence[str]) -> str:
    """Return two digits or more of `amount` in the largest unit that fits."""
    left = float(amount)
    unit = units[0]
    for larger in units[1:]:
        if left < step - 0.5:
            break
        left /= step
        unit = larger
    is_short = unit != units[0] and left < _TWO_DIGITS_FROM
    return f"{left:.1f}{unit}" if is_short else f"{left:.0f}{unit}"
