"""Durations as people write them, to integer milliseconds and back."""

import math
import re

_UNIT_MS = {
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_BARE_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
LONGEST_MS = 100 * 366 * _UNIT_MS["d"]
"""A century: longer than anybody waits, far from where integers stop fitting."""


def parse_duration_ms(written: str | float) -> int:
    """Return milliseconds for `"1h30m"`, `"500ms"`, `"2d"` or a number of seconds.

    Raises:
        ValueError: it is not a duration; the message says what one looks like.
    """
    if isinstance(written, str):
        milliseconds = _text_ms(written.strip())
    else:
        milliseconds = float(written) * _UNIT_MS["s"]
    if not 0 <= milliseconds <= LONGEST_MS:
        raise ValueError(f"a duration is between 0 and 100 years, not {written!r}")
    return math.floor(milliseconds + 0.5)


def _text_ms(text: str) -> float:
    if _BARE_NUMBER.fullmatch(text):
        return float(text) * _UNIT_MS["s"]
    if not _WHOLE.fullmatch(text):
        raise ValueError(
            f"{text[:40]!r} is not a duration; write it like '30s', '1h30m' or '500ms'"
        )
    return sum(float(n) * _UNIT_MS[unit] for n, unit in _PART.findall(text))


def format_duration(duration_ms: int) -> str:
    """Return the shortest text that `parse_duration_ms` reads back as `duration_ms`."""
    parts = []
    rest = duration_ms
    for unit, unit_ms in _UNIT_MS.items():
        if unit == "w":
            continue
        count, rest = divmod(rest, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
