"""The attempts of one run that are under way: launched, watched, stopped."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Protocol

import msgspec

from leo_engine.errors import ExecutorError, HeldUpError, LaunchError
from leo_engine.ports import AttemptRequest, Clock, Executor
from leo_engine.spec.model import Task
from leo_engine.state.event import (
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    Event,
)
from leo_engine.state.outcome import Failed, Lost, Outcome
from leo_engine.state.views import TaskRun


class Workshop(Protocol):
    """What the attempts need to know about their run."""

    def task(self, task_id: str) -> Task:
        """Return the task's definition."""

    def executor(self, task: Task) -> Executor:
        """Return the executor of a task; raises `ExecutorUnavailableError`."""

    def request(self, task: Task, attempt: int, start_by_ms: int) -> AttemptRequest:
        """Render an attempt; raises `LaunchError` when it cannot be."""

    async def settle(self, task: Task, attempt: int, outcome: Outcome) -> Outcome:
        """Return the outcome with what the attempt left behind, secrets masked."""


_REPORT_LAUNCH_S = 0.02
"""An attempt that ends sooner has its launch recorded together with its end."""


class _Live:
    """One attempt under way."""

    __slots__ = (
        "attempt",
        "handle",
        "is_adopted",
        "readiness",
        "stop_grace_ms",
        "timer",
    )

    def __init__(self, attempt: int) -> None:
        self.attempt = attempt
        self.handle = ""
        self.is_adopted = False
        self.readiness: asyncio.Future[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.stop_grace_ms: int | None = None
        """Set once it is to be stopped, be it launched already or not."""

    async def ready(self, readiness: Awaitable[None]) -> None:
        """Wait until it can be started.

        Raises:
            HeldUpError: it is not to be started any more.
        """
        self.readiness = asyncio.ensure_future(readiness)
        try:
            await asyncio.wait([self.readiness])
        finally:
            self.readiness.cancel()
        if self.readiness.cancelled():
            raise HeldUpError("stopped before it was started")
        self.readiness.result()

    def make_haste(self) -> None:
        """Wait no longer until it can be started."""
        if self.readiness is not None:
            self.readiness.cancel()


Spawn = Callable[[Coroutine[None, None, None]], object]
"""Starts a coroutine under the run's task group."""

Post = Callable[[Event], None]
"""Hands an event to the run."""


class Attempts:
    """Every attempt of one run that this process launched or adopted, by task id."""

    def __init__(
        self, *, workshop: Workshop, clock: Clock, post: Post, spawn: Spawn
    ) -> None:
        self.owned_until_ms = 0
        """By the monotonic clock, until when the run is surely ours; renewed."""
        self._workshop = workshop
        self._clock = clock
        self._post = post
        self._spawn = spawn
        self._live: dict[str, _Live] = {}
        self._unreported: deque[tuple[float, str, _Live]] = deque()
        """Launches to be reported on their own, and from when on by the loop's time."""
        self._launching_count = 0
        self._none_launching: asyncio.Future[None] | None = None

    def launch(self, task_id: str, attempt: int) -> None:
        """Launch an attempt; its launch and its end come back as events."""
        self._live[task_id] = live = _Live(attempt)
        self._launching_count += 1
        self._spawn(self._run(self._workshop.task(task_id), live))

    async def launched(self) -> None:
        """Return once no launch is under way; what is not ready yet is not launched."""
        for live in self._live.values():
            live.make_haste()
        if self._launching_count:
            self._none_launching = asyncio.get_running_loop().create_future()
            await self._none_launching

    def adopt(self, run_id: str, adopted: TaskRun) -> None:
        """Wait for an attempt that an earlier engine of the run launched."""
        live = _Live(adopted.attempt)
        self._live[adopted.task] = live
        live.handle, live.is_adopted = adopted.handle, True
        now_ms = self._clock.now_ms()
        spent_ms = max(0, now_ms - (adopted.started_ms or now_ms))
        task = self._workshop.task(adopted.task)
        self._spawn(self._reattach(run_id, task, live, spent_ms))

    def stop(self, task_id: str, attempt: int, grace_ms: int | None = None) -> None:
        """TERM, grace, KILL; without effect when the attempt is not under way."""
        live = self._live.get(task_id)
        if live is None or live.attempt != attempt:
            return
        task = self._workshop.task(task_id)
        live.stop_grace_ms = task.grace_ms if grace_ms is None else grace_ms
        live.make_haste()
        if live.handle:
            executor = self._workshop.executor(task)
            self._spawn(executor.stop(live.handle, live.stop_grace_ms))

    def kill_all(self) -> None:
        """KILL everything at once."""
        for task_id, live in list(self._live.items()):
            self.stop(task_id, live.attempt, 0)

    def forget_ended(self, events: Sequence[Event]) -> None:
        """Have what is left of attempts removed whose end is stored by now."""
        for event in events:
            if isinstance(event, AttemptFinished) and event.handle:
                task = self._workshop.task(event.task)
                self._workshop.executor(task).forget(event.handle)

    async def _run(self, task: Task, live: _Live) -> None:
        try:
            executor = self._workshop.executor(task)
            live.handle = await self._start(executor, task, live)
        except HeldUpError as error:
            await self._finished(task, live, Lost(reason=str(error)))
            return
        except ExecutorError as error:
            await self._finished(task, live, Failed(reason=str(error)))
            return
        finally:
            self._note_launched()
        self._report_later(task.id, live)
        await self._watch(task, live, executor, task.timeout_ms)

    async def _start(self, executor: Executor, task: Task, live: _Live) -> str:
        request = self._workshop.request(task, live.attempt, self.owned_until_ms)
        readiness = executor.readiness(request)
        if readiness is not None:
            await live.ready(readiness)
            request = msgspec.structs.replace(request, start_by_ms=self.owned_until_ms)
        return await executor.start(request)

    def _note_launched(self) -> None:
        self._launching_count -= 1
        waiter = self._none_launching
        if waiter is not None and not waiter.done() and not self._launching_count:
            waiter.set_result(None)

    def _report_later(self, task_id: str, live: _Live) -> None:
        # One timer for all of them: most attempts of a busy run end before it.
        loop = asyncio.get_running_loop()
        if not self._unreported:
            loop.call_later(_REPORT_LAUNCH_S, self._report_launches, loop)
        self._unreported.append((loop.time() + _REPORT_LAUNCH_S, task_id, live))

    def _report_launches(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._unreported and self._unreported[0][0] <= now:
            _, task_id, live = self._unreported.popleft()
            if self._live.get(task_id) is live:
                self._report_launch(task_id, live)
        if self._unreported:
            loop.call_at(self._unreported[0][0], self._report_launches, loop)

    def _report_launch(self, task_id: str, live: _Live) -> None:
        self._post(
            AttemptLaunched(
                at_ms=self._clock.now_ms(),
                task=task_id,
                attempt=live.attempt,
                handle=live.handle,
            )
        )

    async def _reattach(
        self, run_id: str, task: Task, live: _Live, spent_ms: int
    ) -> None:
        try:
            executor = await self._found(run_id, task, live)
            is_running = await executor.attach(live.handle)
        except ExecutorError as error:
            await self._finished(task, live, Lost(reason=str(error)))
            return
        left_ms = None
        # What has ended meanwhile ended by itself: its time cannot be up any more.
        if is_running and task.timeout_ms is not None:
            left_ms = task.timeout_ms - spent_ms
        await self._watch(task, live, executor, left_ms)

    async def _found(self, run_id: str, task: Task, live: _Live) -> Executor:
        """Return the executor once it has found the attempt again.

        Raises:
            ExecutorError: it cannot be asked, or the attempt was never launched.
        """
        executor = self._workshop.executor(task)
        if not live.handle:
            handle = await executor.find(run_id, task.id, live.attempt)
            if handle is None:
                raise LaunchError("the engine ended before it was launched")
            live.handle = handle
        return executor

    async def _watch(
        self, task: Task, live: _Live, executor: Executor, left_ms: int | None
    ) -> None:
        if live.stop_grace_ms is not None:
            self.stop(task.id, live.attempt, live.stop_grace_ms)
        if left_ms is not None:
            live.timer = asyncio.get_running_loop().call_later(
                max(0, left_ms) / 1000, self._deadline, task.id, live.attempt
            )
        outcome = await executor.wait(live.handle)
        if live.timer is not None:
            live.timer.cancel()
        ended_ms = await executor.ended_ms(live.handle) if live.is_adopted else None
        await self._finished(task, live, outcome, ended_ms)

    def _deadline(self, task_id: str, attempt: int) -> None:
        self._post(
            AttemptDeadlineReached(
                at_ms=self._clock.now_ms(), task=task_id, attempt=attempt
            )
        )

    async def _finished(
        self, task: Task, live: _Live, outcome: Outcome, ended_ms: int | None = None
    ) -> None:
        settled = await self._workshop.settle(task, live.attempt, outcome)
        if self._live.get(task.id) is live:
            del self._live[task.id]
        self._post(
            AttemptFinished(
                at_ms=ended_ms or self._clock.now_ms(),
                task=task.id,
                attempt=live.attempt,
                outcome=settled,
                handle=live.handle,
            )
        )
