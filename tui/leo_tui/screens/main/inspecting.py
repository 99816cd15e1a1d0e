"""What the screen tells of itself and of the engine, for who wonders about them."""

import asyncio
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import msgspec

from leo_engine.errors import LeoError
from leo_tui.preferences.memory import Memory
from leo_tui.preferences.settings import MOST_FPS
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.pace import Pace
from leo_tui.screens.prompt import PromptScreen
from leo_tui.screens.text_screen import TextScreen
from leo_tui.text.sanitize import sanitize, sanitize_output
from leo_tui.theme import Style
from leo_tui.viewmodels.engine_lines import engine_lines
from leo_tui.viewmodels.panels.page import Page
from leo_tui.viewmodels.panels.performance import (
    Expense,
    FrameCounts,
    performance_page,
)
from leo_tui.viewmodels.spans import line
from leo_tui.widgets.frame_gate import FrameGate, waiting_frames
from leo_tui.widgets.lines_pane import LinesPane

_ACCOUNT_S = 1.0
_MOST_BYTES = 1 << 20
"""Of a file that is shown."""
_PATIENCE_S = 1.0
"""How long to wait for what the store has to tell: the log itself is here."""
_THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Inspecting:
    """The engine's log, the file of the state, frames a second, what it all takes."""

    def __init__(
        self, bridge: Bridge, gate: FrameGate, pace: Pace, memory: Memory
    ) -> None:
        self._bridge = bridge
        self._gate = gate
        self._pace = pace
        self._memory = memory
        self._is_shown = False
        self._times_shown = 0

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {
            "app.engine_log": Doing(self._show_engine_log),
            "app.state_file": Doing(self._show_state_file),
            "app.fps": Doing(self._ask_fps),
            "app.performance": Doing(self._show_or_hide),
        }

    async def _show_engine_log(self) -> None:
        feed = self._bridge.feed
        try:
            async with asyncio.timeout(_PATIENCE_S):
                audit = await feed.read(lambda engine: engine.audit())
        except (LeoError, TimeoutError):
            # What this process knows is most wanted when nothing else answers.
            audit = []
        lines = engine_lines(feed.log.entries(), audit)
        await self._bridge.ask(TextScreen("The engine's log, newest first", lines))

    async def _show_state_file(self) -> None:
        path = self._memory.path
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except OSError as error:
            self._bridge.say(f"cannot read {path}: {error.strerror}", Style.CARE)
            return
        with suppress(msgspec.DecodeError):
            content = msgspec.json.format(content)
        text = content.decode(errors="replace")
        lines = [line(sanitize_output(one)) for one in text.split("\n")]
        await self._bridge.ask(TextScreen(sanitize(str(path)), lines))

    async def _ask_fps(self) -> None:
        asked = PromptScreen("frames a second, at most ", str(self._gate.most_fps))
        text = await self._bridge.ask(asked)
        if text is None:
            return
        if text.isdecimal() and 1 <= int(text) <= MOST_FPS:
            self._gate.limit(int(text))
            self._pace.limit(int(text))
            self._bridge.say(f"{text} frames a second at most, until you quit")
        else:
            self._bridge.say(f"not a number from 1 to {MOST_FPS}: {text}", Style.CARE)

    def _show_or_hide(self) -> None:
        self._is_shown = not self._is_shown
        self._bridge.screen.set_class(self._is_shown, "with-performance")
        self._times_shown += self._is_shown
        if self._is_shown:
            self._bridge.spawn(self._account(self._times_shown))

    async def _account(self, time_shown: int) -> None:
        """Tell each second what was taken, for as long as somebody looks."""
        box = self._bridge.screen.query_one("#performance", LinesPane)
        before = self._expense()
        self._gate.counts()
        while self._is_shown and self._times_shown == time_shown:
            await asyncio.sleep(_ACCOUNT_S)
            now = self._expense()
            box.show(partial(self._page, before, now, self._gate.counts()))
            before = now

    def _page(
        self, before: Expense, now: Expense, counts: FrameCounts, _width: int
    ) -> Page:
        return performance_page(
            before,
            now,
            counts,
            most_fps=self._gate.fps,
            waiting=waiting_frames(self._bridge.screen.app),
            silent_ms=self._bridge.feed.engine_silent_ms,
        )

    def _expense(self) -> Expense:
        own, whole = map(resource.getrusage, (_THREAD, resource.RUSAGE_SELF))
        return Expense(
            at_ms=self._bridge.clock.monotonic_ms(),
            screen_cpu_ms=round(1_000 * (own.ru_utime + own.ru_stime)),
            cpu_ms=round(1_000 * (whole.ru_utime + whole.ru_stime)),
            peak_bytes=whole.ru_maxrss * _RSS_UNIT,
        )
