"""Keeps the panels up to date: a frame thirty times a second at most, if any."""

from collections.abc import Mapping, Sequence

from leo_engine.app.types import Remains
from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.feed.inbox import News
from leo_tui.feed.store_poll import StoreNews
from leo_tui.keys.actions import Place
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.output_actions import OutputActions
from leo_tui.screens.main.pace import Pace
from leo_tui.screens.main.telling import Telling
from leo_tui.viewmodels.run_news import adopted_text
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.widgets.frame_gate import FrameGate

_CLOCKS_MS = 100
"""Between two drawings of clocks that show tenths of seconds."""
_SLOW_MS = 250
"""Between two drawings of what only counts and clocks change."""
_TICKING = (TaskState.RUNNING, TaskState.BACKOFF)
_QUIET_MS = 1_000
"""The same while nothing happens: the clock shows seconds."""
_STIRRED_MS = 2_000


class Updating:
    """One timer's work: take the news, touch what changed, ask for more."""

    def __init__(
        self,
        bridge: Bridge,
        loading: Loading,
        telling: Telling,
        output: OutputActions,
        gate: FrameGate,
        pace: Pace,
    ) -> None:
        self._bridge = bridge
        self._loading = loading
        self._telling = telling
        self._output = output
        self._gate = gate
        self._pace = pace
        self._scene = bridge.scene
        self._panels = bridge.panels
        self._next_slow_ms = self._next_clocks_ms = self._next_output_ms = 0
        self._quiet_from_ms = 0
        self._is_foot_due = False
        self._last_news: StoreNews | None = None

    def tick(self) -> None:
        """Draw a frame if it is time for one and the terminal keeps up."""
        clock = self._bridge.clock
        begun_ms = clock.monotonic_ms()
        if not self._gate.is_open(begun_ms):
            return
        now_ms = clock.now_ms()
        if not self._loading.is_loading:
            news = self._bridge.feed.inbox.drain()
            if news is not None:
                self._take(news, now_ms)
                self.stir()
        self._look_again(begun_ms, now_ms)
        self._gate.took(clock.monotonic_ms() - begun_ms, begun_ms)
        if self.is_quiet:
            self._pace.rest(with_clocks=self._has_clocks())

    def _look_again(self, begun_ms: int, now_ms: int) -> None:
        """Draw what changes by itself, each at its own pace."""
        is_quiet = begun_ms >= self._quiet_from_ms
        if begun_ms >= self._next_clocks_ms:
            pause_ms = _CLOCKS_MS if self._has_clocks() else _QUIET_MS
            self._next_clocks_ms = begun_ms + pause_ms
            self._panels.tasks.tick(self._scene.at_ms(now_ms))
        if not is_quiet or begun_ms >= self._next_output_ms:
            self._next_output_ms = begun_ms + _SLOW_MS
            if self._panels.output.poll():
                self.stir()
        is_foot_due, self._is_foot_due = self._is_foot_due, False
        if begun_ms >= self._next_slow_ms:
            self._next_slow_ms = begun_ms + (_QUIET_MS if is_quiet else _SLOW_MS)
            self._tell(now_ms)
            self._is_foot_due = is_quiet
            is_foot_due = not is_quiet
        if is_foot_due:
            self._telling.tell_below(now_ms, self._gate.fps)

    def _has_clocks(self) -> bool:
        """Tell whether a row may show a clock that goes on."""
        model = self._scene.model
        counts = {} if model is None else model.counts()
        return any(counts.get(state, 0) for state in _TICKING)

    def stir(self) -> None:
        """Something has changed or a key was pressed: be quick for a while."""
        now_ms = self._bridge.clock.monotonic_ms()
        self._quiet_from_ms = now_ms + _STIRRED_MS
        self._next_slow_ms = min(self._next_slow_ms, now_ms + _SLOW_MS)
        self._pace.wake()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has changed for a while."""
        return self._bridge.clock.monotonic_ms() >= self._quiet_from_ms

    def _tell(self, now_ms: int) -> None:
        self._telling.tell_above(now_ms)
        self._panels.runs.tick(now_ms)
        if self._bridge.layout.tab is Place.TIMELINE:
            self._panels.timeline.tick()
        if self._bridge.layout.tab is Place.OUTPUT:
            self._output.tick()

    def _take(self, news: News, now_ms: int) -> None:
        scene = self._scene
        for run in news.runs.values():
            if not run.parent_run:
                scene.note_run(run)
        if news.adopted:
            self._bridge.say(adopted_text(news.adopted))
        self._take_rows(news)
        for trouble in news.troubles:
            text = f"{trouble.about} {trouble.message}".strip()
            self._telling.note_trouble(text, now_ms)
        if news.files:
            self._bridge.spawn(self._loading.read_folder())
        if news.runs:
            self._telling.notices.note_runs(news.runs.values())
            self._panels.runs.update_runs(news.runs)
            self._loading.show_files()

    def _take_rows(self, news: News) -> None:
        model = self._scene.model
        if model is None or not model.run.run_id:
            return
        run = news.runs.get(model.run.run_id)
        if run is None and not news.tasks:
            return
        if run is not None and run.dag_hash != model.run.dag_hash:
            # It goes on with another version of its DAG: other tasks.
            self._bridge.spawn(self._loading.open_run(run.run_id))
            return
        was_over, was_paused = model.run.status in RUN_TERMINAL, model.run.paused
        told = {model.index[row.task] for row in news.tasks if row.task in model.index}
        before = {number: model.states[number] for number in told}
        changed = model.take(run, news.tasks, news.attempts)
        fresh = {n for n, state in before.items() if model.states[n] is not state}
        if self._scene.replay is None and changed:
            self._take_changed(changed, fresh)
        if model.run.paused != was_paused:
            self._panels.tasks.changed(())
        if not was_over and model.run.status in RUN_TERMINAL:
            self._telling.notices.note_end()

    def _take_changed(self, changed: set[int], fresh: set[int]) -> None:
        """Show tasks that changed; those in `fresh` stood otherwise before."""
        self._panels.tasks.changed(changed)
        self._panels.timeline.take(changed)
        self._telling.notices.note_tasks(fresh)
        if self._panels.tasks.cursor_task() in changed:
            self._output.show()

    def take_runs(self, news: StoreNews) -> None:
        """Take in runs of other processes as they stand."""
        if news == self._last_news:
            return
        self._last_news = news
        self.stir()
        scene = self._scene
        scene.take_runs(news.recent, news.begins)
        self._loading.show_files()
        if news.dag != scene.dag_name or scene.trail:
            return
        before = scene.runs[0].run_id if scene.runs else ""
        if scene.run is not None and news.lacks(scene.run_id):
            self._bridge.spawn(self._loading.leave_deleted(scene.run))
            return
        self._loading.show_runs(news.runs)
        self._take_status(scene.runs)
        newest = scene.runs[0].run_id if scene.runs else ""
        if newest != before:
            # A run that was opened when it began is listed only now.
            self._panels.runs.go_to(scene.run_id)
        if newest != before and scene.run_id == before and scene.replay is None:
            # Somebody else has started the file that is looked at: show that.
            self._bridge.spawn(self._loading.open_run(newest))

    def take_remains(self, remains: Mapping[str, Remains]) -> None:
        """Take in what is left of the opened run, which is interrupted."""
        model = self._scene.model
        if model is not None and (changed := model.take_remains(remains)):
            self._take_changed(changed, set())

    def _take_status(self, runs: Sequence[RunRow]) -> None:
        """Let the opened run be interrupted: that is told by no event."""
        model = self._scene.model
        if model is None or self._bridge.feed.inbox.is_own(model.run.run_id):
            return
        row = next((run for run in runs if run.run_id == model.run.run_id), None)
        if row is None or row.status == model.run.status:
            return
        if RunStatus.INTERRUPTED in {row.status, model.run.status}:
            self._bridge.spawn(self._loading.open_run(row.run_id))
