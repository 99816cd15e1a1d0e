"""What the keys do to runs and tasks: retry, continue, stop, pause, answer."""

from collections.abc import Mapping, Sequence

from leo_engine.app.types import ResumePreview
from leo_engine.ports import RunRow
from leo_engine.spec.model import SubDag
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.keys.actions import Place
from leo_tui.screens.confirm import THIRD, YES, ConfirmScreen
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.start_actions import StartActions
from leo_tui.screens.preview import PreviewScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.panels.edit_diff import edit_diff_page
from leo_tui.viewmodels.run_part import part_notes
from leo_tui.viewmodels.spans import Span, line
from leo_tui.viewmodels.tasks.task_state import TaskState

_DIFF_CELLS = 56
_MOST_DIFF_LINES = 14
_EDITED = "The file was edited since: tasks run as it has them now."
_MOST_WITHOUT_ASKING = 20
"""Tasks that are retried without a question."""
_ACTIVE = frozenset({RunStatus.RUNNING, RunStatus.PENDING})
BY = "screen"
"""Who asks, as the journal has it."""


class RunActions:
    """Actions on the chosen file's run."""

    def __init__(self, bridge: Bridge, loading: Loading, starts: StartActions) -> None:
        self._bridge = bridge
        self._loading = loading
        self._starts = starts
        self._feed = bridge.feed
        self._scene = bridge.scene
        self._tasks = bridge.panels.tasks

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {
            "task.retry": Doing(self._retry, self._why_no_retry),
            "task.retry_downstream": Doing(self._retry_downstream, self._why_no_retry),
            "run.continue": Doing(self._continue, self._why_no_continue),
            "task.stop": Doing(self._stop_tasks, self._why_no_stop),
            "run.stop": Doing(self._stop_run, self._why_no_stop),
            "run.pause": Doing(self._pause, self._why_no_stop),
            "run.apply": Doing(self._apply, self._why_no_apply),
            "run.retry_failed": Doing(self._retry_failed, self._why_no_retry),
            "run.retry_failed_downstream": Doing(
                self._retry_failed_downstream, self._why_no_retry
            ),
        }

    def _why_no_retry(self) -> str:
        if self._scene.replay is not None:
            return "this is a moment of the past: esc goes back to now"
        return "" if self._scene.run else "nothing has run yet: s starts it"

    def _why_no_continue(self) -> str:
        why = self._why_no_retry()
        run = self._scene.run
        if why or run is None:
            return why
        if run.status in _ACTIVE:
            return "the run is under way"
        return "everything succeeded" if run.status is RunStatus.SUCCEEDED else ""

    def _why_no_stop(self) -> str:
        run = self._scene.run
        if self._scene.replay is not None or run is None:
            return self._why_no_retry()
        return f"the run is over: {run.status}" if run.status in RUN_TERMINAL else ""

    def _why_no_apply(self) -> str:
        run, file = self._scene.run, self._scene.file
        if run is None or run.status not in _ACTIVE:
            return "no run is under way"
        if file is None or file.loaded is None:
            return "the file is not valid"
        if file.loaded.version.dag_hash == run.dag_hash:
            return "the run has the file's version already"
        return ""

    async def _retry(self) -> None:
        await self._retry_tasks(self._chosen_names(), downstream=False)

    async def _retry_downstream(self) -> None:
        await self._retry_tasks(self._chosen_names(), downstream=True)

    async def _retry_failed(self) -> None:
        await self._retry_tasks(self._failed_names(), downstream=False)

    async def _retry_failed_downstream(self) -> None:
        await self._retry_tasks(self._failed_names(), downstream=True)

    def _failed_names(self) -> Sequence[str]:
        model = self._scene.model
        return () if model is None else [model.ids[n] for n in model.failures()]

    async def _retry_tasks(self, names: Sequence[str], *, downstream: bool) -> None:
        run = self._scene.run
        if run is None or not names:
            self._bridge.say("there is nothing to retry")
            return
        over = run.status in RUN_TERMINAL
        edited = over and await self._feed.read(lambda e: e.is_edited(run.run_id))
        if edited or downstream or len(names) > _MOST_WITHOUT_ASKING:
            preview = await self._feed.read(
                lambda e: e.preview_retry(
                    run.run_id, names, downstream=downstream, edited=edited
                )
            )
            answer = await self._answer_to("Retry", preview, edited=edited)
            if answer not in {YES, THIRD}:
                return
            edited = edited and answer == YES
        await self._feed.do(
            lambda desk: desk.retry(
                run.run_id, names, downstream=downstream, edited=edited
            )
        )
        self._tasks.clear_marks()
        what = names[0] if len(names) == 1 else counted(len(names), "task")
        self._bridge.say(f"retrying {what} · x stops it")
        self._scene.cannot_undo(f"the retry of {what} cannot be taken back: x stops it")

    def _chosen_names(self) -> Sequence[str]:
        model = self._scene.model
        if model is None:
            return ()
        return [model.ids[number] for number in self._tasks.chosen()]

    async def _agreed(self, verb: str, preview: ResumePreview) -> bool:
        return await self._answer_to(verb, preview, edited=False) == YES

    async def _answer_to(
        self, verb: str, preview: ResumePreview, *, edited: bool
    ) -> str | None:
        """Show what would run; of an edited file, the old version is another answer."""
        title = f"{verb} run {preview.run.run_key}"
        notes = list(part_notes(preview.run))
        if edited:
            notes.append(line(Span(_EDITED, Style.CARE)))
        dialog = PreviewScreen(
            title,
            preview.choices,
            notes=notes,
            third="old version" if edited else "",
        )
        return await self._bridge.ask(dialog)

    async def _continue(self) -> None:
        run = self._scene.run
        if run is None:
            return
        preview = await self._feed.read(lambda e: e.preview_resume(run.run_id))
        if not await self._agreed("Continue", preview):
            return
        gone_on = await self._feed.do(lambda desk: desk.resume(run.run_id))
        await self._starts.show_begun(gone_on, "goes on")

    async def _stop_tasks(self) -> None:
        run, names = self._scene.run, self._chosen_names()
        if run is None or not names:
            return
        if len(names) > _MOST_WITHOUT_ASKING and not await self._agreed_to_stop(
            f"Stop {len(names)} tasks?", []
        ):
            return
        await self._feed.do(lambda desk: desk.cancel(run.run_id, names, by=BY))
        is_again = self._are_stopping(names)
        self._note_stopping(names)
        self._tasks.clear_marks()
        what = names[0] if len(names) == 1 else counted(len(names), "task")
        how = "KILL now" if is_again else "TERM, then KILL after the grace; x kills now"
        self._bridge.say(f"stopping {what}: {how}")
        self._scene.cannot_undo(f"what is stopped stays so: r runs {what} again")

    def _are_stopping(self, names: Sequence[str]) -> bool:
        """Tell whether all that runs of these has been asked to stop already."""
        model = self._scene.model
        if model is None:
            return False
        numbers = [model.index[name] for name in names]
        running = {n for n in numbers if model.states[n] is TaskState.RUNNING}
        return bool(running) and running <= model.stopping.keys()

    def _note_stopping(self, names: Sequence[str]) -> None:
        """Have the rows of what is asked to stop say until when it may take."""
        model, now_ms = self._scene.model, self._bridge.clock.now_ms()
        if model is None:
            return
        for name in names:
            number = model.index[name]
            if number in model.stopping:
                model.stopping[number] = now_ms
            elif model.states[number] is TaskState.RUNNING:
                model.stopping[number] = now_ms + model.dag.tasks[number].grace_ms

    async def _stop_run(self) -> None:
        run, model = self._scene.run, self._scene.model
        if run is None or model is None:
            return
        counts = model.counts()
        waiting = counts[TaskState.WAITING] + counts[TaskState.QUEUED]
        lines = [
            f"{counted(counts[TaskState.RUNNING], 'running task')} get SIGTERM,",
            "then SIGKILL after the grace.",
            f"{counted(waiting, 'pending task')} will not start;",
            f"{counted(counts[TaskState.OK] + counts[TaskState.KEPT], 'result')} kept.",
            "c continues the run later from where it stopped.",
        ]
        if not await self._agreed_to_stop(f"Stop run {run.run_key}?", lines):
            return
        if run.status is RunStatus.INTERRUPTED:
            await self._feed.do(lambda desk: desk.end(run.run_id, by=BY))
        else:
            await self._feed.do(lambda desk: desk.cancel(run.run_id, by=BY))
        self._bridge.say(f"stopping run {run.run_key} · c continues it later")
        self._scene.cannot_undo(f"run {run.run_key} is stopped: c continues it")

    async def _agreed_to_stop(self, title: str, lines: Sequence[str]) -> bool:
        dialog = ConfirmScreen(
            title, [line(text) for text in lines], yes="stop", no="keep running"
        )
        return await self._bridge.ask(dialog) == YES

    async def _pause(self) -> None:
        run = self._scene.run
        if run is None:
            return
        await self._set_paused(run, is_paused=not run.paused)
        self._scene.can_undo(
            f"{'unpausing' if run.paused else 'pausing'} run {run.run_key}",
            lambda: self._bridge.spawn(self._set_paused(run, is_paused=run.paused)),
            lambda: self._why_over(run),
        )

    def _why_over(self, run: RunRow) -> str:
        """Return why a run can be neither paused nor unpaused any more."""
        known = [self._scene.run, *self._scene.runs]
        now = [one for one in known if one is not None and one.run_id == run.run_id]
        is_over = bool(now) and now[0].status in RUN_TERMINAL
        return f"run {run.run_key} is over: {now[0].status}" if is_over else ""

    async def _set_paused(self, run: RunRow, *, is_paused: bool) -> None:
        if is_paused:
            await self._feed.do(lambda desk: desk.pause(run.run_id, by=BY))
            self._bridge.say(
                "paused: running tasks finish, nothing new starts", Style.CARE
            )
        else:
            await self._feed.do(lambda desk: desk.unpause(run.run_id, by=BY))
            self._bridge.say("going on")

    async def _apply(self) -> None:
        """Let what has not started run as in the edited file, after a look at it."""
        run, file = self._scene.run, self._scene.file
        if run is None or file is None or file.loaded is None:
            return
        loaded = file.loaded
        edit = await self._feed.read(lambda e: e.diff_run(run.run_id, loaded))
        if edit.refusal:
            self._bridge.say(edit.refusal, Style.CARE)
            return
        page = edit_diff_page(edit.diff, width=_DIFF_CELLS, ends=False)
        kept = f"{counted(len(edit.kept), 'changed task')} started already: no change."
        dialog = ConfirmScreen(
            f"Apply the edited file to run {run.run_key}?",
            [
                *page.lines[:_MOST_DIFF_LINES],
                (),
                line(f"{counted(len(edit.applied), 'task')} will run as in the file."),
                *([line(kept)] if edit.kept else []),
            ],
            yes="apply",
            no="keep the version",
        )
        if await self._bridge.ask(dialog) == YES:
            await self._feed.do(lambda desk: desk.move(run.run_id, loaded))
            self._bridge.say("tasks that had not started follow the edited file now")

    def open_task(self, number: int) -> None:
        """Do what the enter key does to a task: answer it, enter its run, read it."""
        model, run = self._scene.shown, self._scene.run
        if model is None:
            return
        if model.states[number] is TaskState.PERSON and run is not None:
            self._bridge.spawn(self._answer(model.ids[number]))
        elif isinstance(model.dag.tasks[number].action, SubDag):
            self._bridge.spawn(self._enter(number))
        else:
            self._bridge.layout.focus(Place.OUTPUT)

    async def _enter(self, number: int) -> None:
        """Open the run that a task of a sub-DAG has begun."""
        model, run = self._scene.model, self._scene.run
        attempts = () if model is None else model.attempts_of(number)
        if model is None or run is None or not attempts or not attempts[-1].handle:
            self._bridge.say("its run has not begun")
            return
        self._scene.trail.append((run.run_id, model.name(number)))
        await self._loading.open_run(attempts[-1].handle)

    async def _answer(self, task: str) -> None:
        """Ask a person what a task waits to hear, and pass it on."""
        run, model = self._scene.run, self._scene.model
        if run is None or model is None:
            return
        action = model.dag.tasks[model.index[task]].action
        prompt = sanitize(getattr(action, "prompt", ""))
        dialog = ConfirmScreen(
            sanitize(task), [line(prompt)], yes="approve", no="later", third="refuse"
        )
        answer = await self._bridge.ask(dialog)
        if answer in {YES, THIRD}:
            approved = answer == YES
            await self._feed.do(
                lambda d: d.approve(run.run_id, task, approved=approved, by=BY)
            )
