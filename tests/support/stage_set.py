"""The whole screen on a DAG folder of a test's own, its time of day standing still."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from textual.events import Key
from textual.keys import _character_to_key
from textual.message_pump import MessagePump
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
WIDE, NARROW, SMALL = (120, 40), (80, 24), (60, 16)
_PATIENCE_S = 10
_LOOK_AGAIN_S = 0.05
"""A widget that is being removed says nothing when it is gone."""


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

    def is_at(self, place: Place) -> bool:
        """Tell whether the focus is there, to be asked again and again."""
        return self.place is place

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
                    await asyncio.sleep(0.005)
                    await self.taken()
        except TimeoutError:
            message = f"never came about on\n{self.text()}"
            raise AssertionError(message) from None

    async def shows(self, *texts: str) -> None:
        """Return once all texts are on the screen."""
        __tracebackhide__ = True
        await self.until(lambda: all(text in self.text() for text in texts))

    async def hides(self, *texts: str) -> None:
        """Return once none of the texts is on the screen."""
        __tracebackhide__ = True
        await self.until(lambda: not any(text in self.text() for text in texts))

    async def press(self, *keys: str) -> None:
        """Press keys one after another, each when the one before has been taken."""
        for key in keys:
            self.send(key)
            await self.taken()

    def send(self, *keys: str) -> None:
        """Press keys faster than anything is drawn, as a paste does."""
        for key in keys:
            is_sign = len(key) == 1
            name = _character_to_key(key) if is_sign and not key.isalnum() else key
            event = Key(name, key if is_sign else None)
            event.set_sender(self.app)
            # At once: a driver's own way is by another turn of the loop.
            self.app.post_message(event)

    async def taken(self) -> None:
        """Return once what was sent has been taken, and what that has sent.

        Not `Pilot.pause`: it waits for every widget of a screen, for half a minute when
        the screen goes meanwhile, and for a processor that has nothing else to do.
        """
        for _ in range(2):
            # A key goes to what has the focus, and from there up to who takes it.
            focused = self.app.focused
            way = () if focused is None else focused.ancestors_with_self
            for one in (self.app, *way, self.app.screen, self.app):
                await _through(one)

    async def see_run(self, dag: str, task: str = "") -> None:
        """Choose the last file, of this DAG; go to a task of its newest run."""
        scene = self.main.bridge.scene
        await self.press("1", "G")
        await self.until(lambda: scene.run is not None and scene.run.dag == dag)
        await self.settled()
        if task and scene.model is not None:
            await self.press("3")
            self.main.bridge.panels.tasks.go_to(scene.model.index[task])
            await self.taken()

    async def dialog(self) -> None:
        """Return once a dialog is before the panels and takes keys."""
        await self.until(
            lambda: len(self.app.screen_stack) > 1 and self.app.focused is not None
        )

    async def panels(self) -> None:
        """Return once no dialog is before the panels."""
        await self.until(lambda: len(self.app.screen_stack) == 1)

    async def command(self, text: str) -> None:
        """Type at the palette, once it is there, and take what it finds first."""
        await self.press(":")
        await self.dialog()
        await self.type(text)
        await self.press("enter")

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
        await self.taken()


async def _through(pump: MessagePump) -> None:
    """Return once a widget has taken everything that was sent to it, or is gone."""
    taken = asyncio.Event()
    if pump.call_later(taken.set):
        while not taken.is_set() and pump.is_running and pump.is_attached:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await taken.wait()


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
    is_new_here: bool = False,
) -> AsyncIterator[Stage]:
    """Open the screen on a folder; `is_new_here`: for somebody who never saw it."""
    chosen = preferences or Preferences()
    setup = Setup(
        keymap=chosen.keymap(),
        preferences=chosen,
        memory=Memory(folder.parent / "ui.json"),
        shows_tour=is_new_here,
        theme=theme,
        glyphs=glyphs,
    )
    with feed_of(folder) as feed:
        app = LeoApp(feed, setup, StillClock())
        async with app.run_test(size=size) as pilot:
            opened = Stage(app, pilot, feed)
            await opened.settled()
            yield opened
