"""Runs the engine to the end of what was asked, watched by somebody who may stop it.

The first SIGINT or SIGTERM lets the engine stop its tasks and record how they ended;
the second kills them.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from leo_engine.app.types import RunResult
from leo_tui.headless.reporter import Reporter

_FRAME_S = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Start = Callable[[Reporter], Awaitable[Sequence[RunResult]]]
"""Begins the runs, telling the observer, and returns when they have ended."""


class Stoppable(Protocol):
    """The part of the engine that signals reach."""

    def interrupt(self) -> None:
        """Start nothing more, stop what runs."""

    def kill(self) -> None:
        """Kill what runs."""


async def drive(
    engine: Stoppable, start: Start, reporter: Reporter
) -> tuple[Sequence[RunResult], bool]:
    """Return how the runs ended, and whether a signal asked for that."""
    stopping = _Stopping(engine, reporter)
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stopping.on_signal)
    results: Sequence[RunResult] = ()
    try:
        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(_tick(reporter))
            try:
                results = await start(reporter)
            finally:
                ticking.cancel()
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
        reporter.close(results)
    return results, stopping.signals > 0


class _Stopping:
    """Counts the signals and passes the first two on."""

    def __init__(self, engine: Stoppable, reporter: Reporter) -> None:
        self.signals = 0
        self._engine = engine
        self._reporter = reporter

    def on_signal(self) -> None:
        self.signals += 1
        if self.signals == 1:
            self._reporter.notice(
                "stopping: running tasks get TERM; again to kill them"
            )
            self._engine.interrupt()
        else:
            self._reporter.notice("killing what still runs")
            self._engine.kill()


async def _tick(reporter: Reporter) -> None:
    while True:
        await asyncio.sleep(_FRAME_S)
        reporter.tick()
