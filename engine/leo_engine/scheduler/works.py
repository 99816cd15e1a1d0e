"""What a stored turn of a run sets going: attempts, and what waits for the clock."""

from typing import assert_never

from leo_engine.ports import Clock
from leo_engine.scheduler.attempts import Attempts
from leo_engine.scheduler.timers import Timers
from leo_engine.state.command import (
    AskApproval,
    LaunchAttempt,
    StartBackoff,
    StopAttempt,
)
from leo_engine.state.machine import RunMachine

Effect = LaunchAttempt | StopAttempt | StartBackoff | AskApproval


class Works:
    """The attempts and timers of one run, as its commands want them."""

    def __init__(
        self,
        machine: RunMachine,
        *,
        clock: Clock,
        attempts: Attempts,
        timers: Timers,
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._attempts = attempts
        self._timers = timers

    def carry_out(self, effect: Effect) -> None:
        """Do what a durable write has led to."""
        match effect:
            case LaunchAttempt(task, attempt):
                self._attempts.launch(task, attempt)
            case StopAttempt(task, attempt, at_once=at_once):
                self._attempts.stop(task, attempt, 0 if at_once else None)
            case StartBackoff():
                self._timers.begin_backoff(effect)
            case AskApproval(task):
                self._await_answer(task)
            case _:
                assert_never(effect)

    def set_deadline(self, began_ms: int | None) -> None:
        """Set the deadline of the run, by when it began: now, if that is None."""
        limit_ms = self._machine.dag.timeout_ms
        if limit_ms is not None:
            self._timers.end_run_after(self._left_ms(began_ms, limit_ms))

    def _await_answer(self, task_id: str) -> None:
        limit_ms = self._machine.dag.tasks[self._machine.index(task_id)].timeout_ms
        if limit_ms is not None:
            asked = self._machine.task_run(task_id)
            left_ms = self._left_ms(asked.started_ms, limit_ms)
            self._timers.await_answer(task_id, asked.attempt, left_ms)

    def _left_ms(self, began_ms: int | None, limit_ms: int) -> int:
        now_ms = self._clock.now_ms()
        return max(0, (now_ms if began_ms is None else began_ms) + limit_ms - now_ms)
