"""What a waiting task is told about, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from leo_engine.state.views import Waiting, WaitsFor

_WORDS: Mapping[WaitsFor, str] = MappingProxyType(
    {
        WaitsFor.NOTHING: "",
        WaitsFor.UPSTREAM: "waits for upstream",
        WaitsFor.CONDITION: "its condition is being worked out",
        WaitsFor.SLOT: "waits for a slot",
        WaitsFor.APPROVAL: "waits for an answer",
        WaitsFor.SUB_DAG: "its run is being started",
        WaitsFor.BACKOFF: "waits before another attempt",
        WaitsFor.PAUSE: "the run is paused",
        WaitsFor.CALL: "starts only when called for",
    }
)
_MOST_NAMED = 3


def told(waiting: Waiting) -> str:
    """Return what a task waits for, one line; "" for one that runs or is settled."""
    if waiting.waits_for is not WaitsFor.UPSTREAM or not waiting.tasks:
        return _WORDS[waiting.waits_for]
    names = ", ".join(waiting.tasks[:_MOST_NAMED])
    more = len(waiting.tasks) - _MOST_NAMED
    return f"waits for {names} and {more} more" if more > 0 else f"waits for {names}"
