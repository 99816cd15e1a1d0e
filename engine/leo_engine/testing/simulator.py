"""A deterministic world for the machine: executors, timers, people, and crashes.

The simulator is to the machine what the run loop, its timers and its executors are in
production, with every choice (what happens next) drawn from one seeded source. What
runs outside the engine survives a crash; what was in its memory does not: the journal
is replayed, and what it leaves open is done again.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, assert_never

import msgspec

from leo_engine.errors import StateError
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
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    BackoffElapsed,
    ConditionEvaluated,
    Event,
    RunFinished,
    RunResumed,
    RunStarted,
    RunUnpaused,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded, TimedOut
from leo_engine.state.replay import replay

if TYPE_CHECKING:
    from leo_engine.state.status import RunStatus

_PATIENCE = 5
"""Of so many things that happen, one comes from outside."""
_STOPPED = Failed("killed by SIGTERM", signal=15)


class World(msgspec.Struct, kw_only=True):
    """Everything outside the engine: what attempts do, and what people say."""

    outcomes: Mapping[str, Sequence[Outcome]] = {}
    """{task: how its attempts end, first launched first}; then they succeed.

    `TimedOut` stands for an attempt that outlives its deadline.
    """
    conditions: Mapping[str, bool] = {}
    """{task: what its condition says}; true if not given."""
    refused: frozenset[str] = frozenset()
    """Approval tasks that a person refuses."""
    attempts: dict[tuple[str, int], Outcome] = {}
    """{(task, attempt): how it ended, or will} of everything ever launched."""
    launches: dict[str, int] = {}

    def anew(self) -> "World":
        """Return a world where the same will happen, and nothing has yet."""
        return msgspec.structs.replace(self, attempts={}, launches={})

    def launch(self, task: str, attempt: int) -> Outcome:
        """Start an attempt and return how it will end.

        Raises:
            StateError: it was launched before.
        """
        if (task, attempt) in self.attempts:
            raise StateError(f"attempt {attempt} of {task} was launched twice")
        script = self.outcomes.get(task, ())
        earlier = self.launches.get(task, 0)
        self.launches[task] = earlier + 1
        outcome = script[earlier] if earlier < len(script) else Succeeded()
        self.attempts[task, attempt] = outcome
        return outcome


class Simulator:
    """One run in a world of its own, one event at a time.

    `now_ms`, `journal` and `machine` may be read at any time; `observe` is called with
    the machine after every event.
    """

    def __init__(
        self,
        dag: Dag,
        world: World,
        *,
        chance: Random,
        strategy: Strategy = Strategy.STEALING,
        observe: Callable[[RunMachine], None] | None = None,
    ) -> None:
        self.dag = dag
        self.world = world
        self.now_ms = 0
        self.journal: list[Event] = []
        self.endings: list[RunStatus] = []
        """Every `FinishRun` there was."""
        self.crashes_at: Container[int] = ()
        """Crash when the journal holds this many events."""
        self.obeys_first = False
        """Crash only after the commands were obeyed, instead of before."""
        self._chance = chance
        self._strategy = strategy
        self.observe = observe
        self._due: list[Event] = []
        """What may happen next, in any order."""
        self._coming: list[Event] = []
        """What comes from outside the engine, at any moment, and outlives a crash."""
        self._slot_of: dict[int, int] = {}
        self._versions = {"v1": dag}
        self._boot(RunMachine(dag))

    def run(self, actions: Sequence[Event] = ()) -> RunMachine:
        """Drive the run to its end, `actions` coming at any moment of it.

        Raises:
            StateError: it does not end.
        """
        self.record(RunStarted(at_ms=0, dag_hash="v1"))
        return self.go_on(actions)

    def resume(self, reset: Sequence[str], dag: Dag | None = None) -> RunMachine:
        """Drive the next generation, maybe of another version, to its end."""
        self.dag = dag or self.dag
        generation = self.machine.generation + 1
        version = f"v{generation}"
        self._versions[version] = self.dag
        self._boot(self.machine.carried_over(self.dag))
        self.record(
            RunResumed(
                at_ms=0, generation=generation, dag_hash=version, reset=tuple(reset)
            )
        )
        return self.go_on()

    def move(self, dag: Dag) -> str:
        """Go on over another version from the next event on; return why it cannot."""
        refusal = self.machine.refusal_to_move(dag)
        if refusal:
            return refusal
        self.dag = dag
        generation = self.machine.generation + 1
        version = f"v{generation}"
        self._versions[version] = dag
        self._due.clear()
        self._adopt(self.machine.carried_over(dag, is_moved=True))
        self.record(
            RunResumed(at_ms=0, generation=generation, dag_hash=version, moved=True)
        )
        return ""

    def begin(self, turns: int) -> None:
        """Drive a new run for some turns, and stand still."""
        self.record(RunStarted(at_ms=0, dag_hash="v1"))
        for _ in range(turns):
            self._step()

    def go_on(self, actions: Sequence[Event] = ()) -> RunMachine:
        """Drive a run that was started to its end, and till nothing more comes."""
        self._coming += actions
        for _ in range(20_000):
            if not self._step():
                break
        if not self.machine.is_finished:
            raise StateError(f"the run does not end:\n{self.describe()}")
        return self.machine

    def record(self, event: Event) -> None:
        """Store an event and do what it leads to, unless the engine crashes first."""
        self.now_ms += 1
        event = msgspec.structs.replace(event, at_ms=self.now_ms)
        self.journal.append(event)
        commands = self.machine.handle(event)
        if self.observe is not None:
            self.observe(self.machine)
        crashes = len(self.journal) in self.crashes_at
        if not crashes or self.obeys_first:
            for command in commands:
                self._obey(command)
        if crashes:
            self.crash()

    def crash(self) -> None:
        """Lose everything that was in memory, and go on from the journal."""
        self._due.clear()
        machine = replay(self.journal, self._versions.__getitem__)
        if machine is None:
            raise StateError("there is no run to replay")
        self._adopt(machine)
        for command in machine.outstanding(self.now_ms):
            self._obey(command)

    def _adopt(self, machine: RunMachine) -> None:
        """Go on with a machine, and wait for what runs."""
        self._boot(machine)
        for task, running in machine.board.running.items():
            name, attempt = machine.task_id(task), machine.board.attempt[task]
            self._hold(task)
            if running.stop is None:
                self._expect_end(name, attempt)

    def version(self, dag_hash: str) -> Dag:
        """Return the DAG that an event of the journal names."""
        return self._versions[dag_hash]

    def describe(self) -> str:
        """Return where every task stands and what was journalled, for a failed test."""
        runs = [self.machine.task_run(n) for n in range(len(self.machine.graph))]
        lines = [f"{run.task}: {run.status} {run.reason}" for run in runs]
        return "\n".join([*lines, *map(str, self.journal)])

    def _boot(self, machine: RunMachine) -> None:
        self.machine = machine
        tasks = machine.dag.tasks
        placement = placement_for(
            self._strategy,
            machine.graph,
            tasks,
            expected_ms(tasks, {}),
            2,
            machine.is_open,
        )
        limits = Limits(PoolLedger(dict(machine.dag.pools)))
        self._placer = Placer(placement, tasks, limits)
        self._slot_of.clear()
        self._idle = [0, 1]

    def _hold(self, task: int) -> None:
        """Give an adopted attempt a slot, though there may be none left."""
        self._placer.hold(task)
        if self._idle:
            self._slot_of[task] = self._idle.pop()

    def _step(self) -> bool:
        """Let one of the things happen that may; False when nothing may."""
        can_start = bool(self._idle and self._placer.waiting_count)
        choices = len(self._due) + can_start
        if self._coming and (not choices or not self._chance.randrange(_PATIENCE)):
            self.record(self._coming.pop())
            return True
        if not choices:
            return self._unpause()
        chosen = self._chance.randrange(choices)
        if chosen < len(self._due):
            self._deliver(self._due.pop(chosen))
        else:
            self._start()
        return True

    def _unpause(self) -> bool:
        if not self.machine.is_paused or self.machine.is_finished:
            return False
        self.record(RunUnpaused(at_ms=0))
        return True

    def _start(self) -> None:
        slot = self._idle.pop()
        task = self._placer.take(slot)
        if task is None:
            self._idle.append(slot)
            return
        self._slot_of[task] = slot
        name, attempt = self.machine.task_id(task), self.machine.board.attempt[task] + 1
        self.record(AttemptStarted(at_ms=0, task=name, attempt=attempt, slot=slot))
        if task not in self.machine.board.running:
            self._let_go(task)  # Somebody else's event had settled it already.

    def _deliver(self, event: Event) -> None:
        if isinstance(event, AttemptFinished):
            self._free(event)
        self.record(event)

    def _free(self, event: AttemptFinished) -> None:
        task = self.machine.graph.index.get(event.task)
        if task is None or self.machine.board.attempt[task] != event.attempt:
            return
        self._let_go(task)

    def _let_go(self, task: int) -> None:
        self._placer.released(task)
        slot = self._slot_of.pop(task, None)
        if slot is not None:
            self._idle.append(slot)

    def _obey(self, command: Command) -> None:
        match command:
            case OfferTask(task):
                self._placer.offer(self.machine.index(task))
            case WithdrawTask(task):
                self._placer.withdraw(self.machine.index(task))
            case LaunchAttempt(task, attempt):
                self.world.launch(task, attempt)
                handle = f"{task}/{attempt}"
                self._due.append(
                    AttemptLaunched(at_ms=0, task=task, attempt=attempt, handle=handle)
                )
                self._expect_end(task, attempt)
            case StopAttempt(task, attempt):
                self._stop(task, attempt)
            case FinishRun(status):
                self.endings.append(status)
                self.record(RunFinished(at_ms=0, status=status))
            case _:
                self._due.append(self._answer(command))

    def _answer(
        self, command: EvaluateCondition | StartBackoff | AskApproval | StartSubDag
    ) -> Event:
        match command:
            case EvaluateCondition(task):
                holds = self.world.conditions.get(task, True)
                return ConditionEvaluated(at_ms=0, task=task, holds=holds)
            case StartBackoff(task, attempt):
                return BackoffElapsed(at_ms=0, task=task, attempt=attempt)
            case AskApproval(task):
                approved = task not in self.world.refused
                return ApprovalAnswered(at_ms=0, task=task, approved=approved)
            case StartSubDag(task):
                attempt = self.machine.task_run(task).attempt + 1
                return AttemptStarted(at_ms=0, task=task, attempt=attempt)
            case _:
                assert_never(command)

    def _expect_end(self, task: str, attempt: int) -> None:
        """Have the end of an attempt reported some time, as the world knows it."""
        lost = Lost("it was never launched")
        outcome = self.world.attempts.get((task, attempt), lost)
        if isinstance(outcome, TimedOut):
            self._due.append(
                AttemptDeadlineReached(at_ms=0, task=task, attempt=attempt)
            )
        else:
            self._due.append(
                AttemptFinished(at_ms=0, task=task, attempt=attempt, outcome=outcome)
            )

    def _stop(self, task: str, attempt: int) -> None:
        """End an attempt early; a neat one exits 0, which must not count."""
        self._due = [
            event
            for event in self._due
            if not isinstance(event, AttemptFinished)
            or (event.task, event.attempt) != (task, attempt)
        ]
        ends: list[Outcome] = [_STOPPED, Succeeded()]
        outcome = self._chance.choice(ends)
        self._due.append(
            AttemptFinished(at_ms=0, task=task, attempt=attempt, outcome=outcome)
        )
