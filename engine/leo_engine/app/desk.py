"""A session that stays open while runs come and go: what a screen runs things with.

What is asked for is taken, or refused, before a call returns; driving it goes on beside
the caller. Calls and callbacks are all of the one event loop.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from leo_engine.app import asking, moving, parts, resuming, starting
from leo_engine.app.asking import Requesting
from leo_engine.app.catalogue import current_dag
from leo_engine.app.executors import refuse_missing
from leo_engine.app.session import Driven, Driving, Session
from leo_engine.app.starting import NewRun
from leo_engine.app.types import RunCommand
from leo_engine.errors import (
    ConfigError,
    LeoError,
    MoveRefusedError,
    RunBusyError,
    RunEndedError,
    StoreError,
)
from leo_engine.loader.find import SETTINGS_FILE
from leo_engine.loader.folder_settings import read_folder_settings
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import Busy, Observer, Reuse, RunFilter, RunRequest, RunRow
from leo_engine.spec.model import Dag
from leo_engine.state.status import RUN_TERMINAL, RunStatus

OnTrouble = Callable[[str, Exception], None]
"""Is told the id of a run and why it could not be driven on.

Of `leo.toml` when it is wrong; of "" when what looks after all runs has broken down.
"""

_NONE: Mapping[str, str] = MappingProxyType({})
_UNDER_WAY = (RunStatus.RUNNING, RunStatus.PENDING)
_MOST_ADOPTED = 1_000


class Desk(Requesting):
    """The runs that this process drives, each until its end or until it is let go of.

    Nothing more can be begun after `interrupt` or `leave`.
    """

    def __init__(
        self, session: Session, observer: Observer | None, on_trouble: OnTrouble
    ) -> None:
        self._session = session
        self._store = session.store
        self._clock = session.clock
        self._observer = observer
        self._on_trouble = on_trouble
        self._ends: dict[str, asyncio.Task[None]] = {}
        self._rows: dict[str, RunRow] = {}
        self._moves: dict[str, LoadedDag] = {}
        """What runs that are being let go of are to go on over."""
        for attendant in session.attendants:
            attendant.add_done_callback(self._note_breakdown)

    async def preflight(self, dag: Dag) -> None:
        """Ask what a DAG runs on whether it can be used, before a run of it begins.

        Raises:
            ExecutorUnavailableError: it cannot; says what to do about it.
        """
        await self._session.preflight([dag])

    def start(self, command: RunCommand, *, trigger: str = "screen") -> RunRow:
        """Begin a run, and return it; or the same one that is under way already.

        Raises:
            RunBusyError: another run holds the DAG's key.
            ExecutorUnavailableError: a task cannot run here.
            ConfigError: `leo.toml` is wrong.
        """
        self._open(command.dag.dag)
        wanted = NewRun(loaded=command.dag, params=command.params, trigger=trigger)
        row = starting.new_row(self._session, wanted)
        prepared = starting.prepare(self._session, row, command.dag, new=command.new)
        if isinstance(prepared, Busy):
            raise RunBusyError(prepared.occupant, prepared.message)
        if isinstance(prepared, Reuse):
            return self._store.find_run(prepared.run_id)
        dag = command.dag.dag
        driving = starting.begin(self._session, row, dag, prepared, self._observer)
        return self._see_to(self._store.find_run(row.run_id), driving)

    def resume(self, prefix: str, params: Mapping[str, str] = _NONE) -> RunRow:
        """Go on with a run: what succeeded and has not changed is kept.

        Raises:
            RunNotFoundError: no such run.
            RunBusyError: a living process, this one perhaps, drives it.
            SpecError: its file is wrong by now, or a parameter does not fit.
        """
        run = self._store.find_run(prefix)
        resuming.refuse_if_owned(run)
        loaded = current_dag(self._session.settings.folder, self._store, run)
        self._open(None if loaded is None else loaded.dag)
        wanted = resuming.plan(self._store, run, loaded, params)
        if run.status in RUN_TERMINAL and all(one.keeps for one in wanted.choices):
            return run
        return self._see_to(run, resuming.resume(self._session, wanted, self._observer))

    def retry(
        self,
        prefix: str,
        tasks: Sequence[str] = (),
        *,
        downstream: bool = False,
        edited: bool = False,
    ) -> RunRow:
        """Run tasks of a run again, else all that failed; then what waits for them.

        With `edited`, an ended run goes on over its file as it is now.

        Raises:
            RunNotFoundError: no such run.
            UnknownTaskError: it has no such task.
            SpecError: the file is wrong.
        """
        run = self._store.find_run(prefix)
        folder = self._session.settings.folder
        if edited and (
            wanted := resuming.plan_retry_over_file(
                folder, self._store, run, tuple(tasks), downstream=downstream
            )
        ):
            self._open(wanted.dag)
            driving = resuming.resume(self._session, wanted, self._observer)
            return self._see_to(run, driving)
        return self._granted(prefix, self._retrying(tasks, downstream=downstream))

    def mark(
        self,
        prefix: str,
        tasks: Sequence[str],
        *,
        skipped: bool = False,
        by: str,
        note: str = "",
    ) -> RunRow:
        """Say that tasks have succeeded, or are skipped; then what they held back runs.

        What runs, or has succeeded, stays as it is.

        Raises:
            RunNotFoundError: no such run.
            UnknownTaskError: it has no such task.
        """
        request = self._marking(tasks, skipped=skipped, by=by, note=note)
        return self._granted(prefix, request)

    def _granted(self, prefix: str, request: RunRequest) -> RunRow:
        """Have a request granted by whoever drives the run, else here."""
        run = self._store.find_run(prefix)
        asking.refuse_unknown(self._store, run, request.tasks)
        if run.status in _UNDER_WAY:
            return self._request(run, request)
        self._open()
        driving = resuming.grant(self._session, run, request, self._observer)
        return self._see_to(run, driving)

    def end(self, prefix: str, *, by: str) -> RunRow:
        """Take over a run whose owner is gone, stop what still runs, have it cancelled.

        Raises:
            RunNotFoundError: no such run.
            RunEndedError: it has ended.
            RunBusyError: a living process, this one perhaps, drives it.
        """
        run = self._store.find_run(prefix)
        if run.status in RUN_TERMINAL:
            raise RunEndedError(f"run {run.run_id} is {run.status}")
        self._open()
        return self._see_to(
            run, resuming.end(self._session, run, self._observer, by=by)
        )

    def adopt(self) -> list[RunRow]:
        """Take over the interrupted runs of the folder, and return them, oldest first.

        Left out are those that another process takes first, and sub-DAGs': they go with
        their parents. While `leo.toml` is wrong nothing is taken, and that is told.
        """
        try:
            self._open()
        except ConfigError as error:
            self._on_trouble(SETTINGS_FILE, error)
            return []
        interrupted = RunFilter(
            statuses=(RunStatus.INTERRUPTED,), limit=_MOST_ADOPTED, descending=False
        )
        found = [run for run in self._store.runs(interrupted) if not run.parent_run]
        return [run for run in found if self._adopted(run)]

    def _adopted(self, run: RunRow) -> bool:
        try:
            driving = resuming.adopt(self._session, run, self._observer)
        except RunBusyError:
            return False
        except StoreError as error:
            self._on_trouble(run.run_id, error)
            return False
        self._see_to(run, driving)
        return True

    def move(self, prefix: str, loaded: LoadedDag) -> RunRow:
        """Have a run that is driven here go on over its file as `loaded` has it.

        What has started is kept as it is; what has not runs as in the file. Should it
        turn out meanwhile that this cannot be, the run keeps its version, and
        `on_trouble` is told why. Of several moves in a row the last one counts.

        Raises:
            RunNotFoundError: no such run.
            RunBusyError: another process drives it.
            MoveRefusedError: it cannot be moved there; see `Engine.diff_run`.
            ExecutorUnavailableError: a task cannot run here.
        """
        run = self._store.find_run(prefix)
        if run.run_id not in self._ends and run.status in _UNDER_WAY:
            message = f"run {run.run_id} of {run.dag} is driven by another process"
            raise RunBusyError(run.run_id, message)
        loaded = parts.as_in(self._store, run, loaded)
        self._open(loaded.dag)
        if refusal := moving.edit_of(self._store, run, loaded).refusal:
            raise moving.refused(run, refusal)
        is_first = run.run_id not in self._moves
        self._moves[run.run_id] = loaded
        if not is_first:
            return run
        # What was begun in this very turn has its loop in the next one.
        loop = asyncio.get_running_loop()
        loop.call_soon(self._session.part_with, run.run_key)
        return self._see_to(run, self._moved(run))

    async def _moved(self, run: RunRow) -> Driven:
        """Drive on a run that was let go of: as was asked last, or else as it was."""
        session, observer = self._session, self._observer
        loaded = self._moves.pop(run.run_id)
        row = self._store.find_run(run.run_id)
        if row.status in RUN_TERMINAL:
            self._on_trouble(run.run_id, moving.refused(row, f"it is {row.status}"))
            return Driven(run=row)
        if session.is_parting():
            # What runs is to be stopped: that takes somebody who drives it.
            return await resuming.adopt(session, row, observer)
        try:
            driving = moving.move(session, row, loaded, observer)
        except MoveRefusedError as error:
            self._on_trouble(run.run_id, error)
            driving = resuming.adopt(session, row, observer)
        return await driving

    def active(self) -> list[RunRow]:
        """Return the runs driven here, as they stand, in the order they were begun.

        Runs of sub-DAGs are left out: they go with their parents.
        """
        return [self._session.row_of(row.run_key) or row for row in self._rows.values()]

    @property
    def written_bytes(self) -> int:
        """How much the tasks of its runs have written, but for very short ones."""
        return self._session.written_bytes

    def interrupt(self) -> None:
        """Stop starting, TERM what runs; `idle` returns once all of it has ended."""
        self._session.interrupt()

    def leave(self) -> None:
        """Let go of every run and stop nothing: whoever takes one adopts its tasks."""
        self._session.leave()

    def kill(self) -> None:
        """KILL what still runs."""
        self._session.kill()

    async def idle(self) -> None:
        """Return once nothing is driven here."""
        while self._ends:
            await asyncio.wait(self._ends.values())

    def _leave_request(self, prefix: str, request: RunRequest) -> RunRow:
        run = self._store.find_run(prefix)
        if run.run_id not in self._ends:
            return asking.ask(self._store, run.run_id, request)
        asking.refuse_unknown(self._store, run, request.tasks)
        return self._request(run, request)

    def _request(self, run: RunRow, request: RunRequest) -> RunRow:
        self._store.request(run.run_key, request)
        self._session.look_at_requests()
        return run

    def _open(self, dag: Dag | None = None) -> None:
        """Refuse to begin what cannot run here; let `leo.toml` count as it is now."""
        if self._session.is_parting():
            raise LeoError("leo-tui is about to end: nothing more is begun")
        settings = self._session.settings
        if dag is not None:
            refuse_missing(dag, settings.executor)
        self._session.go_by(read_folder_settings(settings.folder))

    def _see_to(self, run: RunRow, driving: Driving) -> RunRow:
        """Drive a run that was just taken, beside the caller; return it."""
        before = self._ends.get(run.run_id)
        self._rows[run.run_id] = run
        self._ends[run.run_id] = end = asyncio.create_task(
            self._drive(run.run_id, before, driving)
        )
        end.add_done_callback(lambda _: self._forget(run.run_id, end))
        return run

    async def _drive(
        self, run_id: str, before: "asyncio.Task[None] | None", driving: Driving
    ) -> None:
        if before is not None:
            # Its end is stored, but it still clears up under the run's name.
            await asyncio.wait([before])
        try:
            await driving
        except Exception as error:  # noqa: BLE001 -- the other runs go on whatever it is
            self._on_trouble(run_id, error)

    def _note_breakdown(self, attendant: "asyncio.Task[None]") -> None:
        """Tell when requests are answered, or leases kept, no more."""
        error = None if attendant.cancelled() else attendant.exception()
        if isinstance(error, Exception):
            self._on_trouble("", error)

    def _forget(self, run_id: str, end: "asyncio.Task[None]") -> None:
        if self._ends.get(run_id) is end:
            del self._ends[run_id], self._rows[run_id]
