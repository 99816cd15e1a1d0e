"""What a run waits for by the clock: its own deadline, and one thing for each task."""

import asyncio
import random
from collections.abc import Callable

from leo_engine.ports import Clock
from leo_engine.state.command import StartBackoff
from leo_engine.state.event import (
    AttemptDeadlineReached,
    BackoffElapsed,
    Event,
    RunDeadlineReached,
)


class Timers:
    """The timers of one run; each hands in an event when its time has come."""

    def __init__(
        self, *, clock: Clock, post: Callable[[Event], None], chance: random.Random
    ) -> None:
        self._clock = clock
        self._post = post
        self._chance = chance
        self._run: asyncio.TimerHandle | None = None
        self._tasks: dict[str, asyncio.TimerHandle] = {}

    def end_run_after(self, delay_ms: int) -> None:
        """Set the deadline of the whole run."""
        self._run = asyncio.get_running_loop().call_later(
            delay_ms / 1000, self._time_is_up
        )

    def begin_backoff(self, effect: StartBackoff) -> None:
        """Let a task wait before its next attempt, a little more or less than told."""
        spread = effect.jitter * self._chance.uniform(-1.0, 1.0)
        delay_ms = effect.delay_ms * (1.0 + spread)
        self._later(effect.task, delay_ms, BackoffElapsed, effect.attempt)

    def await_answer(self, task: str, attempt: int, limit_ms: int) -> None:
        """Set the deadline of an approval."""
        self._later(task, limit_ms, AttemptDeadlineReached, attempt)

    def cancel(self) -> None:
        """Wait for nothing any more."""
        if self._run is not None:
            self._run.cancel()
        for timer in self._tasks.values():
            timer.cancel()

    def _time_is_up(self) -> None:
        self._post(RunDeadlineReached(at_ms=self._clock.now_ms()))

    def _later(
        self,
        task: str,
        delay_ms: float,
        kind: type[BackoffElapsed] | type[AttemptDeadlineReached],
        attempt: int,
    ) -> None:
        def due() -> None:
            del self._tasks[task]
            self._post(kind(at_ms=self._clock.now_ms(), task=task, attempt=attempt))

        if earlier := self._tasks.pop(task, None):
            earlier.cancel()
        self._tasks[task] = asyncio.get_running_loop().call_later(delay_ms / 1000, due)
