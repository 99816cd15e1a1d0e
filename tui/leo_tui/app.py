"""The Textual application: its themes, its first screen, and what a crash leaves."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import RenderableType
from textual import events
from textual.screen import Screen

from leo_engine.clock import SystemClock
from leo_engine.config import settings as engine_settings
from leo_engine.ports import Clock
from leo_tui.feed.feed import Feed
from leo_tui.keys.key_names import key_text
from leo_tui.preferences.memory import Memory
from leo_tui.preferences.options import ScreenOptions
from leo_tui.screens.crashed import REOPEN, SAVE, CrashedScreen
from leo_tui.screens.main.screen import MainScreen, Setup
from leo_tui.viewmodels.panels.farewell import farewell
from leo_tui.viewmodels.spans import Line
from leo_tui.widgets.themed_app import ThemedApp

_FAREWELLS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals at which the screen goes and what runs stays."""
_INTERRUPTED = 130
"""Exit status after a signal, as without a screen."""
_CRASHED = 70
"""Exit status when the screen has crashed and was not opened again."""


class LeoApp(ThemedApp[Path]):
    """One DAG folder on one screen; returns another folder to open, if there is one.

    The feed is the caller's: it outlives the screen, however that ends.
    """

    CSS_PATH = "screens/main/main.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "leo-tui"

    def __init__(self, feed: Feed, setup: Setup, clock: Clock | None = None) -> None:
        super().__init__(theme=setup.theme, glyphs=setup.glyphs)
        self.animation_level = "none"
        self._feed = feed
        self._setup = setup
        self._clock = clock or SystemClock()
        self.crash: Exception | None = None
        """What ended the screen; None: it was left."""

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return MainScreen(self._feed, self._setup, self._clock)

    def on_mount(self) -> None:
        """Answer to signals."""
        loop = asyncio.get_running_loop()
        for number in _FAREWELLS:
            if signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, self._go)

    def _go(self) -> None:
        self.exit(return_code=_INTERRUPTED)

    async def on_event(self, event: events.Event) -> None:
        """Let the main screen have a key before anything else takes it."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            screen, first = self.screen, self.screen_stack[0]
            if isinstance(first, MainScreen) and first.holds(event):
                return
            key = key_text(event.key, event.character)
            if isinstance(screen, MainScreen) and screen.press(key):
                return
        await super().on_event(event)

    def exit(
        self,
        result: Path | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leave the screen, once it is remembered where one was."""
        first = self.screen_stack[0] if self.screen_stack else None
        if self.crash is None and isinstance(first, MainScreen):
            first.keep_place()
        super().exit(result, return_code, message)

    async def action_quit(self) -> None:
        """Leave as `q` does, from wherever Textual's own key for it is pressed."""
        screen = self.screen_stack[0]
        if isinstance(screen, MainScreen):
            screen.perform("app.quit")

    def _handle_exception(self, error: Exception) -> None:
        """Leave the screen in order; the runs go on. Called by Textual."""
        if self.crash is None:
            self.crash = error
            self.exit(return_code=_CRASHED)


class CrashedApp(ThemedApp[str]):
    """Asks what to do after the screen has crashed."""

    def __init__(self, error: Exception, active_runs: int, setup: Setup) -> None:
        super().__init__(theme=setup.theme, glyphs=setup.glyphs)
        self.animation_level = "none"
        self._error = error
        self._active_runs = active_runs

    def on_mount(self) -> None:
        """Ask."""
        text = f"{type(self._error).__name__}: {self._error}"
        _ = self.push_screen(CrashedScreen(text, self._active_runs), self.exit)


def run_screen(options: ScreenOptions, say: Callable[[Sequence[Line]], None]) -> int:
    """Show the screen until it is left; return the exit status.

    What runs then goes on without it, and can be taken over by whoever comes next.
    `say` writes lines that stay after the screen.

    Raises:
        ConfigError: the folder cannot be used.
    """
    setup = Setup(
        keymap=options.preferences.keymap(),
        preferences=options.preferences,
        memory=Memory(options.state),
        theme=options.theme,
        glyphs=options.glyphs,
        has_fixed_theme=options.has_fixed_theme,
        shows_tour=True,
    )
    settings = options.settings
    while True:
        feed = Feed(settings, adopt=options.resume)
        feed.start()
        try:
            status, folder = _until_left(feed, setup)
        finally:
            feed.close()
        runs = feed.inbox.session_runs()
        say(farewell(runs, str(settings.folder), SystemClock().now_ms()))
        if folder is None:
            return status
        settings = engine_settings(str(folder), slots=settings.slots)


def _until_left(feed: Feed, setup: Setup) -> tuple[int, Path | None]:
    """Show the screen, again after a crash if that is wanted."""
    while True:
        app = LeoApp(feed, setup)
        folder = app.run()
        if app.crash is None:
            return app.return_code or 0, folder
        active = sum(not run.ended_ms for run in feed.inbox.session_runs())
        answer = CrashedApp(app.crash, active, setup).run()
        if answer == SAVE:
            _save_report(feed.settings.state_folder, app.crash)
        if answer != REOPEN:
            return _CRASHED, None


def _save_report(folder: Path, error: Exception) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{os.getpid()}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    sys.stderr.write(f"report: {path}\n")
