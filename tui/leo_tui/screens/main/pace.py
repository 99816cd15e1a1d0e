"""How often the screen looks up: at each frame, and seldom while nothing happens.

A timer that goes off thirty times a second takes half of what an idle screen takes in
all. So it rests while all is quiet; a key or something new from the engine wakes it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from textual.timer import Timer

from leo_tui.feed.inbox import Inbox

_CLOCKS_S = 0.1
"""Between two looks while only clocks go on, which show tenths of seconds."""
_QUIET_S = 0.25
"""The same while nothing does."""


class Pace:
    """Rests the timer of frames and wakes it. Belongs to the screen's thread."""

    def __init__(
        self,
        timer: Callable[[float, Callable[[], None]], Timer],
        look: Callable[[], None],
        inbox: Inbox,
        fps: int,
        on_rest: Callable[[], None],
    ) -> None:
        """`timer` starts one that does something every so many seconds.

        `on_rest` is for what had better wait until nobody waits for the screen.
        """
        self._timer = timer
        self._frames = timer(1 / fps, look)
        self._look = look
        self._inbox = inbox
        self._on_rest = on_rest
        self._loop = asyncio.get_running_loop()
        self._pause_s = _QUIET_S
        self.is_resting = False

    def limit(self, fps: int) -> None:
        """Look so many times a second from now on, while anything happens."""
        self._frames.stop()
        self._frames = self._timer(1 / fps, self._look)
        self.is_resting = False

    def rest(self, *, with_clocks: bool) -> None:
        """Look seldom from now on, until there is a reason not to."""
        self._pause_s = _CLOCKS_S if with_clocks else _QUIET_S
        if not self.is_resting:
            self.is_resting = True
            self._frames.pause()
            self._on_rest()
            self._inbox.wake(self._news_came)

    def wake(self) -> None:
        """Look at once, and then at each frame."""
        if self.is_resting:
            self.is_resting = False
            self._frames.resume()

    async def look_up(self) -> None:
        """Look while the timer of frames does not, for ever."""
        while True:
            await asyncio.sleep(self._pause_s)
            if self.is_resting:
                self._look()

    def _news_came(self) -> None:
        # On the engine's thread; a screen that has gone needs no news.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.wake)
