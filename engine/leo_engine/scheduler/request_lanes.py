"""The lanes of HTTP tasks: all requests of this process, and those to one host.

How many may be under way is said by `leo.toml`; a task may be content with fewer.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from leo_engine.placement.lanes import Lane
from leo_engine.spec.model import HttpCall, Json, Task
from leo_engine.spec.template import is_template
from leo_engine.spec.value_text import value_text

REQUESTS = "requests"


class RequestLimits(msgspec.Struct, frozen=True):
    """How many requests may be under way, of all runs of a process together."""

    max_in_flight: int
    max_per_host: int


class _Wanted(msgspec.Struct):
    """What of an `http` table matters here."""

    url: Json
    max_in_flight: int | None = None
    max_per_host: int | None = None


def lanes_of(
    task: Task, limits: RequestLimits, address_of: Callable[[str], str]
) -> tuple[Lane, ...]:
    """Return the lanes of a task; none when it is no HTTP task.

    `address_of` renders the address as it was written; "" when it cannot.
    """
    if not isinstance(task.action, HttpCall):
        return ()
    wanted = msgspec.json.decode(task.action.options, type=_Wanted)
    most = min(wanted.max_in_flight or limits.max_in_flight, limits.max_in_flight)
    found = [Lane(REQUESTS, most)]
    if host := _host(address_of(value_text(wanted.url))):
        most = min(wanted.max_per_host or limits.max_per_host, limits.max_per_host)
        found.append(Lane(f"{REQUESTS} to {host}", most))
    return tuple(found)


def as_written(address: str) -> str:
    """Return an address that needs no rendering; "" for another one."""
    return "" if is_template(address) else address


def _host(address: str) -> str:
    try:
        return (urlsplit(address.strip()).hostname or "").rstrip(".")
    except ValueError:
        return ""
