"""Work stealing: a deque per slot; an idle slot takes from the fullest of the rest."""

from leo_engine.placement.rank import Ranking
from leo_engine.placement.work_deque import WorkDeque


class Stealing:
    """Ready tasks on the deques of their slots.

    Never leaves a slot idle while a task waits, so a run takes at most T1/p + Tinf.
    """

    at_most: int | None = None

    def __init__(self, ranking: Ranking, slots: int) -> None:
        self.ranking = ranking
        self._deques = [
            WorkDeque(ranking.rank, ranking.by_rank) for _ in range(max(1, slots))
        ]
        self._sizes = [0] * len(self._deques)
        self._home: dict[int, int] = {}
        """{waiting task: the slot whose deque it is on}."""

    @property
    def startable_count(self) -> int:
        """How many tasks wait: any slot may take any of them."""
        return len(self._home)

    def push(self, task: int, slot: int | None) -> None:
        """Put a task on a slot's deque; without a slot, on the emptiest."""
        home = self._emptiest() if slot is None else slot % len(self._deques)
        self._home[task] = home
        self._sizes[home] += 1
        self._deques[home].push(task)

    def discard(self, task: int) -> None:
        """Drop a task, if it waits."""
        home = self._home.pop(task, None)
        if home is not None:
            self._sizes[home] -= 1
            self._deques[home].discard(task)

    def pop(self, slot: int) -> int | None:
        """Return the next task for a slot; None when none waits anywhere."""
        if not self._home:
            return None
        own = slot % len(self._deques)
        task = self._deques[own].pop()
        victim = own
        if task is None:
            victim = self._sizes.index(max(self._sizes))
            task = self._deques[victim].steal()
        if task is not None:
            self._sizes[victim] -= 1
            del self._home[task]
        return task

    def why(self, task: int) -> str:
        """Return what a waiting task waits for."""
        ahead = self._sizes[self._home[task]] - 1 if task in self._home else 0
        return f"waits for a slot, {ahead} more on the same deque"

    def _emptiest(self) -> int:
        return self._sizes.index(min(self._sizes))
