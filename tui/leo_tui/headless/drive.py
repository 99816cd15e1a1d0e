"""Runs the engine to the end of what was asked, watched by somebody who may stop it.

The first SIGINT or SIGTERM lets the engine stop its tasks and record how they ended;
the second kills them. SIGHUP, a terminal that was closed, stops nothing: the engine
lets go, the tasks go on. Who only looks on goes away at any of them.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Protocol

from leo_engine.app.types import RunResult
from leo_tui.headless.reporter import Reporter

_FRAME_S = 0.1

Start = Callable[[Reporter], Awaitable[Sequence[RunResult]]]
"""Begins the runs, telling the observer, and returns when they have ended."""
_Reactions = Mapping[signal.Signals, Callable[[], None]]


class Stoppable(Protocol):
    """The part of the engine that signals reach."""

    def interrupt(self) -> None:
        """Start nothing more, stop what runs."""

    def kill(self) -> None:
        """Kill what runs."""

    def leave(self) -> None:
        """Let go of what runs without stopping it."""


async def drive(
    engine: Stoppable, start: Start, reporter: Reporter
) -> tuple[Sequence[RunResult], bool]:
    """Return how the runs ended, and whether a signal asked for that."""
    stopping = _Stopping(engine, reporter)
    reactions = {
        signal.SIGINT: stopping.on_signal,
        signal.SIGTERM: stopping.on_signal,
        signal.SIGHUP: stopping.on_hangup,
    }
    results = await _reported(start, reporter, reactions)
    return results, stopping.was_asked


async def look_on(
    start: Start, reporter: Reporter, farewell: str
) -> tuple[Sequence[RunResult], bool]:
    """Return how the runs ended, and whether a signal ended the looking instead.

    Nothing reaches the runs; `farewell` is said to who has seen enough.
    """
    looking: asyncio.Future[Sequence[RunResult]] | None = None
    was_asked = False

    async def begin(reporter: Reporter) -> Sequence[RunResult]:
        nonlocal looking
        looking = asyncio.ensure_future(start(reporter))
        await asyncio.wait([looking])
        return () if looking.cancelled() else looking.result()

    def on_signal() -> None:
        nonlocal was_asked
        if looking is not None and not was_asked:
            was_asked = True
            reporter.notice(farewell)
            looking.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    results = await _reported(begin, reporter, dict.fromkeys(numbers, on_signal))
    return results, was_asked


async def _reported(
    start: Start, reporter: Reporter, reactions: _Reactions
) -> Sequence[RunResult]:
    """Start, draw frames and answer signals until it is over; close the reporter."""
    results: Sequence[RunResult] = ()
    try:
        # A terminal that takes nothing may hold up the closing: Ctrl-C ends that.
        with _answered(reactions):
            async with asyncio.TaskGroup() as group:
                ticking = group.create_task(_tick(reporter))
                try:
                    results = await start(reporter)
                finally:
                    ticking.cancel()
    finally:
        reporter.close(results)
    return results


@contextlib.contextmanager
def _answered(reactions: _Reactions) -> Iterator[None]:
    """Have signals answered inside the block, but for a hang-up that is ignored."""
    loop = asyncio.get_running_loop()
    heard = [
        number
        for number in reactions
        # Who says `nohup` wants no answer to it.
        if number is not signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    ]
    for number in heard:
        loop.add_signal_handler(number, reactions[number])
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)


class _Stopping:
    """Counts the signals and passes on what they mean."""

    def __init__(self, engine: Stoppable, reporter: Reporter) -> None:
        self._signals = 0
        self._has_left = False
        self._engine = engine
        self._reporter = reporter

    @property
    def was_asked(self) -> bool:
        return self._has_left or self._signals > 0

    def on_signal(self) -> None:
        self._signals += 1
        if self._signals == 1:
            self._reporter.notice("stopping: what runs here gets TERM; again to kill")
            self._engine.interrupt()
        else:
            self._reporter.notice("killing what still runs")
            self._engine.kill()

    def on_hangup(self) -> None:
        if not self.was_asked:
            self._has_left = True
            self._reporter.notice("the terminal is gone: leaving, what runs goes on")
            self._engine.leave()


async def _tick(reporter: Reporter) -> None:
    while True:
        await asyncio.sleep(_FRAME_S)
        reporter.tick()
