"""Keeps the panels up to date: a frame thirty times a second at most, if any."""

from collections.abc import Mapping, Sequence

from leo_engine.app import Engine
from leo_engine.errors import LeoError
from leo_engine.ports import HostSample, ResourceSample, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.feed.inbox import News
from leo_tui.feed.store_poll import StoreNews
from leo_tui.keys.actions import Place
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.output_actions import OutputActions
from leo_tui.screens.main.telling import Telling
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.widgets.frame_gate import FrameGate

_POLL_MS = 150
_SAMPLE_MS = 1_000
_CLOCKS_MS = 100
"""Between two drawings of clocks that show tenths of seconds."""
_SLOW_MS = 250
"""Between two drawings of what only counts and clocks change."""


class Updating:
    """One timer's work: take the news, touch what changed, ask for more."""

    def __init__(
        self,
        bridge: Bridge,
        loading: Loading,
        telling: Telling,
        output: OutputActions,
        gate: FrameGate,
    ) -> None:
        self._bridge = bridge
        self._loading = loading
        self._telling = telling
        self._output = output
        self._gate = gate
        self._scene = bridge.scene
        self._panels = bridge.panels
        self._next_poll_ms = self._next_sample_ms = self._next_slow_ms = 0
        self._next_clocks_ms = 0
        self._is_polling = self._is_sampling = False

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
        if begun_ms >= self._next_clocks_ms:
            self._next_clocks_ms = begun_ms + _CLOCKS_MS
            self._panels.tasks.tick(self._scene.at_ms(now_ms))
        self._panels.output.poll()
        if begun_ms >= self._next_slow_ms:
            self._next_slow_ms = begun_ms + _SLOW_MS
            self._tell(now_ms)
        if begun_ms >= self._next_poll_ms and not self._is_polling:
            self._next_poll_ms = begun_ms + _POLL_MS
            self._bridge.spawn(self._poll())
        if begun_ms >= self._next_sample_ms and not self._is_sampling:
            self._next_sample_ms = begun_ms + _SAMPLE_MS
            self._bridge.spawn(self._sample(now_ms))
        self._gate.took(clock.monotonic_ms() - begun_ms, begun_ms)

    def _tell(self, now_ms: int) -> None:
        self._telling.tell(now_ms, self._gate.fps)
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
        self._take_rows(news)
        for trouble in news.troubles:
            text = f"{trouble.about} {trouble.message}".strip()
            self._telling.note_trouble(text, now_ms)
        if news.files:
            self._bridge.spawn(self._loading.read_folder())
        if news.runs:
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
        changed = model.take(run, news.tasks, news.attempts)
        if self._scene.replay is not None or not changed:
            return
        self._panels.tasks.changed(changed)
        self._panels.timeline.take(changed)
        self._telling.note(
            {model.index[row.task] for row in news.tasks if row.task in model.index}
        )
        if self._panels.tasks.cursor_task() in changed:
            self._output.show()

    async def _poll(self) -> None:
        self._is_polling = True
        scene = self._scene
        try:
            news = await self._bridge.feed.poll(scene.dag_name, scene.run_id)
        finally:
            self._is_polling = False
        if news is not None:
            self._take_runs(news)

    def _take_runs(self, news: StoreNews) -> None:
        scene = self._scene
        scene.take_runs(news.recent)
        self._loading.show_files()
        if news.dag != scene.dag_name or scene.trail:
            return
        before = scene.runs[0].run_id if scene.runs else ""
        self._loading.show_runs(news.runs)
        self._take_status(scene.runs)
        newest = scene.runs[0].run_id if scene.runs else ""
        if newest != before:
            # A run that was opened when it began is listed only now.
            self._panels.runs.go_to(scene.run_id)
        if newest != before and scene.run_id == before and scene.replay is None:
            # Somebody else has started the file that is looked at: show that.
            self._bridge.spawn(self._loading.open_run(newest))

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

    async def _sample(self, now_ms: int) -> None:
        self._is_sampling = True
        model = self._scene.model
        is_seen = self._bridge.layout.tab is Place.METERS
        handles = _running_handles(model) if model is not None and is_seen else {}

        def ask(engine: Engine) -> tuple[HostSample, Mapping[str, ResourceSample]]:
            return engine.host_sample(), engine.sample(handles) if handles else {}

        try:
            host, samples = await self._bridge.feed.read(ask)
            log_bytes = await self._bridge.feed.written_bytes()
        except LeoError:
            # The meters stand still for once; nothing depends on them.
            return
        finally:
            self._is_sampling = False
        tasks = {handles[handle]: sample for handle, sample in samples.items()}
        self._telling.take_sample(now_ms, host, tasks, log_bytes)


def _running_handles(model: RunModel) -> dict[str, int]:
    """Return {handle: task number} of the attempts under way."""
    found: dict[str, int] = {}
    for number, state in enumerate(model.states):
        if state is TaskState.RUNNING and (attempts := model.attempts_of(number)):
            found[attempts[-1].handle] = number
    return found
