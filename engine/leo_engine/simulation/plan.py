"""How a run would go: the machine and a placement on a virtual clock.

Every task succeeds after the time expected of it, every condition holds, approvals are
given at once, a sub-DAG takes no slot. Hooks are left out. What a run really does
differs by what was not known of its durations, and by nothing else.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import assert_never

import msgspec

from leo_engine.graph.critical_path import critical_path, lower_bound_ms
from leo_engine.placement.placer import Limits, Placer, Strategy, placement_for
from leo_engine.placement.pool import PoolLedger
from leo_engine.placement.rank import expected_ms
from leo_engine.spec.model import Dag
from leo_engine.state.command import (
    AskApproval,
    Command,
    EvaluateCondition,
    FinishRun,
    LaunchAttempt,
    OfferTask,
    StartBackoff,
    StartSubDag,
    StopAttempt,
    WithdrawTask,
)
from leo_engine.state.event import (
    ApprovalAnswered,
    AttemptFinished,
    AttemptStarted,
    ConditionEvaluated,
    Event,
    RunStarted,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Succeeded

NO_SLOT = -1
"""Where a sub-DAG runs."""

_SUCCEEDED = Succeeded()


class PlannedTask(msgspec.Struct, frozen=True):
    """When and where one task would run; times count from the start of the run."""

    task: str
    slot: int
    """`NO_SLOT` for a sub-DAG."""
    start_ms: int
    end_ms: int


class Plan(msgspec.Struct, frozen=True):
    """How a run would go."""

    makespan_ms: int
    lower_bound_ms: int
    """No schedule on as many slots ends earlier."""
    critical_path: tuple[str, ...]
    tasks: tuple[PlannedTask, ...]
    """In the order of their start; tasks that would not run are not there."""


def simulate(
    dag: Dag, *, durations: Mapping[str, int], slots: int, strategy: Strategy
) -> Plan:
    """Run a DAG on a virtual clock; `durations` are {task: ms} from earlier runs.

    Raises:
        GraphError: the dependencies make no DAG.
    """
    width = min(slots, dag.max_parallel or slots)
    tasks = [task for task in dag.tasks if not task.is_hook]
    dag = msgspec.structs.replace(
        dag, tasks=tuple(tasks), on_failure=(), on_success=(), on_exit=()
    )
    return _Simulation(dag, expected_ms(tasks, durations), width, strategy).plan()


class _Simulation:
    def __init__(
        self, dag: Dag, durations: Sequence[int], slots: int, strategy: Strategy
    ) -> None:
        self._durations = durations
        self._slots = slots
        self._machine = machine = RunMachine(dag)
        placement = placement_for(
            strategy, machine.graph, dag.tasks, durations, slots, machine.is_open
        )
        limits = Limits(PoolLedger(dict(dag.pools)))
        self._placer = Placer(placement, dag.tasks, limits)
        self._now_ms = 0
        self._freed: int | None = None
        """Slot of the attempt whose end is being dealt with."""
        self._idle = list(range(slots - 1, -1, -1))
        self._due: list[tuple[int, int, int]] = []
        """Heap of (end in ms, slot, task) of what runs."""
        self._planned: list[PlannedTask] = []
        self._inbox: deque[Event] = deque()

    def plan(self) -> Plan:
        self._tell(RunStarted(at_ms=0, dag_hash=""))
        self._fill()
        while self._due:
            self._now_ms = self._due[0][0]
            while self._due and self._due[0][0] == self._now_ms:
                _, slot, task = heappop(self._due)
                self._end(task, slot)
            self._fill()
        graph = self._machine.graph
        _, path = critical_path(graph, self._durations)
        return Plan(
            makespan_ms=self._now_ms,
            lower_bound_ms=lower_bound_ms(graph, self._durations, self._slots),
            critical_path=tuple(graph.ids[task] for task in path),
            tasks=tuple(self._planned),
        )

    def _fill(self) -> None:
        while self._idle:
            task = self._placer.take(self._idle[-1])
            if task is None:
                return
            self._start(task, self._idle.pop())

    def _start(self, task: int, slot: int) -> None:
        name = self._machine.task_id(task)
        self._tell(AttemptStarted(at_ms=self._now_ms, task=name, attempt=1, slot=slot))
        end_ms = self._now_ms + self._durations[task]
        heappush(self._due, (end_ms, slot, task))
        self._planned.append(PlannedTask(name, slot, self._now_ms, end_ms))

    def _end(self, task: int, slot: int) -> None:
        if slot != NO_SLOT:
            self._idle.append(slot)
            self._freed = slot
            self._placer.released(task)
        name = self._machine.task_id(task)
        self._tell(
            AttemptFinished(
                at_ms=self._now_ms, task=name, attempt=1, outcome=_SUCCEEDED
            )
        )
        self._freed = None

    def _tell(self, event: Event) -> None:
        """Fold an event, and the ones that its commands are answered with at once."""
        self._inbox.append(event)
        if len(self._inbox) > 1:
            return  # An outer call is at it: answers may come a hundred thousand deep.
        while self._inbox:
            for command in self._machine.handle(self._inbox[0]):
                self._obey(command)
            self._inbox.popleft()

    def _obey(self, command: Command) -> None:
        at_ms = self._now_ms
        match command:
            case OfferTask(task):
                self._placer.offer(self._machine.index(task), self._freed)
            case EvaluateCondition(task):
                self._tell(ConditionEvaluated(at_ms=at_ms, task=task, holds=True))
            case AskApproval(task):
                self._tell(ApprovalAnswered(at_ms=at_ms, task=task, approved=True))
            case StartSubDag(task):
                self._start(self._machine.index(task), NO_SLOT)
            case (
                LaunchAttempt()
                | FinishRun()
                | WithdrawTask()
                | StopAttempt()
                | StartBackoff()
            ):
                pass  # Nothing is really run, and nothing fails or is cancelled here.
            case _:
                assert_never(command)
