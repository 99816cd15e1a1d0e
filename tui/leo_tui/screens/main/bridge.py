"""What the parts of the main screen share: the feed, the scene, the panels."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from textual.screen import ModalScreen, Screen

from leo_engine.errors import LeoError
from leo_engine.ports import Clock
from leo_tui.feed.feed import Feed
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.main.layout import Layout
from leo_tui.screens.main.scene import Scene
from leo_tui.screens.main.undoing import Undoing
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.widgets.files_panel import FilesPanel
from leo_tui.widgets.lines_pane import LinesPane
from leo_tui.widgets.output_pane import OutputPane
from leo_tui.widgets.runs_panel import RunsPanel
from leo_tui.widgets.tasks_panel import TasksPanel
from leo_tui.widgets.timeline_pane import TimelinePane

T = TypeVar("T")


class Panels(NamedTuple):
    """The widgets of the main screen that show something of their own."""

    files: FilesPanel
    runs: RunsPanel
    tasks: TasksPanel
    output: OutputPane
    details: LinesPane
    timeline: TimelinePane
    meters: LinesPane
    problems: LinesPane
    why: LinesPane


class Doing(NamedTuple):
    """What an action does, and why it cannot be done now."""

    run: Callable[[], Awaitable[None] | None]
    why_not: Callable[[], str] = str
    """Returns one line; empty when it can be done."""


class Bridge:
    """Handed to every part of the main screen."""

    def __init__(
        self,
        screen: Screen[None],
        *,
        feed: Feed,
        clock: Clock,
        preferences: Preferences,
        layout: Layout,
        panels: Panels,
    ) -> None:
        self.screen = screen
        self.feed = feed
        self.clock = clock
        self.preferences = preferences
        self.layout = layout
        self.panels = panels
        self.scene = Scene()
        self.on_asked: Callable[[], None] = lambda: None
        """Called when a dialog is up."""
        self.undoing = Undoing(self.scene)

    @property
    def folder(self) -> Path:
        """The DAG folder."""
        return self.feed.settings.folder

    @property
    def folder_text(self) -> str:
        """The DAG folder as a shell shows it: `~/pipelines`."""
        try:
            below = self.folder.relative_to(Path.home())
            return str("~" / below)
        except ValueError:
            return str(self.folder)

    def say(self, text: str, style: Style = Style.PLAIN) -> None:
        """Write on the status line; any text will do."""
        self.scene.say(sanitize(text), style)

    def spawn(self, work: Awaitable[None]) -> None:
        """Have something done beside; its failure is told on the status line."""
        self.screen.run_worker(self._told(work), exit_on_error=True)

    async def _told(self, work: Awaitable[None]) -> None:
        try:
            await work
        except LeoError as error:
            self.say(str(error).partition("\n")[0], Style.BAD)

    async def ask(self, dialog: ModalScreen[T]) -> T | None:
        """Put a dialog over the screen and return what it was answered."""
        dialog.call_after_refresh(self.on_asked)
        return await self.screen.app.push_screen_wait(dialog)
