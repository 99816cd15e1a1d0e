"""Runs that this process begins or goes on with, and waits for."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from leo_engine.app import resuming, starting
from leo_engine.app.looking import Looking
from leo_engine.app.session import Driven, Session
from leo_engine.app.starting import NewRun
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.errors import RunBusyError, RunEndedError
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import (
    Busy,
    Created,
    Observer,
    Reuse,
    RunFilter,
    RunRequest,
    RunRow,
)
from leo_engine.spec.model import Dag
from leo_engine.state.status import RUN_TERMINAL, RunStatus

if TYPE_CHECKING:
    from leo_engine.app.batch_types import BatchObserver, BatchResult, LoadedPlan

_OPEN = (RunStatus.INTERRUPTED, RunStatus.RUNNING, RunStatus.PENDING)
_MOST_ADOPTED = 1_000
"""Interrupted runs of one DAG that are looked at; mostly there is one at most."""


OnBusy = Callable[[RunCommand, RunBusyError], None]
"""Is told at once what holds the key of a command's DAG."""


class Running:
    """What `Engine.run`, `resume` and `retry` do inside one session."""

    def __init__(
        self, session: Session, looking: Looking, observer: Observer | None
    ) -> None:
        self._session = session
        self._looking = looking
        self._observer = observer

    async def preflight(self, dags: Iterable[Dag]) -> None:
        """Ask what the DAGs run on whether it can be used.

        Raises:
            ExecutorUnavailableError: it cannot; says what to do about it.
        """
        await self._session.preflight(dags)

    async def run(
        self,
        commands: Sequence[RunCommand],
        *,
        adopt: bool,
        on_busy: OnBusy | None = None,
    ) -> list[RunResult]:
        """Run DAGs side by side; every one that can start is run to its end.

        With `adopt`, interrupted runs of the DAGs are gone on with first; one of them
        may be what is asked for.

        Raises:
            RunBusyError: something holds a DAG's key; raised once the others ended,
                unless `on_busy` was told of it.
        """
        ends = [
            asyncio.ensure_future(self._run_or_tell(one, adopt=adopt, on_busy=on_busy))
            for one in commands
        ]
        await asyncio.wait(ends)
        failures = [error for end in ends if (error := end.exception())]
        if failures:
            raise failures[0]
        return [self._result(driven) for end in ends for driven in end.result()]

    async def _run_or_tell(
        self, command: RunCommand, *, adopt: bool, on_busy: OnBusy | None
    ) -> list[Driven]:
        try:
            return await self._run(command, adopt=adopt)
        except RunBusyError as busy:
            if on_busy is None:
                raise
            on_busy(command, busy)
            return []

    async def _run(self, command: RunCommand, *, adopt: bool) -> list[Driven]:
        """Return the runs that were adopted for the command, and its own one last."""
        ended: list[Driven] = []
        wanted = NewRun(loaded=command.dag, params=command.params)
        row = starting.new_row(self._session, wanted)
        while not self._session.is_parting():
            if adopt:
                # What was followed until its owner was gone is ours to go on with.
                ended = [one for one in ended if not _is_interrupted(one)]
                ended += await self._go_on(row, new=command.new)
            if not any(map(_is_interrupted, ended)):
                is_answer = any(_answers(row, one) for one in ended)
                if self._session.is_parting() or (is_answer and not command.new):
                    break
                ended.append(await self._prepared(command, row))
            if not (adopt and any(map(_is_interrupted, ended))):
                break
        return ended

    async def batch(
        self, plan: "LoadedPlan", *, new: bool, observer: "BatchObserver"
    ) -> "BatchResult":
        """Run the entries of a plan to their ends."""
        from leo_engine.app.batches import BatchRun  # noqa: PLC0415 -- only for batches

        return await BatchRun(self._session, plan, new=new, observer=observer).run()

    async def _prepared(self, command: RunCommand, row: RunRow) -> Driven:
        session, observer = self._session, self._observer
        prepared = starting.prepare(session, row, command.dag, new=command.new)
        match prepared:
            case Busy(occupant, message):
                raise RunBusyError(occupant, message)
            case Reuse(run_id):
                return await session.follow(session.store.find_run(run_id), observer)
            case Created():
                dag = command.dag.dag
                return await starting.begin(session, row, dag, prepared, observer)

    async def _go_on(self, wanted: RunRow, *, new: bool) -> list[Driven]:
        """Go on with the interrupted runs of the DAG wanted, the oldest first.

        One that another process drives is followed if it is what is wanted: it may be
        interrupted before it could be asked for.
        """
        of_dag = RunFilter(
            dag=wanted.dag, statuses=_OPEN, limit=_MOST_ADOPTED, descending=False
        )
        ended = []
        for run in self._session.store.runs(of_dag):
            if run.parent_run or self._session.is_parting():
                continue
            is_wanted = not new and run.input_hash == wanted.input_hash
            driven = await self._go_on_with(run, is_wanted=is_wanted)
            if driven is not None:
                ended.append(driven)
        return ended

    async def _go_on_with(self, run: RunRow, *, is_wanted: bool) -> Driven | None:
        """Adopt a run if it is interrupted, else follow it if it is wanted."""
        if run.status is RunStatus.INTERRUPTED:
            try:
                return await resuming.adopt(self._session, run, self._observer)
            except RunBusyError as busy:
                if busy.occupant != run.run_id:
                    return None
        if not is_wanted:
            return None
        return await self._session.follow(run, self._observer)

    async def end(self, run: RunRow, *, by: str) -> RunResult:
        """Stop what still runs of an interrupted run, and record it as cancelled.

        Raises:
            RunEndedError: it has ended.
            RunBusyError: a living process drives it.
        """
        if run.status in RUN_TERMINAL:
            raise RunEndedError(f"run {run.run_id} is {run.status}")
        return self._result(
            await resuming.end(self._session, run, self._observer, by=by)
        )

    async def resume(
        self,
        run: RunRow,
        loaded: LoadedDag | None,
        texts: Mapping[str, str],
    ) -> RunResult:
        """Go on with an ended or interrupted run in a new generation."""
        resuming.refuse_if_owned(run)
        wanted = resuming.plan(self._session.store, run, loaded, texts)
        if run.status in RUN_TERMINAL and all(one.keeps for one in wanted.choices):
            return self._result(Driven(run=run))
        return await self.go_over(wanted)

    async def go_over(self, wanted: resuming.Resumption) -> RunResult:
        """Drive the next generation of a run as it was worked out."""
        return self._result(
            await resuming.resume(self._session, wanted, self._observer)
        )

    async def grant(self, run: RunRow, request: RunRequest) -> RunResult:
        """Retry or mark tasks of a run: here, or by the process that drives it."""
        store = self._session.store
        if run.status in (RunStatus.RUNNING, RunStatus.PENDING):
            store.request(run.run_key, request)
            return self._result(await self._session.follow(run, self._observer))
        ended = await resuming.grant(self._session, run, request, self._observer)
        return self._result(ended)

    def _result(self, driven: Driven) -> RunResult:
        return RunResult(
            run=driven.run,
            followed=driven.followed,
            adopted=driven.adopted,
            failed=self._looking.failed_tasks(driven.run),
        )


def _answers(wanted: RunRow, driven: Driven) -> bool:
    return driven.run.input_hash == wanted.input_hash and not _is_interrupted(driven)


def _is_interrupted(driven: Driven) -> bool:
    return driven.run.status is RunStatus.INTERRUPTED
