"""A loop whose time passes at once: hours of timers are over in milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

from leo_engine.testing.fake_clock import FakeClock

T = TypeVar("T")

BEGINS_MS = 1_000_000
"""What the wall clock says when a loop begins."""


class Hurried(selectors.DefaultSelector):
    """A selector that lets the time of a wait be over at once."""

    skipped_s = 0.0

    def select(  # type: ignore[explicit-any] # keys carry what anybody put there
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return at once what is ready."""
        ready = super().select(0)
        if not ready and timeout is None:
            message = "everybody waits and nothing will ever happen"
            raise AssertionError(message)
        if not ready and timeout:
            self.skipped_s += timeout
        return ready


class TimelessLoop(asyncio.SelectorEventLoop):
    """A loop whose timers take no time and fire in order."""

    def __init__(self) -> None:
        self._hurried = Hurried()
        super().__init__(self._hurried)

    def time(self) -> float:
        """Return how much time was skipped, in seconds."""
        return self._hurried.skipped_s


def play(scene: Coroutine[None, None, T]) -> T:
    """Run a scene in a loop whose time passes at once."""
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        return runner.run(scene)


class LoopClock(FakeClock):
    """A clock that goes with the loop."""

    def now_ms(self) -> int:
        """Return the wall clock: `BEGINS_MS` and the loop's time."""
        return BEGINS_MS + self.monotonic_ms()

    def monotonic_ms(self) -> int:
        """Return the loop's time."""
        return round(asyncio.get_running_loop().time() * 1000)

    async def sleep(self, delay_ms: int) -> None:
        """Sleep in the loop."""
        await asyncio.sleep(delay_ms / 1000)
