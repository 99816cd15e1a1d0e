"""Turn a run's events into the rows that people query, while they are folded."""

from collections.abc import Mapping
from typing import NamedTuple

from leo_engine.state import views
from leo_engine.state.attempt import Running, effective
from leo_engine.state.command import Command
from leo_engine.state.event import (
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    Event,
    RunResumed,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import (
    Failed,
    Outcome,
    Succeeded,
    reason_of,
    says_something,
    tag_of,
    usage_of,
)
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import TaskStatus


class Rows(NamedTuple):
    """What changed since the last time: the latest row of each, whole."""

    tasks: list[TaskRow]
    attempts: list[AttemptRow]
    """In the order in which they first changed."""
    outputs: list[OutputRow]


class Projection:
    """Folds events into a machine and gathers the rows they change.

    `definition_hashes` is {task: hex}, for the rows alone.
    """

    def __init__(
        self, machine: RunMachine, definition_hashes: Mapping[str, str] | None = None
    ) -> None:
        self.machine = machine
        self._hashes = definition_hashes or {}
        self._tasks: dict[str, TaskRow] = {}
        self._attempts: dict[tuple[str, int], AttemptRow] = {}
        self._outputs: dict[str, OutputRow] = {}
        self._handed_on = {
            machine.task_id(task)
            for task, outcome in machine.board.outcome.items()
            if isinstance(outcome, Succeeded)
        }
        """Tasks with an output row."""

    def apply(self, event: Event) -> list[Command]:
        """Fold one event and return the machine's commands."""
        match event:
            case AttemptStarted():
                return self._apply_started(event)
            case AttemptLaunched():
                return self._apply_launched(event)
            case AttemptFinished():
                return self._apply_finished(event)
            case RunResumed():
                # Rows name the generation they changed in, so they are made before it.
                self._gather()
        return self.machine.handle(event)

    def switch(
        self, machine: RunMachine, definition_hashes: Mapping[str, str] | None = None
    ) -> None:
        """Go on with the machine for another version of the DAG."""
        self._gather()
        self.machine = machine
        self._hashes = definition_hashes or {}

    def drain(self) -> Rows:
        """Return the rows that changed since the last call."""
        self._gather()
        rows = Rows(
            list(self._tasks.values()),
            list(self._attempts.values()),
            list(self._outputs.values()),
        )
        self._tasks.clear()
        self._attempts.clear()
        self._outputs.clear()
        return rows

    def _apply_started(self, event: AttemptStarted) -> list[Command]:
        commands = self.machine.handle(event)
        if commands:  # A start that counts is answered with a launch.
            running = self._running(event.task, event.attempt)
            if running is not None:
                self._note_attempt(event.task, running, event.at_ms)
        return commands

    def _apply_launched(self, event: AttemptLaunched) -> list[Command]:
        commands = self.machine.handle(event)
        running = self._running(event.task, event.attempt)
        if running is not None:
            started_ms = self._started_ms(event.task)
            self._note_attempt(event.task, running, started_ms)
        return commands

    def _apply_finished(self, event: AttemptFinished) -> list[Command]:
        running = self._running(event.task, event.attempt)
        if running is None:
            return self.machine.handle(event)
        machine = self.machine
        started_ms = self._started_ms(event.task)
        limit_ms = machine.dag.tasks[machine.index(event.task)].timeout_ms
        outcome = effective(running, event.outcome, limit_ms)
        commands = machine.handle(event)
        self._attempts[event.task, event.attempt] = self._finished_row(
            event, running, started_ms, outcome
        )
        if isinstance(outcome, Succeeded) and says_something(outcome):
            self._outputs[event.task] = OutputRow(
                task=event.task, output=outcome.output, registered=outcome.registered
            )
            self._handed_on.add(event.task)
        return commands

    def _running(self, task: str, attempt: int) -> Running | None:
        """Return the attempt if it is the one under way."""
        number = self.machine.graph.index.get(task)
        if number is None or self.machine.board.attempt[number] != attempt:
            return None
        return self.machine.board.running.get(number)

    def _started_ms(self, task: str) -> int:
        return self.machine.board.started_ms[self.machine.index(task)]

    def _note_attempt(self, task: str, running: Running, started_ms: int) -> None:
        number = self.machine.index(task)
        attempt = self.machine.board.attempt[number]
        self._attempts[task, attempt] = AttemptRow(
            task=task,
            attempt=attempt,
            executor=self.machine.dag.tasks[number].executor,
            slot=running.slot,
            handle=running.handle,
            started_ms=started_ms,
            generation=self.machine.generation,
        )

    def _finished_row(
        self,
        event: AttemptFinished,
        running: Running,
        started_ms: int,
        outcome: Outcome,
    ) -> AttemptRow:
        failure = outcome if isinstance(outcome, Failed) else None
        usage = usage_of(outcome)
        return AttemptRow(
            task=event.task,
            attempt=event.attempt,
            executor=self.machine.dag.tasks[self.machine.index(event.task)].executor,
            slot=running.slot,
            handle=event.handle or running.handle,
            started_ms=started_ms,
            ended_ms=event.at_ms,
            outcome=tag_of(outcome),
            reason=reason_of(outcome),
            exit_code=failure.exit_code if failure else None,
            signal=failure.signal if failure else None,
            cpu_ms=usage.cpu_ms,
            peak_rss_bytes=usage.peak_rss_bytes,
            generation=self.machine.generation,
        )

    def _gather(self) -> None:
        """Make rows of the tasks that changed, in order of declaration."""
        board = self.machine.board
        for task in sorted(board.changed):
            row = self._task_row(task)
            self._tasks[row.task] = row
            if (
                row.task in self._handed_on
                and board.status[task] is not TaskStatus.SUCCEEDED
            ):
                self._handed_on.remove(row.task)
                self._outputs[row.task] = OutputRow(task=row.task)
        board.changed.clear()

    def _task_row(self, task: int) -> TaskRow:
        board = self.machine.board
        name = self.machine.task_id(task)
        return TaskRow(
            task=name,
            status=board.status[task],
            attempt=board.attempt[task],
            max_attempts=board.max_attempts(task),
            started_ms=views.time_or_none(board.started_ms[task]),
            ended_ms=views.time_or_none(board.ended_ms[task]),
            reason=views.reason(board, task),
            definition_hash=self._hashes.get(name, ""),
            generation=self.machine.generation,
        )
