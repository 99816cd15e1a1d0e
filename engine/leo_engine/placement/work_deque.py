"""One slot's deque of ready tasks: its owner takes at one end, thieves at the other.

Source: Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing",
J. ACM 46(5), 1999. There the owner takes what it pushed last. Here the order of its end
is the rank (longest remaining path first), for tasks of a workflow, unlike those of a
divide-and-conquer program, do not come with the order in which they matter.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush


class WorkDeque:
    """Ready tasks of one slot.

    Every task stands at both ends; once taken at one, it is passed over when the other
    comes to it.
    """

    def __init__(self, rank: Sequence[int], by_rank: Sequence[int]) -> None:
        self._rank = rank
        self._by_rank = by_rank
        self._urgent: list[int] = []
        """Heap of ranks; the owner's end."""
        self._oldest: deque[int] = deque()
        """Tasks in the order they came; the thieves' end."""
        self._here: set[int] = set()

    def __len__(self) -> int:
        return len(self._here)

    def push(self, task: int) -> None:
        """Add a ready task."""
        self._here.add(task)
        heappush(self._urgent, self._rank[task])
        self._oldest.append(task)

    def pop(self) -> int | None:
        """Take the longest remaining path; None when empty. For the owner."""
        while self._urgent:
            task = self._by_rank[heappop(self._urgent)]
            if self._remove(task):
                return task
        return None

    def steal(self) -> int | None:
        """Take the oldest task; None when empty. For thieves."""
        while self._oldest:
            task = self._oldest.popleft()
            if self._remove(task):
                return task
        return None

    def discard(self, task: int) -> None:
        """Drop a task, if it is here."""
        self._remove(task)

    def _remove(self, task: int) -> bool:
        if task not in self._here:
            return False
        self._here.remove(task)
        if not self._here:
            # Nothing live is left, so what is still in line was taken at the other end.
            self._urgent.clear()
            self._oldest.clear()
        return True
