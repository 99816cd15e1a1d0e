"""The runs of sub-DAGs: begun, resumed, taken over and cancelled with their parents."""

from collections.abc import Awaitable, Mapping

import msgspec

from leo_engine.app import resuming, starting
from leo_engine.app.catalogue import load_dag
from leo_engine.app.history import child_of
from leo_engine.app.session import Driven, Session
from leo_engine.app.starting import NewRun
from leo_engine.app.sub_dags import ChildRun, SubDags
from leo_engine.errors import LeoError, RunBusyError
from leo_engine.ports import (
    AttemptRequest,
    Created,
    Observer,
    RunRequest,
    RunRow,
)
from leo_engine.spec.model import Json, SubDag
from leo_engine.spec.params import bind_params
from leo_engine.state.status import RUN_TERMINAL, RunStatus


class ChildRuns:
    """What one session does for the tasks that are sub-DAGs."""

    def __init__(self, session: Session, observer: Observer | None) -> None:
        self._session = session
        self._observer = observer
        self.executor = SubDags(
            begin=self._begin,
            find=self._find,
            reopen=self._reopen,
            cancel=self._cancel,
        )

    async def _begin(self, request: AttemptRequest, action: SubDag) -> ChildRun:
        """Begin a sub-DAG's run; an earlier attempt's run is resumed, not repeated."""
        session = self._session
        loaded = load_dag(session.settings.folder, action.dag)
        given: dict[str, Json] = msgspec.json.decode(
            action.params, type=dict[str, Json]
        )
        params = bind_params(loaded.dag, given)
        earlier = self._earlier(request, params)
        if earlier is not None:
            wanted = resuming.plan(session.store, earlier, loaded, {})
            end = resuming.resume(session, wanted, self._observer)
            return ChildRun(earlier.run_id, _row(end))
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
        return ChildRun(row.run_id, _row(end))

    def _earlier(
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

    def _find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the run that an attempt began before its engine could record it."""
        store = self._session.store
        attempts = store.attempts(store.find_run(run_id).run_key, task)
        (row,) = (row for row in attempts if row.attempt == attempt)
        child = child_of(store, run_id, row)
        return None if child is None else child.run_id

    async def _reopen(self, run_id: str) -> ChildRun:
        return ChildRun(run_id, self._go_on(self._session.store.find_run(run_id)))

    async def _go_on(self, run: RunRow) -> RunRow:
        """See a child that an earlier engine began to its end, whoever drives it."""
        session, driven = self._session, Driven(run=run)
        while driven.run.status not in RUN_TERMINAL and not session.is_parting():
            try:
                driven = await resuming.adopt(session, run, self._observer)
            except RunBusyError:
                driven = await session.follow(run, self._observer)
        return driven.run

    def _cancel(self, run_id: str) -> None:
        if self._session.cancel_run(run_id, "its parent was stopped"):
            return
        store, at_ms = self._session.store, self._session.clock.now_ms()
        run = store.find_run(run_id)
        if run.status not in RUN_TERMINAL:
            store.request(run.run_key, RunRequest(action="cancel", at_ms=at_ms))


async def _row(driven: Awaitable[Driven]) -> RunRow:
    return (await driven).run
