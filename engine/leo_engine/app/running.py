"""Runs that this process begins or goes on with, and waits for."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from leo_engine.app import resuming, starting
from leo_engine.app.catalogue import load_dag
from leo_engine.app.executors import Executors
from leo_engine.app.following import follow
from leo_engine.app.looking import Looking
from leo_engine.app.session import Session
from leo_engine.app.starting import NewRun
from leo_engine.app.sub_dags import ChildRun, SubDags
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.errors import LeoError, RunBusyError
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import (
    AttemptRequest,
    Busy,
    Created,
    Observer,
    Reuse,
    RunRequest,
    RunRow,
)
from leo_engine.spec.model import Json, SubDag
from leo_engine.spec.params import bind_params
from leo_engine.state.status import RUN_TERMINAL, RunStatus


class Running:
    """What `Engine.run`, `resume` and `retry` do inside one session."""

    def __init__(
        self, session: Session, executors: Executors, looking: Looking
    ) -> None:
        self._session = session
        self._looking = looking
        self._observer: Observer | None = None
        executors.add(
            SubDags(
                begin=self._begin_child,
                reopen=self._reopen_child,
                cancel=session.cancel_run,
            )
        )

    async def run(
        self, commands: Sequence[RunCommand], observer: Observer | None
    ) -> list[RunResult]:
        """Run DAGs side by side; every one that can start is run to its end.

        Raises:
            RunBusyError: something holds a DAG's key; raised once the others ended.
        """
        self._observer = observer
        ends = [asyncio.ensure_future(self._run(one, observer)) for one in commands]
        await asyncio.wait(ends)
        failures = [error for end in ends if (error := end.exception())]
        if failures:
            raise failures[0]
        return [end.result() for end in ends]

    async def _run(self, command: RunCommand, observer: Observer | None) -> RunResult:
        session = self._session
        wanted = NewRun(loaded=command.dag, params=command.params)
        row = starting.new_row(session, wanted)
        prepared = starting.prepare(session, row, command.dag, new=command.new)
        match prepared:
            case Busy(occupant, message):
                raise RunBusyError(occupant, message)
            case Reuse(run_id):
                run = session.store.find_run(run_id)
                return self._result(
                    await follow(session.store, run, observer), followed=True
                )
            case Created():
                dag = command.dag.dag
                return self._result(
                    await starting.begin(session, row, dag, prepared, observer)
                )

    async def resume(
        self,
        run: RunRow,
        loaded: LoadedDag | None,
        texts: Mapping[str, str],
        observer: Observer | None,
    ) -> RunResult:
        """Go on with an ended or interrupted run in a new generation."""
        self._observer = observer
        resuming.refuse_if_owned(run)
        wanted = resuming.plan(self._session.store, run, loaded, texts)
        if run.status in RUN_TERMINAL and all(one.keeps for one in wanted.choices):
            return self._result(run)
        return self._result(await resuming.resume(self._session, wanted, observer))

    async def retry(
        self,
        run: RunRow,
        request: RunRequest,
        observer: Observer | None,
    ) -> RunResult:
        """Run tasks of a run again: here, or by the process that drives it."""
        self._observer = observer
        store = self._session.store
        if run.status in (RunStatus.RUNNING, RunStatus.PENDING):
            store.request(run.run_key, request)
            return self._result(await follow(store, run, observer), followed=True)
        ended = await resuming.retry(
            self._session,
            run,
            request.tasks,
            downstream=request.downstream,
            observer=observer,
        )
        return self._result(ended)

    def _result(self, run: RunRow, *, followed: bool = False) -> RunResult:
        failed = self._looking.failed_tasks(run)
        return RunResult(run=run, followed=followed, failed=failed)

    async def _begin_child(self, request: AttemptRequest, action: SubDag) -> ChildRun:
        """Begin a sub-DAG's run; an earlier attempt's run is resumed, not repeated."""
        session = self._session
        loaded = load_dag(session.settings.folder, action.dag)
        given: dict[str, Json] = msgspec.json.decode(
            action.params, type=dict[str, Json]
        )
        params = bind_params(loaded.dag, given)
        earlier = self._earlier_child(request, params)
        if earlier is not None:
            wanted = resuming.plan(session.store, earlier, loaded, {})
            end = resuming.resume(session, wanted, self._observer)
            return ChildRun(earlier.run_id, end)
        wanted_run = NewRun(
            loaded=loaded,
            params=params,
            trigger="sub-dag",
            parent_run=request.run_id,
            parent_task=request.task,
        )
        row = starting.new_row(session, wanted_run)
        created = starting.prepare(session, row, loaded, new=True)
        if not isinstance(created, Created):
            raise LeoError(f"DAG {action.dag!r} is busy")
        end = starting.begin(session, row, loaded.dag, created, self._observer)
        return ChildRun(row.run_id, end)

    def _earlier_child(
        self, request: AttemptRequest, params: Mapping[str, Json]
    ) -> RunRow | None:
        store = self._session.store
        parent = store.find_run(request.run_id)
        attempts = store.attempts(parent.run_key, request.task)
        handles = [row.handle for row in attempts if row.handle]
        if not handles:
            return None
        child = store.find_run(handles[-1])
        is_same = dict(child.params) == dict(params)
        return child if is_same and child.status is not RunStatus.SUCCEEDED else None

    async def _reopen_child(self, run_id: str) -> ChildRun:
        session = self._session
        run = session.store.find_run(run_id)
        if run.status in RUN_TERMINAL:
            return ChildRun(run_id, _ended(run))
        wanted = resuming.plan(session.store, run, None, {})
        return ChildRun(run_id, resuming.resume(session, wanted, self._observer))


async def _ended(run: RunRow) -> RunRow:
    return run
