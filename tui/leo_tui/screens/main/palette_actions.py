"""Actions that only the palette has: rarely wanted, so without a key."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from leo_engine.ids import path_segment
from leo_engine.ports import Retention, RunRow
from leo_engine.spec.params import still_declared
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.screens.confirm import YES, ConfirmScreen
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.run_actions import BY
from leo_tui.screens.main.start_actions import StartActions
from leo_tui.screens.main.undoing import ListPanel
from leo_tui.screens.prompt import PromptScreen
from leo_tui.screens.text_screen import TextScreen
from leo_tui.text.sanitize import sanitize, sanitize_output
from leo_tui.theme import Style
from leo_tui.units import counted, size
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.graph_text import as_tree
from leo_tui.viewmodels.panels.definition_text import action_text
from leo_tui.viewmodels.panels.environment import environment_lines
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import line
from leo_tui.viewmodels.start_command import start_text
from leo_tui.viewmodels.tasks.task_tree import TaskOrder

_MOST_NAMED = 8
_KEPT_RUNS = 20
"""Of each file, unless somebody says otherwise."""


class PaletteActions:
    """What is done to the chosen file, the opened run, the task under the cursor."""

    def __init__(self, bridge: Bridge, loading: Loading, starts: StartActions) -> None:
        self._bridge = bridge
        self._loading = loading
        self._starts = starts
        self._scene = bridge.scene
        self._tasks = bridge.panels.tasks

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        no_run, no_file = self._why_no_run, self._why_no_file
        not_over, no_task = self._why_not_over, self._why_no_task
        tasks, undoing = self._tasks, self._bridge.undoing
        runs = self._bridge.panels.runs

        def looks(panel: ListPanel, change: Callable[[], object]) -> Doing:
            return Doing(undoing.keeping(panel, change))

        sorts = {
            f"tasks.sort_{order}": Doing(partial(self._tasks.sort, order))
            for order in TaskOrder
        }
        return {
            **sorts,
            "tasks.only_failed": looks(tasks, partial(tasks.set_filter, "failed")),
            "tasks.only_running": looks(tasks, partial(tasks.set_filter, "running")),
            "tasks.fold_all": looks(tasks, partial(tasks.fold_all, folded=True)),
            "tasks.unfold_all": looks(tasks, partial(tasks.fold_all, folded=False)),
            "file.definition": Doing(self._show_definition, no_file),
            "file.graph": Doing(self._show_graph, no_file),
            "run.again": Doing(self._run_again, no_run),
            "run.copy_command": Doing(self._copy_resume, no_run),
            "run.copy_start": Doing(self._copy_start, no_run),
            "runs.only_failed": looks(runs, partial(runs.set_filter, "failed")),
            "runs.only_running": looks(runs, partial(runs.set_filter, "running")),
            "run.export": Doing(self._export, no_run),
            "run.delete": Doing(self._delete, not_over),
            "runs.delete_old": Doing(self._delete_old),
            "task.mark_ok": Doing(partial(self._mark, skipped=False), no_run),
            "task.mark_skipped": Doing(partial(self._mark, skipped=True), no_run),
            "task.copy_log_path": Doing(self._copy_log_path, no_task),
            "task.environment": Doing(self._show_environment, self._why_no_run_task),
            "task.copy_command": Doing(self._copy_task_command, no_task),
        }

    def _why_no_run(self) -> str:
        return "" if self._scene.run else "nothing has run yet: s starts it"

    def _why_not_over(self) -> str:
        run = self._scene.run
        if run is None:
            return self._why_no_run()
        return "" if run.status in RUN_TERMINAL else "the run has not ended"

    def _why_no_file(self) -> str:
        return "" if self._scene.shown is not None else "no valid file is chosen"

    def _why_no_task(self) -> str:
        return "" if self._tasks.cursor_task() is not None else "no task is chosen"

    def _why_no_run_task(self) -> str:
        return self._why_no_run() or self._why_no_task()

    async def _show_environment(self) -> None:
        run, model = self._scene.run, self._scene.model
        number = self._tasks.cursor_task()
        if run is None or model is None or number is None:
            return
        task = model.ids[number]
        found = await self._bridge.feed.read(lambda e: e.environment(run.run_id, task))
        title = f"environment of {sanitize(task)}"
        await self._bridge.ask(TextScreen(title, environment_lines(found)))

    async def _show_definition(self) -> None:
        file = self._scene.file
        known = None if file is None else file.loaded or file.last_good
        if file is not None and known is not None:
            lines = [
                line(sanitize_output(text)) for text in known.version.source.split("\n")
            ]
            await self._bridge.ask(TextScreen(sanitize(file.path.name), lines))

    async def _show_graph(self) -> None:
        model = self._scene.shown
        if model is not None:
            title = f"{sanitize(model.dag.name)} as a graph"
            await self._bridge.ask(TextScreen(title, list(as_tree(model.graph))))

    async def _run_again(self) -> None:
        """Start the file as it is now, as much of it, with the same parameters."""
        run, file = self._scene.run, self._scene.file
        if run is None or file is None or file.loaded is None:
            return
        loaded = file.loaded
        kept = still_declared(loaded.dag, run.params)
        params = await self._bridge.feed.read(lambda e: e.bind_params(loaded.dag, kept))
        part = await self._bridge.feed.read(lambda e: e.part_like(run.run_id, loaded))
        await self._starts.begin(part, params)

    def _copy(self, text: str) -> None:
        self._bridge.screen.app.copy_to_clipboard(text)
        self._bridge.say(f"copied: {text}")

    def _copy_resume(self) -> None:
        run = self._scene.run
        if run is not None:
            folder = str(self._bridge.folder)
            self._copy(command_text(folder, "resume", short_id(run.run_id)))

    def _copy_start(self) -> None:
        run = self._scene.run
        if run is not None:
            self._copy(start_text(str(self._bridge.folder), run))

    async def _export(self) -> None:
        run = self._scene.run
        if run is None:
            return
        target = _free_path(f"leo-{path_segment(run.dag)}-{short_id(run.run_id)}")
        try:
            await self._bridge.feed.read(
                lambda e: e.export(run.run_id, target, with_logs=True)
            )
        except OSError as error:
            self._bridge.say(f"cannot export: {error.strerror}: {target}", Style.BAD)
        else:
            self._bridge.say(f"written: {target}")

    async def _delete(self) -> None:
        run = self._scene.run
        if run is None:
            return
        dialog = ConfirmScreen(
            f"Delete run {run.run_key} of {sanitize(run.dag)}?",
            [line("Its rows, its logs and its staging are removed for good.")],
            yes="delete",
            no="keep",
        )
        if await self._bridge.ask(dialog) == YES:
            await self._bridge.feed.read(lambda e: e.delete_run(run.run_id))
            await self._show_rest(run)

    async def _delete_old(self) -> None:
        """Delete all but the newest runs of each file, after saying how many go."""
        text = await self._bridge.ask(
            PromptScreen("keep of each file the newest ", str(_KEPT_RUNS))
        )
        if text is None:
            return
        if not text.isdecimal():
            self._bridge.say(f"not a number of runs: {text}", Style.CARE)
            return
        feed, limits = self._bridge.feed, Retention(keep_runs=int(text))
        would = await feed.read(lambda e: e.gc(limits, dry_run=True))
        if not would:
            self._bridge.say("there are no older runs that have ended")
            return
        freed = size(sum(one.size_bytes for one in would))
        dialog = ConfirmScreen(
            f"Delete {counted(len(would), 'run')}?",
            [line(f"Their rows, logs and staging ({freed}) are removed for good.")],
            yes="delete",
            no="keep",
        )
        if await self._bridge.ask(dialog) == YES:
            gone = await feed.read(lambda e: e.gc(limits, dry_run=False))
            told = f"{counted(len(gone), 'run')} deleted"
            self._bridge.say(told)
            self._scene.cannot_undo(f"{told} for good")
            if self._scene.file is not None:
                self._loading.choose_file(self._scene.file.path)

    async def _show_rest(self, run: RunRow) -> None:
        scene, told = self._scene, f"run {run.run_key} was deleted"
        self._bridge.say(told)
        scene.cannot_undo(f"{told} for good")
        self._bridge.feed.inbox.forget(run.run_id)
        rest = [one for one in scene.runs if one.run_id != run.run_id]
        if rest:
            scene.latest[run.dag] = rest[0]
        else:
            scene.latest.pop(run.dag, None)
        self._loading.show_files()
        if scene.file is not None:
            self._loading.choose_file(scene.file.path)

    async def _mark(self, *, skipped: bool) -> None:
        """Settle tasks as a person says, after a question."""
        run, model = self._scene.run, self._scene.model
        if run is None or model is None:
            return
        names = [model.ids[number] for number in self._tasks.chosen()]
        word = "skipped" if skipped else "ok"
        dialog = ConfirmScreen(
            f"Mark {counted(len(names), 'task')} as {word}?",
            [
                *(line(sanitize(name)) for name in names[:_MOST_NAMED]),
                line("What waits for them runs on; the run's record says who did it."),
            ],
            yes=f"mark as {word}",
            no="leave",
        )
        if names and await self._bridge.ask(dialog) == YES:
            await self._bridge.feed.do(
                lambda d: d.mark(run.run_id, names, skipped=skipped, by=BY)
            )
            self._tasks.clear_marks()
            self._scene.cannot_undo(
                f"what is marked as {word} stays so: r runs it again"
            )

    async def _copy_log_path(self) -> None:
        run, model = self._scene.run, self._scene.model
        number = self._tasks.cursor_task()
        if run is None or model is None or number is None:
            return
        task = model.ids[number]
        logs = await self._bridge.feed.read(lambda e: e.logs(run.run_id, task))
        if logs:
            self._copy(str(logs[-1].path))
        else:
            self._bridge.say("the task has no output")

    def _copy_task_command(self) -> None:
        model, number = self._scene.shown, self._tasks.cursor_task()
        if model is not None and number is not None:
            self._copy(action_text(model.dag.tasks[number].action)[1])


def _free_path(stem: str) -> Path:
    """Return where nothing is yet, in the folder that leo-tui was started in."""
    path, number = Path(f"{stem}.tar.gz").absolute(), 1
    while path.exists():
        number += 1
        path = path.with_name(f"{stem}-{number}.tar.gz")
    return path
