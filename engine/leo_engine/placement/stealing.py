"""Work stealing: a deque per slot; an idle slot takes from the fullest of the rest.

A finished attempt leaves the tasks it made ready on its own slot's deque. Tasks that no
attempt made ready (the first ones, and those that a person, a timer or a pool lets go)
are dealt out, longest remaining path first, always to the emptiest deque: so a thief,
who takes the oldest, gets what matters most. Dealing them as they come made a run of
the measured workflows 3 % longer.
"""

from leo_engine.placement.rank import Ranking
from leo_engine.placement.work_deque import WorkDeque

_UNDEALT = -1


class Stealing:
    """Ready tasks on the deques of their slots.

    Never leaves a slot idle while a task waits, so a run takes at most T1/p + Tinf.
    """

    at_most: int | None = None

    def __init__(self, ranking: Ranking, slots: int) -> None:
        self.ranking = ranking
        self._deques = [WorkDeque(ranking) for _ in range(max(1, slots))]
        self._sizes = [0] * len(self._deques)
        self._home: dict[int, int] = {}
        """{waiting task: the slot whose deque it is on, or `_UNDEALT`}."""
        self._undealt: dict[int, None] = {}
        self._turn = 0
        """How many tasks have been taken."""

    @property
    def startable_count(self) -> int:
        """How many tasks wait: any slot may take any of them."""
        return len(self._home)

    def push(self, task: int, slot: int | None) -> None:
        """Put a task on a slot's deque; without a slot, keep it to be dealt."""
        if task in self._home:
            return
        if slot is None:
            self._home[task] = _UNDEALT
            self._undealt[task] = None
        else:
            self._put(task, slot % len(self._deques))

    def discard(self, task: int) -> None:
        """Drop a task, if it waits."""
        home = self._home.pop(task, None)
        if home == _UNDEALT:
            del self._undealt[task]
        elif home is not None:
            self._sizes[home] -= 1
            self._deques[home].discard(task)

    def pop(self, slot: int) -> int | None:
        """Return the next task for a slot; None when none waits anywhere."""
        if self._undealt:
            self._deal()
        if not self._home:
            return None
        victim = slot % len(self._deques)
        task = self._deques[victim].pop()
        if task is None:
            victim = self._sizes.index(max(self._sizes))
            task = self._deques[victim].steal()
        if task is not None:
            self._turn += 1
            self._sizes[victim] -= 1
            del self._home[task]
        return task

    def why(self, task: int) -> str:
        """Return what a waiting task waits for."""
        del task
        return f"waits for a slot, with {len(self._home) - 1} other tasks"

    def _deal(self) -> None:
        for task in sorted(self._undealt, key=self.ranking.rank.__getitem__):
            self._put(task, self._sizes.index(min(self._sizes)))
        self._undealt.clear()

    def _put(self, task: int, slot: int) -> None:
        self._home[task] = slot
        self._sizes[slot] += 1
        self._deques[slot].push(task, self._turn)
