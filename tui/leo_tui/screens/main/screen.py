"""The main screen: what it is made of, and where keys and messages go."""

from collections.abc import Awaitable, Mapping
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from leo_engine.ports import Clock
from leo_tui.feed.feed import Feed
from leo_tui.keys.actions import Place
from leo_tui.keys.keymap import Keymap
from leo_tui.preferences.memory import Memory
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.main.app_actions import AppActions
from leo_tui.screens.main.bridge import Bridge, Doing, Panels
from leo_tui.screens.main.catching_up import CatchingUp
from leo_tui.screens.main.compare_actions import CompareActions
from leo_tui.screens.main.file_actions import FileActions
from leo_tui.screens.main.inspecting import Inspecting
from leo_tui.screens.main.layout import LISTS, TABS, Layout
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.messages import FileShown, ModelShown
from leo_tui.screens.main.output_actions import OutputActions
from leo_tui.screens.main.pace import Pace
from leo_tui.screens.main.palette_actions import PaletteActions
from leo_tui.screens.main.polling import Polling
from leo_tui.screens.main.remembering import Remembering
from leo_tui.screens.main.replay_actions import ReplayActions
from leo_tui.screens.main.run_actions import RunActions
from leo_tui.screens.main.search_actions import SearchActions
from leo_tui.screens.main.start_actions import StartActions
from leo_tui.screens.main.telling import Telling
from leo_tui.screens.main.tidying import Tidying
from leo_tui.screens.main.type_ahead import TypeAhead
from leo_tui.screens.main.updating import Updating
from leo_tui.screens.main.view_actions import ViewActions
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.tasks.replay import time_bar
from leo_tui.widgets.files_panel import FilesPanel
from leo_tui.widgets.frame_gate import FrameGate, waiting_frames
from leo_tui.widgets.line_bar import LineBar
from leo_tui.widgets.lines_pane import LinesPane
from leo_tui.widgets.output_pane import OutputPane
from leo_tui.widgets.runs_panel import RunsPanel
from leo_tui.widgets.tasks_panel import TasksPanel
from leo_tui.widgets.timeline_pane import TimelinePane
from leo_tui.widgets.too_small import TooSmall, is_too_small

_LOW_ROWS = 22
"""Rows below which the meters give way."""
_SHORT_ROWS = 30
"""Rows below which the box that explains a task gives way."""


class Setup(NamedTuple):
    """What the screen was started with."""

    keymap: Keymap
    preferences: Preferences
    memory: Memory
    theme: ThemeName = ThemeName.DARK
    glyphs: Glyphs = Glyphs.UNICODE
    has_fixed_theme: bool = False
    """A theme that is remembered does not count."""
    shows_tour: bool = False
    """Once, to who has never seen it."""


class MainScreen(Screen[None]):
    """Files, runs, tasks and what is to be seen of them."""

    AUTO_FOCUS: ClassVar[str | None] = None

    def __init__(self, feed: Feed, setup: Setup, clock: Clock) -> None:
        super().__init__()
        self._feed = feed
        self._setup = setup
        self._clock = clock
        self._doings: Mapping[str, Doing] = {}
        self._typed_ahead: list[str] = []
        self._type_ahead = TypeAhead(self.app.post_message)

    def compose(self) -> ComposeResult:
        """Put the panels together."""
        yield LineBar(id="header")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield FilesPanel(id=str(Place.FILES))
                yield RunsPanel(id=str(Place.RUNS))
            folds_ok = self._setup.preferences.fold_ok_groups
            yield TasksPanel(id=str(Place.TASKS), folds_ok=folds_ok)
            with Vertical(id="right"):
                with (
                    Vertical(id="tabs"),
                    ContentSwitcher(initial=str(Place.OUTPUT), id="switcher"),
                ):
                    pager = self._setup.preferences.pager
                    yield OutputPane(id=str(Place.OUTPUT), pager=pager)
                    yield LinesPane(id=str(Place.DETAILS))
                    yield TimelinePane(self._clock.now_ms, id=str(Place.TIMELINE))
                    yield LinesPane(id=str(Place.METERS))
                    yield LinesPane(id=str(Place.PROBLEMS))
                yield LinesPane(id="why", still=True)
        yield TooSmall(id="too-small")
        yield LinesPane(id="performance", still=True)
        yield LineBar(id="meters-bar")
        yield LineBar(id="status")
        yield LineBar(id="keys")

    def on_mount(self) -> None:
        """Join the parts and begin to read."""
        self.query_one("#why").border_title = "Why"
        self.query_one("#performance").border_title = "Performance"
        self._layout = Layout(self)
        self.bridge = Bridge(
            self,
            feed=self._feed,
            clock=self._clock,
            preferences=self._setup.preferences,
            layout=self._layout,
            panels=self._panels(),
        )
        self.bridge.on_asked = self._type_ahead.let_go
        self._loading = Loading(self.bridge)
        self._catching_up = CatchingUp(self.bridge, self._loading)
        fps = self._setup.preferences.fps
        self._tidying = Tidying()
        self._pace = Pace(
            *(self.set_interval, self._tick, self._feed.inbox, fps),
            on_rest=self._tidying.tidy,
        )
        self._join(self._setup.keymap)
        self._layout.focus(Place.FILES)
        self._remembering.restore()
        self._arrange()
        self.bridge.spawn(self._loading.read_folder())
        self.bridge.spawn(self._pace.look_up())
        self.bridge.spawn(self._polling.poll())
        self.bridge.spawn(self._polling.sample())
        for key in self._typed_ahead:
            self.press(key)
        if not self._typed_ahead:
            self._show_tour_once()

    def _show_tour_once(self) -> None:
        memory = self._setup.memory
        if self._setup.shows_tour and not memory.has_seen_tour:
            memory.keep_tour_seen()
            self.bridge.spawn(self._app_actions.tour())

    def _tick(self) -> None:
        self._type_ahead.end_overdue(self._clock.monotonic_ms())
        self._updating.tick()
        self._remembering.tick(self._clock.monotonic_ms())

    def keep_place(self) -> None:
        """Remember where the person is, before the screen goes."""
        if self._doings:
            self._remembering.keep()

    def _join(self, keymap: Keymap) -> None:
        bridge, loading = self.bridge, self._loading
        self._keymap = keymap
        self._telling = Telling(bridge, keymap, self.why_not)
        gate = FrameGate(lambda: waiting_frames(self.app), bridge.preferences.fps)
        self._remembering = Remembering(
            bridge,
            self._setup.memory,
            has_fixed_theme=self._setup.has_fixed_theme,
        )
        self._output = OutputActions(bridge)
        self._views = ViewActions(bridge, self._output.show_error)
        self._updating = Updating(
            bridge, loading, self._telling, self._output, gate, self._pace
        )
        starts = StartActions(bridge, loading)
        self._runs = RunActions(bridge, loading, starts)
        self._polling = Polling(bridge, self._updating, self._telling, gate.keeps_up)
        self._files = FileActions(bridge, loading)
        self._replay = ReplayActions(bridge, loading)
        self._app_actions = AppActions(
            bridge, loading, keymap, self.perform, self.why_not
        )
        parts = (
            self._views,
            self._output,
            SearchActions(bridge, self._setup.memory),
            starts,
            self._runs,
            self._app_actions,
            PaletteActions(bridge, loading, starts),
            self._files,
            CompareActions(bridge, loading),
            Inspecting(bridge, gate, self._pace, self._setup.memory),
            self._replay,
        )
        self._doings = {
            "open": Doing(self._open),
            "back": Doing(self._back),
            **{name: doing for part in parts for name, doing in part.doings().items()},
        }

    def _panels(self) -> Panels:
        return Panels(
            files=self.query_one(FilesPanel),
            runs=self.query_one(RunsPanel),
            tasks=self.query_one(TasksPanel),
            output=self.query_one(OutputPane),
            details=self.query_one(f"#{Place.DETAILS}", LinesPane),
            timeline=self.query_one(TimelinePane),
            meters=self.query_one(f"#{Place.METERS}", LinesPane),
            problems=self.query_one(f"#{Place.PROBLEMS}", LinesPane),
            why=self.query_one("#why", LinesPane),
        )

    def press(self, key: str) -> bool:
        """Do what a key means where the focus is; False when it means nothing."""
        if not self._doings:
            # Typed ahead, while the screen is being made.
            self._typed_ahead.append(key)
            return True
        self._updating.stir()
        action = self._keymap.action_for(key, self._layout.place)
        if action is None:
            return False
        self.perform(action.id)
        return True

    def perform(self, action_id: str) -> None:
        """Do an action, or say why it cannot be done."""
        is_behind = self._catching_up.is_needed(action_id)
        work = self._when_shown(action_id) if is_behind else self._begun(action_id)
        if work is not None:
            number = self._type_ahead.begin(self._clock.monotonic_ms())
            self.bridge.spawn(self._held_for(work, number))

    async def _when_shown(self, action_id: str) -> None:
        """Do an action to what the cursor is on, once that is shown."""
        await self._catching_up.done()
        work = self._begun(action_id)
        if work is not None:
            await work

    def _begun(self, action_id: str) -> Awaitable[None] | None:
        """Begin an action; return what is left of it to be done beside."""
        doing = self._doings.get(action_id)
        if doing is None:
            return None
        reason = doing.why_not()
        if reason:
            self.bridge.say(reason)
            return None
        return doing.run()

    async def _held_for(self, work: Awaitable[None], number: int) -> None:
        """Do what may ask; what is typed meanwhile waits for the question."""
        try:
            await work
        finally:
            self._type_ahead.end(number)

    def holds(self, event: events.Key) -> bool:
        """Tell whether a key waits for a dialog that is about to come."""
        return self._type_ahead.takes(event, self._clock.monotonic_ms())

    def why_not(self, action_id: str) -> str:
        """Return why an action cannot be done now; empty when it can."""
        doing = self._doings.get(action_id)
        return "not here" if doing is None else doing.why_not()

    def _open(self) -> None:
        panel = self._views.panel
        open_cursor = getattr(panel, "open_cursor", None)
        if open_cursor is not None:
            open_cursor()
        if self._layout.place is Place.FILES:
            self.bridge.spawn(self._files.show_skipped())

    def _back(self) -> None:
        if self.bridge.scene.replay is not None:
            self._loading.back_to_now()
            self.bridge.say("back to now")
        elif not self._views.clear():
            self._go_up()

    def _go_up(self) -> None:
        """Leave a sub-DAG's run, else go to the panel before."""
        scene, layout = self.bridge.scene, self._layout
        if layout.place in TABS:
            layout.focus(Place.TASKS)
        elif scene.trail:
            run_id, _ = scene.trail.pop()
            self.bridge.spawn(self._loading.open_run(run_id))
        elif layout.place is not Place.FILES:
            layout.focus(LISTS[LISTS.index(layout.place) - 1])

    @on(FilesPanel.Moved, f"#{Place.FILES}")
    def _on_file(self, event: FilesPanel.Moved) -> None:
        self._catching_up.follow_file()

    @on(FilesPanel.Opened, f"#{Place.FILES}")
    def _on_file_opened(self, event: FilesPanel.Opened) -> None:
        file = self.bridge.scene.file
        if file is not None and file.problems:
            self._layout.focus(Place.PROBLEMS)
        else:
            self._layout.focus(Place.TASKS)

    @on(RunsPanel.Moved, f"#{Place.RUNS}")
    def _on_run(self, event: RunsPanel.Moved) -> None:
        self._catching_up.follow_run()

    @on(RunsPanel.Opened, f"#{Place.RUNS}")
    def _on_run_opened(self, event: RunsPanel.Opened) -> None:
        self._layout.focus(Place.TASKS)

    @on(TasksPanel.Moved, f"#{Place.TASKS}")
    def _on_task(self, event: TasksPanel.Moved) -> None:
        self._output.show()
        self._telling.tell_task(self._clock.now_ms())

    @on(TasksPanel.Opened, f"#{Place.TASKS}")
    def _on_task_opened(self, event: TasksPanel.Opened) -> None:
        self._runs.open_task(event.task)

    @on(TimelinePane.Opened, f"#{Place.TIMELINE}")
    def _on_timeline_opened(self, event: TimelinePane.Opened) -> None:
        number = self.bridge.panels.timeline.task_number()
        if number is not None:
            self.bridge.panels.tasks.go_to(number)
            self._layout.focus(Place.OUTPUT)

    @on(LinesPane.Opened, f"#{Place.DETAILS}, #{Place.PROBLEMS}")
    def _on_line_opened(self, event: LinesPane.Opened) -> None:
        pane = event.view
        target = pane.target() if isinstance(pane, LinesPane) else None
        if target is not None:
            self.bridge.spawn(self._files.follow(target))

    @on(ModelShown)
    def _on_model(self, event: ModelShown) -> None:
        self._tidying.set_aside()
        self._remembering.take_model()
        self._output.show()
        self._telling.tell_task(self._clock.now_ms())

    @on(FileShown)
    def _on_file_shown(self, event: FileShown) -> None:
        self._telling.tell_problems()

    @on(LineBar.Clicked)
    def _on_bar(self, event: LineBar.Clicked) -> None:
        if event.bar.id == "keys":
            action_id = self._telling.action_at(event.column)
            if action_id:
                self.perform(action_id)
            return
        bar = time_bar(event.bar.line)
        if event.bar.id == "header" and event.column in bar:
            self._replay.go_to(event.column - bar.start, len(bar))

    def on_click(self, event: events.Click) -> None:
        """Switch to the tab whose name was clicked in a panel's border."""
        tabs, top = self.query_one("#tabs"), self._layout
        column = event.screen_x - tabs.region.x - 2
        if event.screen_y == tabs.region.y and (tab := top.tab_at(column)):
            top.focus(tab)
            return
        for place in LISTS:
            panel = self.query_one(f"#{place}")
            column = event.screen_x - panel.region.x - 2
            if panel.display and event.screen_y == panel.region.y:
                chosen = top.list_at(column)
                if chosen is not None:
                    top.focus(chosen)
                return

    def on_descendant_focus(self) -> None:
        """Show the keys of the panel that has the focus now."""
        if self._doings:
            self._telling.tell_keys()

    def on_resize(self) -> None:
        """Arrange the panels for the new size."""
        if self._doings:
            self._arrange()

    def _arrange(self) -> None:
        width, height = self.size
        self.set_class(is_too_small(width, height), "too-small")
        self.set_class(height < _LOW_ROWS, "low")
        self.set_class(height < _SHORT_ROWS, "short")
        self._layout.arrange()
        self._output.show()
        self._telling.tell(self._clock.now_ms(), 0)
