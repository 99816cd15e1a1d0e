"""The facade: everything a command line or a screen may ask of the engine."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

from leo_engine.app import asking, catalogue
from leo_engine.app.executors import Executors, executor_findings, missing
from leo_engine.app.owner import holds
from leo_engine.app.types import (
    Catalogue,
    Finding,
    LogFile,
    Removed,
    ResumePreview,
    RunCommand,
    RunComparison,
    RunDetail,
    RunResult,
)
from leo_engine.clock import SystemClock
from leo_engine.config import Durability, Settings
from leo_engine.errors import ExecutorUnavailableError, Problem, StoreError
from leo_engine.graph.dag import Graph
from leo_engine.loader.find import find
from leo_engine.loader.folder_settings import read_folder_settings
from leo_engine.loader.load import LoadedDag, load
from leo_engine.placement.placer import Strategy
from leo_engine.ports import (
    Observer,
    Retention,
    RunFilter,
    RunRequest,
    RunRow,
    RunStore,
)
from leo_engine.spec.model import Dag, Json
from leo_engine.spec.params import bind_params
from leo_engine.store.sqlite import Terms, open_store

if TYPE_CHECKING:
    from leo_engine.app.looking import Looking
    from leo_engine.app.running import Running
    from leo_engine.app.session import Session
    from leo_engine.app.upkeep import Upkeep
    from leo_engine.executors.warden_link import WardenProcess
    from leo_engine.simulation.plan import Plan

_NONE: Mapping[str, str] = MappingProxyType({})


class Engine:
    """One process's engine over one DAG folder. Cheap to make: it opens nothing yet.

    Not for several threads at once.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clock = SystemClock()
        self._database = settings.state_folder / "leo.db"
        self._environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LEO_")
        }
        self._store: RunStore | None = None
        self._look: Looking | None = None
        self._active: Session | None = None
        self._warden: WardenProcess | None = None

    def __enter__(self) -> Self:
        """Use the engine until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what was opened."""
        self.close()

    def close(self) -> None:
        """Store what is queued and close the store; runs are not touched."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def dag_files(self) -> list[Path]:
        """Return the DAG files of the folder, by name."""
        return find(self.settings.folder)

    def warm_up(self) -> None:
        """Start what running will need, so that it starts while the rest is loaded."""
        from leo_engine.executors.warden_link import spawn_warden  # noqa: PLC0415 -- only for runs

        self._warden = spawn_warden(str(self._record_folder))

    def load(self, name: str) -> LoadedDag:
        """Return a DAG by its name or by the path of its file.

        Raises:
            DagNotFoundError: there is none.
            SpecError: its file is wrong; holds every problem.
        """
        return catalogue.load_dag(self.settings.folder, name)

    def load_all(self) -> Catalogue:
        """Return every valid DAG of the folder, and what is wrong with the others."""
        return catalogue.load_catalogue(self.settings.folder)

    def bind_params(self, dag: Dag, texts: Mapping[str, Json]) -> dict[str, Json]:
        """Return a typed value for every parameter of a DAG.

        Raises:
            SpecValidationError: unknown, missing, of the wrong type; all of it.
        """
        return bind_params(dag, texts)

    def schema(self) -> dict[str, Json]:
        """Return the JSON Schema of a DAG file."""
        from leo_engine.spec.json_schema import dag_json_schema  # noqa: PLC0415 -- rare

        return dag_json_schema()

    def graph(self, dag: Dag) -> Graph:
        """Return who waits for whom, as integers."""
        return Graph.build(
            [task.id for task in dag.tasks], [task.upstream for task in dag.tasks]
        )

    def plan(
        self, dag: Dag, *, slots: int | None = None, strategy: Strategy | None = None
    ) -> "Plan":
        """Predict a run: learnt durations, else estimates, on a virtual clock."""
        from leo_engine.simulation.plan import simulate  # noqa: PLC0415 -- rare

        learnt = self._opened().durations(dag.name) if self._has_store() else {}
        return simulate(
            dag,
            durations=learnt,
            slots=slots or self.settings.slots,
            strategy=strategy or self.settings.strategy,
        )

    def preflight(self, dags: Sequence[LoadedDag]) -> list[Problem]:
        """Return what cannot run here, and why; one problem for each task."""
        return [
            Problem(message=reason, file=str(loaded.path))
            for loaded in dags
            for task in loaded.dag.tasks
            if (reason := missing(task, self.settings.executor))
        ]

    async def run(
        self, commands: Sequence[RunCommand], *, observer: Observer | None = None
    ) -> list[RunResult]:
        """Run DAGs side by side to their ends.

        Raises:
            RunBusyError: something else holds a DAG's key.
            StoreError: the store cannot be written.
        """
        async with self._session() as running:
            return await running.run(commands, observer)

    async def resume(
        self,
        prefix: str,
        *,
        params: Mapping[str, str] = _NONE,
        observer: Observer | None = None,
    ) -> RunResult:
        """Go on with a run: what succeeded and has not changed is kept.

        Raises:
            RunNotFoundError: no such run.
            RunBusyError: a living process drives it.
        """
        run = self._opened().find_run(prefix)
        loaded = self._current(run)
        if loaded is not None:
            self._refuse_missing(loaded)
        async with self._session() as running:
            return await running.resume(run, loaded, params, observer)

    def preview_resume(
        self, prefix: str, params: Mapping[str, str] = _NONE
    ) -> ResumePreview:
        """Return what a resume would keep and run, and why."""
        from leo_engine.app import resuming  # noqa: PLC0415 -- rare

        run = self._opened().find_run(prefix)
        return resuming.plan(self._opened(), run, self._current(run), params).preview

    async def retry(
        self,
        prefix: str,
        tasks: Sequence[str] = (),
        *,
        downstream: bool = False,
        observer: Observer | None = None,
    ) -> RunResult:
        """Run tasks of a run again, else all that failed; then what waits for them.

        Raises:
            RunNotFoundError: no such run.
            UnknownTaskError: it has no such task.
        """
        run = self._opened().find_run(prefix)
        asking.refuse_unknown(self._opened(), run, tasks)
        request = RunRequest(
            action="retry",
            tasks=tuple(tasks),
            downstream=downstream,
            at_ms=self._clock.now_ms(),
        )
        async with self._session() as running:
            return await running.retry(run, request, observer)

    def preview_retry(
        self, prefix: str, tasks: Sequence[str] = (), *, downstream: bool = False
    ) -> ResumePreview:
        """Return what a retry would run again, and what waits for that."""
        from leo_engine.app import resuming  # noqa: PLC0415 -- rare

        run = self._opened().find_run(prefix)
        asking.refuse_unknown(self._opened(), run, tasks)
        return resuming.preview_retry(
            self._opened(), run, tuple(tasks), downstream=downstream
        )

    def interrupt(self) -> None:
        """Stop starting, TERM what runs; `run` returns once all of it has ended."""
        if self._active is not None:
            self._active.interrupt()

    def kill(self) -> None:
        """KILL what still runs."""
        if self._active is not None:
            self._active.kill()

    def runs(self, wanted: RunFilter) -> list[RunRow]:
        """Return the runs that match."""
        return self._opened().runs(wanted) if self._has_store() else []

    def run_detail(self, prefix: str) -> RunDetail:
        """Return one run, whole."""
        return self._looking().detail(prefix)

    def logs(
        self, prefix: str, task: str = "", attempt: int | None = None
    ) -> list[LogFile]:
        """Return the logs of the latest attempts, or of attempt `attempt`."""
        return self._looking().logs(prefix, task, attempt)

    def read_log(self, log: LogFile) -> Iterator[str]:
        """Return the lines of a log with their ends, secrets masked."""
        return self._looking().read_log(log)

    def follow_log(self, prefix: str, task: str = "") -> AsyncIterator[tuple[str, str]]:
        """Return (task, line) as output is written, until the task or run is over."""
        return self._looking().follow(prefix, task)

    def compare(self, before: str, after: str) -> RunComparison:
        """Return two runs side by side."""
        return self._looking().compare(before, after)

    def cancel(self, prefix: str, tasks: Sequence[str] = (), *, by: str) -> RunRow:
        """Ask for the end of a run, or of tasks of it; done by whoever drives it."""
        return self._ask(prefix, "cancel", tasks, by=by)

    def pause(self, prefix: str, *, by: str) -> RunRow:
        """Ask that a run start nothing more for now."""
        return self._ask(prefix, "pause", by=by)

    def unpause(self, prefix: str, *, by: str) -> RunRow:
        """Ask that a run go on starting."""
        return self._ask(prefix, "unpause", by=by)

    def approve(
        self, prefix: str, task: str, *, approved: bool, by: str, note: str = ""
    ) -> RunRow:
        """Answer an approval task."""
        action = "approve" if approved else "refuse"
        return self._ask(prefix, action, [task], by=by, note=note)

    def export(
        self, prefix: str, target: Path | None, *, with_logs: bool
    ) -> bytes | Path:
        """Return a run as JSON, or write an archive of it with its logs to `target`."""
        return self._upkeep().export(prefix, target, with_logs=with_logs)

    def verify(self, prefix: str) -> list[Finding]:
        """Audit a run's journal against the rules and against what is shown of it."""
        return self._upkeep().verify(prefix)

    def doctor(self, *, fix: bool = False) -> list[Finding]:
        """Look at everything runs depend on; one finding for each."""
        found = [catalogue.finding(self.load_all()), *executor_findings()]
        if self._has_store():
            try:
                found += self._upkeep().doctor(fix=fix)
            except StoreError as error:
                found.append(Finding("store", "error", str(error)))
        return found

    def gc(self, limits: Retention, *, dry_run: bool) -> list[Removed]:
        """Remove ended runs with their logs; no limit given removes nothing."""
        return self._upkeep().collect(limits, dry_run=dry_run)

    def _ask(
        self,
        prefix: str,
        action: str,
        tasks: Sequence[str] = (),
        *,
        by: str,
        note: str = "",
    ) -> RunRow:
        request = RunRequest(
            action=action,
            tasks=tuple(tasks),
            by=by,
            note=note,
            at_ms=self._clock.now_ms(),
        )
        return asking.ask(self._opened(), prefix, request)

    def _current(self, run: RunRow) -> LoadedDag | None:
        path = self.settings.folder / run.file
        return load(path) if path.is_file() else None

    def _refuse_missing(self, loaded: LoadedDag) -> None:
        problems = self.preflight([loaded])
        if problems:
            raise ExecutorUnavailableError("\n".join(one.message for one in problems))

    def _has_store(self) -> bool:
        return self._store is not None or self._database.exists()

    @property
    def _record_folder(self) -> Path:
        return self.settings.state_folder / "wardens"

    def _opened(self) -> RunStore:
        if self._store is None:
            terms = Terms(
                clock=self._clock,
                judge=holds,
                synced=self.settings.durability is Durability.POWER_LOSS,
            )
            self._store = open_store(self._database, terms)
        return self._store

    def _looking(self) -> "Looking":
        if self._look is None:
            from leo_engine.app.looking import Looking  # noqa: PLC0415 -- not every command looks

            self._look = Looking(self.settings, self._opened(), self._environ)
        return self._look

    def _upkeep(self) -> "Upkeep":
        from leo_engine.app.upkeep import Upkeep  # noqa: PLC0415 -- rare

        return Upkeep(self.settings, self._opened(), self._looking(), self._clock)

    @asynccontextmanager
    async def _session(self) -> "AsyncIterator[Running]":
        from leo_engine.app.running import Running  # noqa: PLC0415 -- only for runs
        from leo_engine.app.session import Session  # noqa: PLC0415 -- only for runs

        warden, self._warden = self._warden, None
        executors = Executors(
            record_folder=self._record_folder, base_env=self._environ, warden=warden
        )
        session = Session(
            settings=self.settings,
            store=self._opened(),
            clock=self._clock,
            environ=self._environ,
            executors=executors,
            shared_pools=read_folder_settings(self.settings.folder).pools,
        )
        async with session:
            self._active = session
            try:
                yield Running(session, executors, self._looking())
            finally:
                self._active = None
