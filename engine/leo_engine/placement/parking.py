"""Ready tasks that wait for room in a pool, out of the way of those that do not."""

from collections.abc import Hashable
from heapq import heappop, heappush
from typing import Generic, TypeVar

from leo_engine.placement.rank import Ranking

Place = TypeVar("Place", bound=Hashable)
"""What has no room: a pool by its name, or a lane."""


class Parking(Generic[Place]):
    """Parked tasks by pool, the one that matters most first."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self._lanes: dict[Place, list[int]] = {}
        """{pool: heap of ranks}."""
        self._parked: set[int] = set()

    def __contains__(self, task: int) -> bool:
        return task in self._parked

    def park(self, task: int, pool: Place) -> None:
        """Add a task."""
        self._parked.add(task)
        heappush(self._lanes.setdefault(pool, []), self._ranking.rank[task])

    def discard(self, task: int) -> None:
        """Let a task go, if it is here."""
        self._parked.discard(task)

    def pools(self) -> tuple[Place, ...]:
        """Return the pools that tasks have been parked for."""
        return tuple(self._lanes) if self._parked else ()

    def first(self, pool: Place) -> int | None:
        """Return the task that matters most, without letting it go; None when none."""
        lane = self._lanes[pool]
        while lane:
            task = self._ranking.by_rank[lane[0]]
            if task in self._parked:
                return task
            heappop(lane)
        del self._lanes[pool]
        return None
