"""What the keys do to begin a run: at once, or with options from a form."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from leo_engine.app import Engine
from leo_engine.app.parts import part_of
from leo_engine.app.types import LoadedDag, RunCommand
from leo_engine.errors import LeoError, RunBusyError, SpecError
from leo_engine.ports import RunRow
from leo_engine.spec.model import Json
from leo_engine.spec.params import still_declared
from leo_engine.spec.part import Part
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.keys.actions import Place
from leo_tui.screens.confirm import YES, ConfirmScreen
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.params_form import ParamsFormScreen
from leo_tui.screens.text_screen import TextScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.plan_chart import dry_run_lines
from leo_tui.viewmodels.run_news import asking_text, ended_text
from leo_tui.viewmodels.spans import Line, line
from leo_tui.viewmodels.start_form import (
    Proposal,
    Scope,
    StartOptions,
    param_faults,
    part_wanted,
)

_PLAN_CELLS = 104


class StartActions:
    """Begins runs of the chosen file."""

    def __init__(self, bridge: Bridge, loading: Loading) -> None:
        self._bridge = bridge
        self._loading = loading
        self._feed = bridge.feed
        self._scene = bridge.scene
        self._tasks = bridge.panels.tasks

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {
            "run.start": Doing(self._start, self._why_no_start),
            "run.start_with": Doing(self._start_with, self._why_no_start),
            "task.run_only": Doing(self._start_only, self._why_no_start),
        }

    def _why_no_start(self) -> str:
        file = self._scene.file
        if file is None:
            return "no file is chosen"
        if file.loaded is None and file.last_good is None:
            return f"fix {counted(len(file.problems), 'error')} first (e)"
        return ""

    async def _chosen_version(self) -> LoadedDag | None:
        """Return what a start runs: the file, or after a question its last good one."""
        # Of what python tasks import, not every change is told.
        await self._loading.read_folder()
        file = self._scene.file
        if file is None or file.loaded is not None or file.last_good is None:
            return None if file is None else file.loaded
        dialog = ConfirmScreen(
            f"Start the last good version of {sanitize(file.path.name)}?",
            [
                line(
                    f"The file has {counted(len(file.problems), 'error')} now; what ran"
                ),
                line("last is started as it was stored."),
            ],
            yes="start it",
            no="do not",
        )
        return file.last_good if await self._bridge.ask(dialog) == YES else None

    async def _start(self) -> None:
        loaded = await self._chosen_version()
        if loaded is None:
            return
        try:
            params = await self._feed.read(lambda e: e.bind_params(loaded.dag, {}))
        except SpecError:
            await self._start_form(loaded)
            return
        await self.begin(loaded, params)

    async def _start_with(self) -> None:
        loaded = await self._chosen_version()
        if loaded is not None:
            await self._start_form(loaded)

    async def _start_only(self) -> None:
        """Start the marked tasks, else the one under the cursor, as the last time."""
        loaded = await self._chosen_version()
        if loaded is None:
            return
        names = self._proposal(loaded).tasks
        if not names:
            self._bridge.say("no task of this file is chosen")
            return
        last = self._scene.latest.get(loaded.dag.name)
        params = still_declared(loaded.dag, {} if last is None else last.params)
        await self._start_as(loaded, StartOptions(params, Scope.ONLY, names))

    async def _start_form(self, loaded: LoadedDag) -> None:
        last = self._scene.latest.get(loaded.dag.name)
        form = ParamsFormScreen(
            loaded.dag,
            None if last is None else last.params,
            check=lambda values: param_faults(loaded.dag, values),
            check_part=_part_check(loaded),
            proposal=self._proposal(loaded),
        )
        options = await self._bridge.ask(form)
        if options is not None:
            await self._start_as(loaded, options)

    def _proposal(self, loaded: LoadedDag) -> Proposal:
        """Offer the marked tasks, else the one under the cursor, if the file has it."""
        model = self._scene.shown
        if model is None or model.dag.name != loaded.dag.name:
            return Proposal()
        ids = {task.id for task in loaded.dag.tasks if not task.is_hook}
        chosen = [model.ids[number] for number in self._tasks.chosen()]
        known = tuple(name for name in chosen if name in ids)
        return Proposal(known, is_marked=bool(self._tasks.marked_keys and known))

    async def _start_as(self, loaded: LoadedDag, options: StartOptions) -> None:
        part = part_wanted(options)
        wanted = loaded if part is None else part_of(loaded, part)
        if options.dry_run:
            lines = await self._feed.read(lambda e: _dry_run(e, wanted))
            title = f"{sanitize(wanted.dag.name)}: what would run"
            await self._bridge.ask(TextScreen(title, lines))
            self._bridge.say("nothing was started: that was a dry run")
            return
        values = options.params
        params = await self._feed.read(lambda e: e.bind_params(wanted.dag, values))
        await self.begin(wanted, params)

    async def begin(self, loaded: LoadedDag, params: Mapping[str, Json]) -> None:
        """Begin a run and show it, or show the one that is in its way."""
        command = RunCommand(dag=loaded, params=params)
        await self._feed.preflight(loaded.dag)
        try:
            run = await self._feed.do(lambda desk: desk.start(command))
        except RunBusyError as busy:
            await self._loading.open_run(busy.occupant)
            self._bridge.say(str(busy), Style.CARE)
            return
        self._tasks.clear_marks()
        part = "" if loaded.part is None else f" ({counted(run.total, 'task')} only)"
        await self.show_begun(run, f"started{part}")

    async def show_begun(self, run: RunRow, what: str) -> None:
        """Show a run from its first task on."""
        self._bridge.say(f"{run.dag} #{run.run_key} {what} · X stops it")
        self._scene.cannot_undo(f"run {run.run_key} {what}: X stops it")
        await self._loading.open_run(run.run_id)
        self._bridge.layout.focus(Place.TASKS)
        self._tasks.follow_newest = True
        model = self._scene.model
        # It may have come to something before it was shown.
        if model is None or model.run.run_id != run.run_id:
            return
        if model.run.status in RUN_TERMINAL:
            self._bridge.say(*ended_text(model))
        elif text := asking_text(model, range(len(model.ids))):
            self._bridge.say(text, Style.CARE)


def _part_check(loaded: LoadedDag) -> Callable[[Part], str]:
    """Return what says why some tasks cannot run without the others."""

    @lru_cache(maxsize=8)
    def check(part: Part) -> str:
        try:
            part_of(loaded, part)
        except SpecError as error:
            return error.problems[0].message
        except LeoError as error:
            return str(error)
        return ""

    return check


def _dry_run(engine: Engine, loaded: LoadedDag) -> Sequence[Line]:
    slots = engine.settings.slots
    width = min(slots, loaded.dag.max_parallel or slots)
    return dry_run_lines(
        engine.plan(loaded.dag),
        engine.preflight([loaded]),
        slots=width,
        width=_PLAN_CELLS,
    )
