"""Which ready task starts next, and on which slot.

A `Placement` is an order among the tasks that wait; there are three, chosen by
`Strategy`. A `Placer` is what a run talks to: one placement, and what else a task needs
before it may start. Nothing here knows what a task is for: tasks are integers.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol, assert_never

import msgspec

from leo_engine.graph.dag import Graph, levels
from leo_engine.placement.in_order import Levels, Sequential
from leo_engine.placement.lanes import Lane, LaneLedger
from leo_engine.placement.parking import Parking
from leo_engine.placement.pool import PoolLedger
from leo_engine.placement.rank import Ranking
from leo_engine.placement.stealing import Stealing
from leo_engine.spec.model import Task


class Strategy(StrEnum):
    """How ready tasks are placed. The values are stored; never rename them."""

    SEQUENTIAL = "sequential"
    """One at a time, in topological order."""
    LEVELS = "levels"
    """A level starts when the ones before are settled."""
    STEALING = "stealing"
    """As soon as a slot is free, longest remaining path first."""


class Placement(Protocol):
    """An order among the tasks that wait for a slot."""

    ranking: Ranking
    at_most: int | None
    """How many tasks may run at a time; None: one per slot."""

    @property
    def startable_count(self) -> int:
        """How many of the waiting tasks idle slots could start now."""

    def push(self, task: int, slot: int | None) -> None:
        """Add a task that the end of an attempt on `slot` made ready; None: nothing."""

    def discard(self, task: int) -> None:
        """Drop a task, if it waits."""

    def pop(self, slot: int) -> int | None:
        """Take the next task for a slot; None when none may start."""

    def why(self, task: int) -> str:
        """Return what a waiting task waits for, one line."""


def placement_for(
    strategy: Strategy,
    graph: Graph,
    tasks: Sequence[Task],
    durations: Sequence[int],
    slots: int,
    is_open: Callable[[int], bool],
) -> Placement:
    """Return the placement of a strategy.

    `durations` are expected milliseconds per task; `is_open` tells whether a task is
    still to be settled in this run. Hooks hold no level back: most are never called.
    """
    priorities = [task.priority for task in tasks]
    match strategy:
        case Strategy.SEQUENTIAL:
            return Sequential(Ranking.topological(graph, priorities))
        case Strategy.LEVELS:
            level = levels(graph)
            ranking = Ranking.by_level(graph, level, durations, priorities)
            holds_back = [not task.is_hook for task in tasks]
            return Levels(
                ranking, level, lambda task: holds_back[task] and is_open(task)
            )
        case Strategy.STEALING:
            return Stealing(Ranking.longest_first(graph, durations, priorities), slots)
        case _:
            assert_never(strategy)


def _admit(task: int) -> str:
    del task
    return ""


def _no_lanes(task: int) -> tuple[Lane, ...]:
    del task
    return ()


class Limits(msgspec.Struct, frozen=True, eq=False):
    """What a task needs besides a slot."""

    pools: PoolLedger
    max_parallel: int | None = None
    """How many tasks of the run may run at a time."""
    gate: Callable[[int], str] = _admit
    """Says why a task may not start just now (memory is short), or "" to let it start.

    Asked when the task's turn has come; after a refusal, again when an attempt of the
    run ends and whenever `Placer.reconsider` is called.
    """
    lanes: LaneLedger = msgspec.field(default_factory=LaneLedger)
    lanes_of: Callable[[int], tuple[Lane, ...]] = _no_lanes
    """Works out on which lanes a task would run; asked once a start."""


class Placer:
    """The ready tasks of one run. O(log waiting) per task."""

    def __init__(
        self, placement: Placement, tasks: Sequence[Task], limits: Limits
    ) -> None:
        self._placement = placement
        self._tasks = tasks
        self._limits = limits
        self._parking: Parking[str] = Parking(placement.ranking)
        self._queued: Parking[Lane] = Parking(placement.ranking)
        """Those that a lane has no room for."""
        self._lanes: dict[int, tuple[Lane, ...]] = {}
        """Of tasks that run, or whose turn has come once."""
        self._waits_on: dict[int, Lane] = {}
        self._refused: dict[int, str] = {}
        """{task: why the gate did not let it start}."""
        self._running: set[int] = set()
        bounds = [placement.at_most, limits.max_parallel]
        self._at_most = min((b for b in bounds if b is not None), default=None)

    @property
    def waiting_count(self) -> int:
        """How many ready tasks idle slots could start now, parked ones not counted."""
        if self._is_full():
            return 0
        self._unpark()
        return self._placement.startable_count

    def offer(self, task: int, slot: int | None = None) -> None:
        """Add a ready task; `slot` is where the attempt ran whose end made it ready.

        Harmless when it waits already.
        """
        if task in self._refused or task in self._parking or task in self._queued:
            return
        self._placement.push(task, slot)

    def withdraw(self, task: int) -> None:
        """Forget an offer that was not taken."""
        self._placement.discard(task)
        self._parking.discard(task)
        self._queued.discard(task)
        self._waits_on.pop(task, None)
        self._lanes.pop(task, None)
        self._refused.pop(task, None)

    def take(self, slot: int) -> int | None:
        """Take the next task for an idle slot; None when none may start now.

        The task holds its place in its pool until `released`.
        """
        if self._is_full():
            return None
        self._unpark()
        while (task := self._placement.pop(slot)) is not None:
            if self._may_start(task):
                self.hold(task)
                return task
        return None

    def hold(self, task: int) -> None:
        """Count a task that runs without having been taken: it was adopted."""
        spec = self._tasks[task]
        self._running.add(task)
        if spec.pool:
            self._limits.pools.take(spec.pool, spec.pool_slots)
        self._limits.lanes.take(self._lanes_of(task))

    def released(self, task: int) -> None:
        """Learn that the attempt of a task that was taken, or held, has ended."""
        if task not in self._running:
            return
        self._running.remove(task)
        spec = self._tasks[task]
        if spec.pool:
            self._limits.pools.give_back(spec.pool, spec.pool_slots)
        self._limits.lanes.give_back(self._lanes.pop(task, ()))
        self.reconsider()

    def let_go(self) -> None:
        """Leave the lanes to other runs: this one is driven here no more."""
        for task in self._running:
            self._limits.lanes.give_back(self._lanes.pop(task, ()))

    def reconsider(self) -> None:
        """Have the gate asked again about the tasks it refused."""
        if self._refused:
            refused, self._refused = self._refused, {}
            for task in refused:
                self._placement.push(task, None)

    def why(self, task: int) -> str:
        """Return what a ready task waits for, one line for people."""
        if task in self._refused:
            return self._refused[task]
        if task in self._parking:
            pool = self._tasks[task].pool
            return f"waits for pool {self._limits.pools.describe(pool)}"
        if task in self._queued:
            return f"waits: {self._limits.lanes.describe(self._waits_on[task])}"
        if self._is_full() and self._placement.at_most is None:
            return f"waits: {len(self._running)} tasks run, max_parallel allows no more"
        return self._placement.why(task)

    def _is_full(self) -> bool:
        return self._at_most is not None and len(self._running) >= self._at_most

    def _may_start(self, task: int) -> bool:
        spec = self._tasks[task]
        if spec.pool and not self._limits.pools.fits(spec.pool, spec.pool_slots):
            self._parking.park(task, spec.pool)
            return False
        if full := self._full_lane(task):
            self._waits_on[task] = full
            self._queued.park(task, full)
            return False
        refusal = self._limits.gate(task)
        if refusal:
            self._refused[task] = refusal
        return not refusal

    def _lanes_of(self, task: int) -> tuple[Lane, ...]:
        lanes = self._lanes.get(task)
        if lanes is None:
            lanes = self._lanes[task] = self._limits.lanes_of(task)
        return lanes

    def _full_lane(self, task: int) -> Lane | None:
        fits = self._limits.lanes.fits
        return next((lane for lane in self._lanes_of(task) if not fits(lane)), None)

    def _unpark(self) -> None:
        """Bring back the first task of every pool, or lane, that has room again."""
        for lane in self._queued.pools():
            queued = self._queued.first(lane)
            if queued is not None and self._limits.lanes.fits(lane):
                self._queued.discard(queued)
                self._placement.push(queued, None)
        for pool in self._parking.pools():
            task = self._parking.first(pool)
            if task is None:
                continue
            if self._limits.pools.fits(pool, self._tasks[task].pool_slots):
                self._parking.discard(task)
                self._placement.push(task, None)
