"""Placements with one queue for every slot: one after the other, and level by level."""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from leo_engine.placement.rank import Ranking


class InOrder:
    """Ready tasks by rank: the waiting list of both placements."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self._heap: list[int] = []
        self._waiting: set[int] = set()

    def push(self, task: int, slot: int | None) -> None:
        """Add a ready task; slots are all the same here."""
        del slot
        self._waiting.add(task)
        heappush(self._heap, self.ranking.rank[task])

    def discard(self, task: int) -> None:
        """Drop a task, if it waits."""
        self._waiting.discard(task)

    def first(self) -> int | None:
        """Return the task that is next, without taking it; None when none waits."""
        while self._heap:
            task = self.ranking.by_rank[self._heap[0]]
            if task in self._waiting:
                return task
            heappop(self._heap)
        return None

    def take_first(self) -> int | None:
        """Take the task that is next; None when none waits."""
        task = self.first()
        if task is not None:
            heappop(self._heap)
            self._waiting.remove(task)
        return task

    def __len__(self) -> int:
        return len(self._waiting)


class Sequential(InOrder):
    """One task at a time, whatever the number of slots."""

    at_most: int | None = 1

    @property
    def startable_count(self) -> int:
        """How many tasks wait; one of them may start when nothing runs."""
        return len(self)

    def pop(self, slot: int) -> int | None:
        """Take the task that is next; None when none waits."""
        del slot
        return self.take_first()

    def why(self, task: int) -> str:
        """Return what a waiting task waits for."""
        del task
        return "tasks run one at a time"


class Levels(InOrder):
    """Level by level: a task starts when every task of the levels before is settled.

    `is_open` tells whether a task holds back the levels after its own: it is still to
    be settled. Asked O(1) times per task.
    """

    at_most: int | None = None

    def __init__(
        self,
        ranking: Ranking,
        level: Sequence[int],
        is_open: Callable[[int], bool],
    ) -> None:
        super().__init__(ranking)
        self._level = level
        self._is_open = is_open
        self._settled_count = 0
        """Every task of a smaller rank than this is settled."""

    def push(self, task: int, slot: int | None) -> None:
        """Add a ready task, which may be one that was settled and starts afresh."""
        super().push(task, slot)
        self._settled_count = min(self._settled_count, self.ranking.rank[task])

    @property
    def startable_count(self) -> int:
        """How many tasks wait, unless the level before theirs is not settled."""
        return len(self) if self._next() is not None else 0

    def pop(self, slot: int) -> int | None:
        """Take the longest task of the level under way; None when none waits."""
        del slot
        return self.take_first() if self._next() is not None else None

    def why(self, task: int) -> str:
        """Return what a waiting task waits for."""
        level = self._current_level()
        if self._level[task] > level:
            return f"waits for level {level + 1} to be settled"
        return "waits for a slot"

    def _next(self) -> int | None:
        task = self.first()
        if task is None or self._level[task] > self._current_level():
            return None
        return task

    def _current_level(self) -> int:
        by_rank = self.ranking.by_rank
        while self._settled_count < len(by_rank):
            task = by_rank[self._settled_count]
            if self._is_open(task):
                return self._level[task]
            self._settled_count += 1
        return len(by_rank)
