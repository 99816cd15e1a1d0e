"""One slot's deque of ready tasks: its owner takes at one end, thieves at the other.

Source: Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing",
J. ACM 46(5), 1999. There an owner takes what it pushed last. Here it takes the longest
remaining path, for the tasks of a workflow, unlike those of a divide-and-conquer
program, do not become ready in the order in which they matter.
"""

from heapq import heappop, heappush

from leo_engine.placement.rank import Ranking


class WorkDeque:
    """Ready tasks of one slot.

    Every task stands at both ends; once taken at one, it is passed over when the other
    comes to it.
    """

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self._urgent: list[int] = []
        """Heap of ranks: the owner's end."""
        self._oldest: list[int] = []
        """Heap of age and rank, in one integer each: the thieves' end."""
        self._count = len(ranking.rank)
        self._here: set[int] = set()

    def push(self, task: int, age: int) -> None:
        """Add a ready task; `age` is the turn it became ready in, later is larger."""
        rank = self._ranking.rank[task]
        self._here.add(task)
        heappush(self._urgent, rank)
        heappush(self._oldest, age * self._count + rank)

    def pop(self) -> int | None:
        """Take the longest remaining path; None when empty. For the owner."""
        while self._urgent:
            task = self._ranking.by_rank[heappop(self._urgent)]
            if self.discard(task):
                return task
        return None

    def steal(self) -> int | None:
        """Take the oldest task; None when empty. For thieves.

        Of tasks that became ready in one turn, that is the longest remaining path.
        """
        while self._oldest:
            task = self._ranking.by_rank[heappop(self._oldest) % self._count]
            if self.discard(task):
                return task
        return None

    def discard(self, task: int) -> bool:
        """Drop a task; False when it is not here."""
        if task not in self._here:
            return False
        self._here.remove(task)
        if not self._here:
            # Nothing live is left, so what still stands in line was taken already.
            self._urgent.clear()
            self._oldest.clear()
        return True
