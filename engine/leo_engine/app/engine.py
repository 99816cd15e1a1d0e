"""The facade: everything a command line or a screen may ask of the engine."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from leo_engine.app import asking
from leo_engine.app.asking import Requesting
from leo_engine.app.batch_views import BatchViews
from leo_engine.app.dag_folder import DagFolder
from leo_engine.app.executors import Executors, refuse_missing
from leo_engine.app.gauges import Gauges
from leo_engine.app.run_views import RunViews
from leo_engine.app.store_care import StoreCare
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.config import Settings
from leo_engine.errors import ConfigError
from leo_engine.loader.folder_settings import FolderSettings, read_folder_settings
from leo_engine.ports import Observer, RunRequest, RunRow

if TYPE_CHECKING:
    from leo_engine.app.batch_types import BatchObserver, BatchResult, LoadedPlan
    from leo_engine.app.desk import Desk, OnTrouble
    from leo_engine.app.running import OnBusy, Running
    from leo_engine.app.session import Session
    from leo_engine.executors.warden_link import WardenProcess

_NONE: Mapping[str, str] = MappingProxyType({})


class Engine(DagFolder, RunViews, BatchViews, StoreCare, Gauges, Requesting):
    """One process's engine over one DAG folder. Cheap to make: it opens nothing yet.

    Not for several threads at once. What looks, reads and repairs is inherited; what
    runs is here.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._active: Session | None = None
        self._warden: WardenProcess | None = None

    def warm_up(self) -> None:
        """Start what running will need, so that it starts while the rest is loaded."""
        from leo_engine.executors.warden_link import spawn_warden  # noqa: PLC0415 -- only for runs

        self._warden = spawn_warden(str(self.settings.record_folder))

    def close(self) -> None:
        """Store what is queued and close the store; runs are not touched."""
        warden, self._warden = self._warden, None
        if warden is not None:
            # Nothing was run: it ends when nobody is there.
            warden.link.close()
        super().close()

    async def run(
        self,
        commands: Sequence[RunCommand],
        *,
        observer: Observer | None = None,
        adopt: bool = True,
        on_busy: "OnBusy | None" = None,
    ) -> list[RunResult]:
        """Run DAGs side by side to their ends.

        With `adopt`, interrupted runs of these DAGs are taken over first and driven to
        their ends; one with the same version and parameters is what was asked for. So
        there may be more results than commands, and after `interrupt` or `leave` fewer.

        Raises:
            RunBusyError: something else holds a DAG's key; raised once the others
                ended, unless `on_busy` was told of it.
            StoreError: the store cannot be written.
        """
        async with self._session(observer) as running:
            await running.preflight(command.dag.dag for command in commands)
            return await running.run(commands, adopt=adopt, on_busy=on_busy)

    async def run_batch(
        self, plan: "LoadedPlan", *, observer: "BatchObserver", new: bool = False
    ) -> "BatchResult":
        """Run the entries of a plan to their ends; what has succeeded is skipped.

        With `new`, every entry gets a run of its own. One entry's failure stops none of
        the others.

        Raises:
            StoreError: the batch cannot be stored.
        """
        async with self._session(observer) as running:
            await running.preflight(loaded.dag for loaded in plan.dags.values())
            return await running.batch(plan, new=new, observer=observer)

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
            refuse_missing(loaded.dag, self.settings.executor)
        async with self._session(observer) as running:
            if loaded is not None:
                await running.preflight([loaded.dag])
            return await running.resume(run, loaded, params)

    async def retry(
        self,
        prefix: str,
        tasks: Sequence[str] = (),
        *,
        downstream: bool = False,
        edited: bool = False,
        observer: Observer | None = None,
    ) -> RunResult:
        """Run tasks of a run again, else all that failed; then what waits for them.

        With `edited`, an ended run goes on over its file as it is now.

        Raises:
            RunNotFoundError: no such run.
            UnknownTaskError: it has no such task.
            SpecError: the file is wrong.
        """
        if edited and (
            wanted := self._retry_over_file(
                self.find(prefix), tasks, downstream=downstream
            )
        ):
            refuse_missing(wanted.dag, self.settings.executor)
            async with self._session(observer) as running:
                return await running.go_over(wanted)
        request = self._retrying(tasks, downstream=downstream)
        return await self._granted(prefix, request, observer)

    async def mark(
        self,
        prefix: str,
        tasks: Sequence[str],
        *,
        skipped: bool = False,
        by: str,
        note: str = "",
        observer: Observer | None = None,
    ) -> RunResult:
        """Say that tasks have succeeded, or are skipped; run what they held back.

        What runs, or has succeeded, stays as it is.

        Raises:
            RunNotFoundError: no such run.
            UnknownTaskError: it has no such task.
        """
        request = self._marking(tasks, skipped=skipped, by=by, note=note)
        return await self._granted(prefix, request, observer)

    async def _granted(
        self, prefix: str, request: RunRequest, observer: Observer | None
    ) -> RunResult:
        run = self._opened().find_run(prefix)
        asking.refuse_unknown(self._opened(), run, request.tasks)
        async with self._session(observer) as running:
            return await running.grant(run, request)

    async def end(
        self, prefix: str, *, by: str, observer: Observer | None = None
    ) -> RunResult:
        """Take over a run whose owner is gone, stop what still runs, have it cancelled.

        A run that somebody drives is cancelled with `cancel`.

        Raises:
            RunNotFoundError: no such run.
            RunEndedError: it has ended.
            RunBusyError: a living process drives it.
        """
        run = self._opened().find_run(prefix)
        async with self._session(observer) as running:
            return await running.end(run, by=by)

    def interrupt(self) -> None:
        """Stop starting, TERM what runs; `run` returns once all of it has ended."""
        if self._active is not None:
            self._active.interrupt()

    def leave(self) -> None:
        """Let go of every run and stop nothing; `run` returns them as interrupted.

        Tasks go on, and whoever takes a run over adopts them.
        """
        if self._active is not None:
            self._active.leave()

    def kill(self) -> None:
        """KILL what still runs."""
        if self._active is not None:
            self._active.kill()

    def _leave_request(self, prefix: str, request: RunRequest) -> RunRow:
        return asking.ask(self._opened(), prefix, request)

    @asynccontextmanager
    async def desk(
        self,
        observer: Observer | None = None,
        *,
        on_trouble: "OnTrouble",
    ) -> "AsyncIterator[Desk]":
        """Stay open while runs come and go; each is driven beside the others.

        At the end of the block every run is let go of; stop or await them before.
        `on_trouble` hears of a run that could not be driven on; the others can be.
        """
        from leo_engine.app.desk import Desk  # noqa: PLC0415 -- only for screens

        folder_settings = None
        with suppress(ConfigError):
            # What is begun at the desk reads it anew, and is refused while it is wrong.
            folder_settings = read_folder_settings(self.settings.folder)
        async with self._opened_session(
            observer, folder_settings, follows_lost=False
        ) as session:
            desk = Desk(session, observer, on_trouble)
            try:
                yield desk
            finally:
                desk.leave()
                await desk.idle()

    @asynccontextmanager
    async def _session(self, observer: Observer | None) -> "AsyncIterator[Running]":
        from leo_engine.app.running import Running  # noqa: PLC0415 -- only for runs

        folder_settings = read_folder_settings(self.settings.folder)
        async with self._opened_session(observer, folder_settings) as session:
            yield Running(session, self._looking(), observer)

    @asynccontextmanager
    async def _opened_session(
        self,
        observer: Observer | None,
        folder_settings: FolderSettings | None,
        *,
        follows_lost: bool = True,
    ) -> "AsyncIterator[Session]":
        from leo_engine.app.child_runs import ChildRuns  # noqa: PLC0415 -- only for runs
        from leo_engine.app.session import Session  # noqa: PLC0415 -- only for runs

        warden, self._warden = self._warden, None
        executors = Executors(
            record_folder=self.settings.record_folder,
            base_env=self._environ,
            warden=warden,
        )
        session = Session(
            settings=self.settings,
            store=self._opened(),
            clock=self._clock,
            environ=self._environ,
            executors=executors,
            folder_settings=folder_settings,
            follows_lost=follows_lost,
        )
        async with session:
            self._active = session
            try:
                executors.add(ChildRuns(session, observer).executor)
                yield session
            finally:
                self._active = None
