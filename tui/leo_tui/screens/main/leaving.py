"""The way out: what becomes of runs that this process drives."""

from collections.abc import Callable, Sequence

from leo_engine.ports import RunRow
from leo_tui.screens.confirm import THIRD, YES, quit_question
from leo_tui.screens.main.bridge import Bridge
from leo_tui.theme import Style
from leo_tui.units import counted

_MOST_NAMED = 8


class Leaving:
    """Asks, stops or leaves, and then lets go of the screen."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._is_stopping = self._is_asking = False

    async def leave(self, then: Callable[[], None]) -> None:
        """Do `then` once nothing keeps us: at once, or after a question."""
        if self._is_stopping:
            await self._bridge.feed.do(lambda desk: desk.kill())
            self._bridge.say("killing what still runs", Style.CARE)
            return
        if self._is_asking:
            return
        active = await self._active()
        if active:
            names = [f"{run.dag} #{run.run_key}" for run in active[:_MOST_NAMED]]
            self._is_asking = True
            try:
                answer = await self._bridge.ask(quit_question(len(active), names))
            finally:
                self._is_asking = False
            if answer == YES:
                await self._stop(len(active))
            elif answer != THIRD:
                return
        then()

    async def _active(self) -> Sequence[RunRow]:
        if not self._bridge.feed.has_begun:
            return ()
        return await self._bridge.feed.do(lambda desk: desk.active())

    async def _stop(self, count: int) -> None:
        """Stop every run of this process, and wait for the last to have ended."""
        self._is_stopping = True
        self._bridge.say(
            f"stopping {counted(count, 'run')} · q again kills", Style.CARE
        )
        await self._bridge.feed.do(lambda desk: desk.interrupt())
        await self._bridge.feed.idle()
