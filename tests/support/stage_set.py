"""The whole screen on a DAG folder of a test's own, its time of day standing still."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from textual.pilot import Pilot

from leo_engine.app import Settings
from leo_engine.clock import SystemClock
from leo_engine.errors import LeoError
from leo_engine.ports import HostSample
from leo_tui.app import LeoApp
from leo_tui.feed.feed import Feed
from leo_tui.keys.actions import Place
from leo_tui.preferences.memory import Memory
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.main.screen import MainScreen, Setup
from leo_tui.theme import Glyphs, ThemeName

NOW_MS = 1_772_453_071_000
"""2026-03-02 12:04:31 UTC, a Monday."""
WIDE, USUAL, SMALL = (120, 40), (80, 24), (60, 16)
_PATIENCE_S = 10


class StillClock(SystemClock):
    """The time of day stands still; what is awaited goes on."""

    def __init__(self, at_ms: int = NOW_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        """Return the one moment."""
        return self.at_ms


class _NoHost:
    """A machine that is not measured: what it does would be in every picture."""

    def sample(self) -> HostSample:
        """Say nothing."""
        message = "not measured"
        raise LeoError(message)


class Stage:
    """An app over a feed over a folder; how a test looks at it and plays with it."""

    def __init__(self, app: LeoApp, pilot: Pilot[Path], feed: Feed) -> None:
        self.app = app
        self.pilot = pilot
        self.feed = feed

    @property
    def main(self) -> MainScreen:
        """The main screen, whatever stands before it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def place(self) -> Place:
        """Where the focus is."""
        return self.main._layout.place

    def text(self) -> str:
        """Return everything that is on the screen."""
        return "\n".join(self.rows())

    def rows(self) -> list[str]:
        """Return the screen line by line."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(part.text for part in row).rstrip() for row in strips]

    async def until(self, holds: Callable[[], object]) -> None:
        """Return once it holds, after a last drawing."""
        __tracebackhide__ = True
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not holds():
                    await self.pilot.pause()
                    await asyncio.sleep(0.005)
        except TimeoutError:
            message = f"never came about on\n{self.text()}"
            raise AssertionError(message) from None
        await self.pilot.pause()

    async def shows(self, *texts: str) -> None:
        """Return once all texts are on the screen."""
        __tracebackhide__ = True
        await self.until(lambda: all(text in self.text() for text in texts))

    async def hides(self, *texts: str) -> None:
        """Return once none of the texts is on the screen."""
        __tracebackhide__ = True
        await self.until(lambda: not any(text in self.text() for text in texts))

    async def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            await self.pilot.press(NAMES.get(key, key))

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.press(*text)

    async def settled(self) -> None:
        """Return once everything that was asked for has been read and drawn."""
        bridge = self.main.bridge
        await self.until(
            lambda: (
                bridge.scene.folder is not None
                and not self.main._loading.is_loading
                and (bridge.scene.model is not None or bridge.scene.file is None)
            )
        )
        self.main._telling.tell(NOW_MS, 30)
        await self.pilot.pause()


NAMES = {
    "!": "exclamation_mark",
    "/": "slash",
    ":": "colon",
    "?": "question_mark",
    "+": "plus",
    "-": "minus",
    "=": "equals_sign",
    "&": "ampersand",
    "*": "asterisk",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    ",": "comma",
    ".": "full_stop",
    "_": "underscore",
    " ": "space",
}
"""What Textual calls the keys that type signs."""


@contextmanager
def feed_of(folder: Path, *, slots: int = 8) -> Iterator[Feed]:
    """Open the feed of a folder; nothing that was interrupted is gone on with."""
    state = folder / ".leo"
    feed = Feed(Settings(folder=folder, state_folder=state, slots=slots), adopt=False)
    feed._reader._engine._host = _NoHost()  # type: ignore[assignment]
    feed.start()
    try:
        yield feed
    finally:
        assert feed.close(_PATIENCE_S)


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    size: tuple[int, int] = WIDE,
    theme: ThemeName = ThemeName.DARK,
    glyphs: Glyphs = Glyphs.UNICODE,
    preferences: Preferences | None = None,
) -> AsyncIterator[Stage]:
    """Open the screen on a folder."""
    chosen = preferences or Preferences()
    setup = Setup(
        keymap=chosen.keymap(),
        preferences=chosen,
        memory=Memory(folder.parent / "ui.json"),
        theme=theme,
        glyphs=glyphs,
    )
    with feed_of(folder) as feed:
        app = LeoApp(feed, setup, StillClock())
        async with app.run_test(size=size) as pilot:
            opened = Stage(app, pilot, feed)
            await opened.settled()
            yield opened
