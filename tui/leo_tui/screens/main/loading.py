"""Reads what the panels show: the folder, a file's runs, a run, a run's past.

All of it happens on the reading thread; what was asked for last wins.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from leo_engine.app.folder_state import FileState
from leo_engine.app.story import Moment as StoredMoment
from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.feed.reading import open_run, planned
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.messages import FileShown, ModelShown
from leo_tui.viewmodels.panels.empty_folder import empty_folder_lines
from leo_tui.viewmodels.panels.file_rows import FileItem, next_start_ms
from leo_tui.viewmodels.panels.reloaded import reloaded_text
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.tasks.never_run import never_run_lines
from leo_tui.viewmodels.tasks.replay import Moment, Replay
from leo_tui.viewmodels.tasks.run_model import RunModel

if TYPE_CHECKING:
    from leo_tui.viewmodels.spans import Line


class Loading:
    """What is read for the main screen, and put where it is shown."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._feed = bridge.feed
        self._scene = bridge.scene
        self._panels = bridge.panels
        self._asked = 0
        """Number of the latest wish for a run or plan; older ones are dropped."""
        self.is_loading = False
        """Whether news of the run must wait for the run itself."""
        self._choices = 0
        """Files and runs that were chosen, and are not shown yet."""
        self._has_chosen = asyncio.Event()

    @property
    def is_choosing(self) -> bool:
        """Whether what was chosen is not shown yet."""
        return self._choices > 0

    async def chosen(self) -> None:
        """Return once it is."""
        if self._choices:
            self._has_chosen.clear()
            await self._has_chosen.wait()

    def _choose(self, work: Awaitable[None]) -> None:
        self._choices += 1
        self._bridge.spawn(self._counted(work))

    async def _counted(self, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            self._choices -= 1
            if not self._choices:
                self._has_chosen.set()

    async def read_folder(self) -> None:
        """Read what has changed in the folder, and show it."""
        scene, previous = self._scene, self._scene.folder
        state = await self._feed.read(lambda e: e.folder_state(previous))
        if state is previous:
            return
        scene.folder = state
        self.show_files()
        chosen = None if scene.file is None else scene.file_of(scene.file.path)
        if chosen is None:
            chosen = scene.first_file()
        if chosen is None:
            scene.file = None
            await self._show_plan(None)
        elif scene.file is None or chosen.path != scene.file.path:
            self.choose_file(chosen.path)
        else:
            await self._take_file(scene.file, chosen)
        self._bridge.screen.post_message(FileShown())

    async def _take_file(self, before: FileState, now: FileState) -> None:
        """Take a new version of the chosen file: an opened run keeps its own."""
        self._scene.file = now
        if before == now:
            return
        run = self._scene.run
        if run is None and before.loaded != now.loaded:
            await self._show_plan(now)
        self._bridge.say(*reloaded_text(now, run))

    def show_files(self) -> None:
        """Show the files with their newest runs."""
        folder, now_ms = self._scene.folder, self._bridge.clock.now_ms()
        if folder is None:
            return
        items = [self._item(file, now_ms) for file in folder.files]
        empty = empty_folder_lines(self._bridge.folder_text, folder.skipped)
        is_empty = not folder.files and not folder.problems
        self._bridge.screen.set_class(is_empty, "no-files")
        self._panels.files.show(items, now_ms, empty)

    def _item(self, file: FileState, now_ms: int) -> FileItem:
        known = file.loaded or file.last_good
        dag = None if known is None else known.dag
        return FileItem(
            path=file.path,
            task_count=None if dag is None else len(dag.tasks),
            problem_count=len(file.problems),
            run=None if dag is None else self._scene.latest.get(dag.name),
            is_gone=file.is_gone,
            next_ms=None if dag is None else next_start_ms(dag, now_ms),
        )

    def choose_file(self, path: Path) -> None:
        """Choose a file: its runs are listed, its newest run is opened."""
        file = self._scene.file_of(path)
        if file is None:
            return
        self._scene.file = file
        self._scene.trail.clear()
        self._panels.files.go_to(path)
        self._choose(self._open_newest(file))
        self._bridge.screen.post_message(FileShown())

    async def _open_newest(self, file: FileState) -> None:
        dag = self._scene.dag_name
        runs = await self._feed.runs(dag) if dag else ()
        now = self._scene.file
        if now is None or now.path != file.path:
            return
        self.show_runs(runs)
        if self._scene.runs:
            run_id = self._scene.first_run()
            self._panels.runs.go_to(run_id)
            await self.open_run(run_id)
        else:
            await self._show_plan(now)

    def show_runs(self, runs: Sequence[RunRow]) -> None:
        """List the runs of the chosen file, those of sub-DAGs left out."""
        self._scene.runs = [run for run in runs if not run.parent_run]
        file = self._scene.file
        known = None if file is None else file.loaded or file.last_good
        empty: Sequence[Line] = ()
        if known is not None and not self._scene.runs:
            empty = never_run_lines(known.dag, self._feed.settings.slots)
        now_ms = self._bridge.clock.now_ms()
        self._panels.runs.show(self._scene.runs, now_ms, empty)

    async def _show_plan(self, file: FileState | None) -> None:
        """Show the tasks of a file that has not run."""
        self._asked += 1
        asked = self._asked
        loaded = None if file is None else file.loaded or file.last_good
        model = None
        if loaded is not None:
            model = await self._feed.read(lambda e: planned(e, loaded))
        if asked == self._asked:
            self._feed.inbox.open("")
            self._show(model)

    def choose_run(self, run_id: str) -> None:
        """Show the run that the cursor has gone to."""
        self._choose(self.open_run(run_id, is_at_cursor=True))

    async def open_run(self, run_id: str, *, is_at_cursor: bool = False) -> None:
        """Show a run as it stands, and from then on as it goes.

        The cursor goes to it, unless it was there or somebody moves it meanwhile.
        """
        cursor_was_at = self._panels.runs.cursor_run()
        self._asked += 1
        asked = self._asked
        self.is_loading = True
        try:
            self._feed.inbox.open(run_id)
            opened = await self._feed.read(lambda e: open_run(e, run_id))
        finally:
            if asked == self._asked:
                self.is_loading = False
        if asked != self._asked:
            return
        self._show(opened)
        if not is_at_cursor and self._panels.runs.cursor_run() == cursor_was_at:
            self._panels.runs.go_to(opened.run.run_id)

    def _show(self, model: RunModel | None) -> None:
        self._scene.model = model
        self._scene.replay = None
        self._show_model(model)

    def _show_model(self, model: RunModel | None) -> None:
        now_ms = self._bridge.clock.now_ms()
        self._panels.tasks.show(model, now_ms)
        self._panels.timeline.show(None if model is None else Timeline(model))
        self._bridge.screen.post_message(ModelShown())

    async def leave_deleted(self, run: RunRow) -> None:
        """Show what is left, if somebody has deleted the opened run."""
        runs = await self._feed.runs(run.dag)
        file = self._scene.file
        if file is None or run.run_id != self._scene.run_id:
            return
        if all(one.run_id != run.run_id for one in runs):
            self._bridge.say(f"run {run.run_key} has been deleted")
            self._feed.inbox.forget(run.run_id)
            self.choose_file(file.path)

    async def open_past(self) -> bool:
        """Read the opened run's journal and stand at its end; False: no past."""
        run, model = self._scene.run, self._scene.model
        if run is None or model is None:
            return False
        story = await self._feed.read(lambda e: e.story(run.run_id))
        if self._scene.model is not model or not story.moments:
            return False
        begun = replace(run, status=RunStatus.PENDING, ended_ms=None, generation=1)
        moments = [_moment(one, begun) for one in story.moments]
        replay = self._scene.replay = Replay(model.dag, begun, moments)
        replay.model.median_ms = model.median_ms
        replay.move(len(moments))
        self._show_model(replay.model)
        return True

    def show_moment(self, changed: set[int]) -> None:
        """Show another moment of the replay, in which these tasks differ."""
        self._panels.tasks.changed(changed)
        self._panels.timeline.take(changed)
        if self._scene.replay is not None:
            self._panels.timeline.stand_at(self._scene.replay.at_ms)
        self._bridge.screen.post_message(ModelShown())

    def back_to_now(self) -> None:
        """End the replay."""
        self._scene.replay = None
        self._show_model(self._scene.model)

    @property
    def is_over(self) -> bool:
        """Whether the opened run has ended."""
        run = self._scene.run
        return run is not None and run.status in RUN_TERMINAL


def _moment(one: StoredMoment, run: RunRow) -> Moment:
    """Return a moment with the run's row as it was then."""
    ended_ms = one.at_ms if one.status in RUN_TERMINAL else None
    row = replace(
        run,
        status=one.status,
        paused=one.paused,
        generation=one.generation,
        dag_hash=one.dag_hash,
        ended_ms=ended_ms,
    )
    return Moment(one.at_ms, one.tasks, one.attempts, row)
