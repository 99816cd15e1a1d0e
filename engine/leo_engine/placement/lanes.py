"""Limits that hold for all runs of a process without having been declared as pools.

A lane is as many tasks as may run at a time of those that go the same way: all HTTP
requests, say, or those to one host. Each task brings its own limit to it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Lane(NamedTuple):
    """A limit, as one task sees it."""

    name: str
    """For people: `requests to example.org`."""
    limit: int
    """The task starts when fewer than that run on the lane."""


class LaneLedger:
    """How many tasks run on each lane. The runs of a process share one."""

    def __init__(self) -> None:
        self._held = Counter[str]()

    def fits(self, lane: Lane) -> bool:
        """Tell whether one more may start."""
        return self._held[lane.name] < lane.limit

    def take(self, lanes: Iterable[Lane]) -> None:
        """Count a task on each of its lanes."""
        self._held.update(lane.name for lane in lanes)

    def give_back(self, lanes: Iterable[Lane]) -> None:
        """Count it no more."""
        for lane in lanes:
            self._held[lane.name] -= 1
            if not self._held[lane.name]:
                del self._held[lane.name]

    def describe(self, lane: Lane) -> str:
        """Return why there is no room, for people."""
        return f"{self._held[lane.name]} {lane.name} under way, limit {lane.limit}"
