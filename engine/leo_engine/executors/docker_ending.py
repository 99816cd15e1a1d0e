"""How a container ended, in words."""

import signal
from collections.abc import Mapping
from datetime import datetime

from leo_engine.executors.signal_name import signal_name
from leo_engine.spec.model import Json
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded

_MEANINGS = {
    125: ": the container could not be run",
    126: ": cannot be executed",
    127: ": command not found",
}
"""Source: docker run, "Exit status"."""
_SIGNALS_FROM = 128
_BY_A_DAEMON = frozenset((137, 143, 255))
"""What containers end with that a daemon takes with it."""
_YEAR_ONE = "0001-"
"""Begins the time of what has not happened yet."""
_UNITS = (
    *((1_000_000_000, "GB"), (1 << 30, "GiB")),
    *((1_000_000, "MB"), (1 << 20, "MiB"), (1_000, "kB"), (1 << 10, "KiB")),
)


def outcome_of(
    state: Mapping[str, Json], memory_bytes: int, *, was_silent: bool
) -> Outcome:
    """Return how it ended, from the `State` that the daemon tells.

    `was_silent`: the daemon was gone for a while, and may have taken it along.
    """
    code = _number(state.get("ExitCode"))
    is_short = state.get("OOMKilled") is True
    if code == 0:
        return Succeeded()
    if is_short:
        return _out_of_memory(code, memory_bytes)
    if was_silent and code in _BY_A_DAEMON:
        return Lost(reason="the Docker daemon went away, and its container with it")
    named = signal_name(code - _SIGNALS_FROM)
    if named:
        return Failed(reason=f"killed by {named}", signal=code - _SIGNALS_FROM)
    return Failed(reason=f"exit {code}{_MEANINGS.get(code, '')}", exit_code=code)


def _out_of_memory(code: int, memory_bytes: int) -> Failed:
    limit = f" (limit {size_text(memory_bytes)})" if memory_bytes else ""
    if code == _SIGNALS_FROM + signal.SIGKILL:
        reason = f"killed: out of memory{limit}"
        return Failed(reason=reason, signal=int(signal.SIGKILL))
    reason = f"exit {code}: something in it was killed: out of memory{limit}"
    return Failed(reason=reason, exit_code=code)


def size_text(size: int) -> str:
    """Return a size in the largest unit that it is a whole number of."""
    for unit, name in _UNITS:
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def ended_ms(state: Mapping[str, Json]) -> int | None:
    """Return when it ended, in milliseconds since 1970; None: it has not."""
    told = state.get("FinishedAt")
    if state.get("Running") is True or not isinstance(told, str):
        return None
    if not told or told.startswith(_YEAR_ONE):
        return None
    # Nanoseconds are more than Python reads.
    whole, _, rest = told.partition(".")
    digits = rest.rstrip("Z")
    zone = digits.lstrip("0123456789") or "Z"
    fraction = digits[: len(digits) - len(zone)] if zone != "Z" else digits
    moment = datetime.fromisoformat(f"{whole.rstrip('Z')}{zone}")
    return int(moment.timestamp()) * 1000 + int(f"{fraction:0<3}"[:3])


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0
