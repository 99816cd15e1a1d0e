"""Going on with a run: adopt, end, resume, retry, and what these would do.

Whoever asks owns the run when the call returns; what is returned, awaited, drives it to
its end and gives it back.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from leo_engine.app.asking import refuse_unknown
from leo_engine.app.catalogue import current_dag
from leo_engine.app.history import history, stored_dag
from leo_engine.app.session import Beginning, Driven, Driving, Session
from leo_engine.app.starting import input_hash
from leo_engine.app.types import ResumeChoice, ResumePreview
from leo_engine.errors import RunBusyError, StoreError
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import DagVersion, Observer, RunRequest, RunRow, RunStore
from leo_engine.scheduler.requests import event_of, tasks_to_retry
from leo_engine.spec.definition_hash import definition_hashes
from leo_engine.spec.model import Dag, Json
from leo_engine.spec.params import bind_params, still_declared
from leo_engine.state.event import (
    Event,
    RunAdopted,
    RunCancelRequested,
    RunResumed,
    RunStarted,
    TasksReset,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.resume import Decision, Version, plan_resume
from leo_engine.state.status import RUN_TERMINAL, TERMINAL, RunStatus, TaskStatus

_ADOPTED = "under way: adopted"


class Resumption(msgspec.Struct, frozen=True):
    """What the next generation of a run is to be."""

    run: RunRow
    dag: Dag
    version: DagVersion
    params: Mapping[str, Json]
    choices: tuple[ResumeChoice, ...]

    @property
    def reset(self) -> tuple[str, ...]:
        """Tasks that start afresh."""
        return tuple(
            choice.task
            for choice in self.choices
            if not choice.keeps and choice.reason != _ADOPTED
        )

    @property
    def preview(self) -> ResumePreview:
        """What to show of it."""
        return ResumePreview(run=self.run, choices=self.choices, params=self.params)


def plan(
    store: RunStore, run: RunRow, loaded: LoadedDag | None, texts: Mapping[str, str]
) -> Resumption:
    """Work out what a resume keeps and what it runs.

    `loaded` is the DAG file as it is now, None when it is gone: then the version the
    run began with is used. `texts` are parameters that win over those of the run.

    Raises:
        SpecValidationError: a parameter does not fit.
    """
    old = stored_dag(store, run.dag_hash)
    dag = old if loaded is None else loaded.dag
    version = store.dag_version(run.dag_hash) if loaded is None else loaded.version
    params = bind_params(dag, {**still_declared(dag, run.params), **texts})
    changed = [name for name in params if params[name] != run.params.get(name)]
    rows = {row.task: row for row in store.tasks(run.run_key)}
    decisions = plan_resume(
        Version(old, definition_hashes(old, run.params)),
        Version(dag, definition_hashes(dag, params)),
        rows,
        changed,
    )
    running = {task for task, row in rows.items() if row.status is TaskStatus.RUNNING}
    choices = tuple(_choice(decision, running) for decision in decisions)
    return Resumption(run, dag, version, params, choices)


def _choice(decision: Decision, running: set[str]) -> ResumeChoice:
    if decision.task in running and decision.reason == "had not ended":
        return ResumeChoice(decision.task, keeps=False, reason=_ADOPTED)
    return ResumeChoice(decision.task, not decision.runs, decision.reason)


def refuse_if_owned(run: RunRow) -> None:
    """Raise `RunBusyError` when a living process drives the run."""
    if run.status in (RunStatus.RUNNING, RunStatus.PENDING):
        message = f"run {run.run_id} of {run.dag} is under way in another process"
        raise RunBusyError(run.run_id, message)


def _refuse_if_gone_on(store: RunStore, run: RunRow) -> None:
    """Raise `RunBusyError` when a run is not any more what was looked at.

    What was decided then may be to run again what has succeeded since.
    """
    now = store.find_run(run.run_id)
    if msgspec.structs.replace(now, status=run.status) != run:
        message = f"run {run.run_id} of {run.dag} has gone on in another process"
        raise RunBusyError(run.run_id, message)


def adopt(
    session: Session,
    run: RunRow,
    observer: Observer | None,
    *,
    then: Sequence[Event] = (),
) -> Driving:
    """Take over a run whose owner is gone, and drive it on: nothing is reset.

    What runs is waited for, what ended meanwhile is recorded, what is ready starts.
    `then` happens right after. A run that has ended meanwhile is left as it is.

    Raises:
        RunBusyError: a living process owns it, or others fill its concurrency key.
    """
    store = session.store
    with session.taken(run) as epoch:
        now_ms = session.clock.now_ms()
        machine, next_seq = history(store, run)
        first: Event = RunAdopted(at_ms=now_ms, owner=session.owner, epoch=epoch)
        if machine is None:
            machine = RunMachine(stored_dag(store, run.dag_hash))
            first = RunStarted(
                at_ms=now_ms, dag_hash=run.dag_hash, params=dict(run.params)
            )
        elif machine.is_finished:
            store.release(run.run_key, epoch=epoch)
            now = store.find_run(run.run_id)
            return _nothing_to_drive(Driven(run=now, followed=True))
        beginning = Beginning(
            epoch=epoch,
            next_seq=next_seq,
            first=first,
            outstanding=machine.outstanding(now_ms),
            then=then,
        )
        return _as_adopted(session.drive(run, machine, beginning, observer))


async def _as_adopted(driving: Driving) -> Driven:
    return msgspec.structs.replace(await driving, adopted=True)


async def _nothing_to_drive(driven: Driven) -> Driven:
    return driven


def end(
    session: Session, run: RunRow, observer: Observer | None, *, by: str
) -> Driving:
    """Take over a run whose owner is gone, stop what still runs, record its end.

    Raises:
        RunBusyError: a living process owns it, or others fill its concurrency key.
    """
    asked = RunCancelRequested(at_ms=session.clock.now_ms(), by=by)
    return adopt(session, run, observer, then=(asked,))


def resume(session: Session, wanted: Resumption, observer: Observer | None) -> Driving:
    """Take the run over and drive its next generation to the end.

    Raises:
        RunBusyError: a living process owns it, or others fill its concurrency key, or
            another process has gone on with it since `wanted` was worked out.
    """
    run, store = wanted.run, session.store
    with session.taken(run) as epoch:
        _refuse_if_gone_on(store, run)
        now_ms = session.clock.now_ms()
        machine, next_seq = history(store, run)
        store.keep_version(wanted.version)
        dag_hash, params = wanted.version.dag_hash, dict(wanted.params)
        first: Event
        if machine is None:
            machine = RunMachine(wanted.dag)
            first = RunStarted(at_ms=now_ms, dag_hash=dag_hash, params=params)
        else:
            machine = machine.carried_over(wanted.dag)
            first = RunResumed(
                at_ms=now_ms,
                generation=machine.generation + 1,
                dag_hash=dag_hash,
                params=params,
                reset=wanted.reset,
            )
        row = msgspec.structs.replace(
            run,
            dag_hash=dag_hash,
            params=params,
            input_hash=input_hash(dag_hash, params),
        )
        beginning = Beginning(epoch=epoch, next_seq=next_seq, first=first)
        return session.drive(row, machine, beginning, observer)


def grant(
    session: Session, run: RunRow, request: RunRequest, observer: Observer | None
) -> Driving:
    """Take a run over that nobody drives, retry or mark tasks, drive it to its end.

    Raises:
        UnknownTaskError: the DAG has no such task.
        RunBusyError: a living process owns it, or others fill its concurrency key.
    """
    store = session.store
    with session.taken(run) as epoch:
        machine, next_seq = history(store, run)
        if machine is None:
            message = f"run {run.run_id} has not started: resume it instead"
            raise StoreError(message)
        now_ms = session.clock.now_ms()
        asked = event_of(request, machine, now_ms)
        if asked is None and machine.is_finished:
            store.release(run.run_key, epoch=epoch)
            return _nothing_to_drive(Driven(run=run))
        events: list[Event] = []
        if not machine.is_finished:
            events.append(RunAdopted(at_ms=now_ms, owner=session.owner, epoch=epoch))
        if asked is not None:
            events.append(asked)
        beginning = Beginning(
            epoch=epoch,
            next_seq=next_seq,
            first=events[0],
            outstanding=machine.outstanding(now_ms),
            then=events[1:],
        )
        return session.drive(run, machine, beginning, observer)


def plan_retry_over_file(
    folder: Path,
    store: RunStore,
    run: RunRow,
    tasks: tuple[str, ...],
    *,
    downstream: bool,
) -> Resumption | None:
    """Work out a retry of an ended run over its file as it is now.

    What is not retried keeps what it has, edited or not; tasks that the run did not
    have before run. None where the run keeps its version: it has not ended, or its file
    is gone.

    Raises:
        UnknownTaskError: the run has no such task.
        SpecError: the file is wrong, or the run's parameters do not fit it.
    """
    refuse_unknown(store, run, tasks)
    if run.status not in RUN_TERMINAL:
        return None
    loaded = current_dag(folder, store, run)
    if loaded is None:
        return None
    as_it_was = preview_retry(store, run, tasks, downstream=downstream)
    choices = {choice.task: choice for choice in as_it_was.choices}
    dag = loaded.dag
    return Resumption(
        run=run,
        dag=dag,
        version=loaded.version,
        params=bind_params(dag, still_declared(dag, run.params)),
        choices=tuple(
            choices.get(task.id) or ResumeChoice(task.id, keeps=False, reason="new")
            for task in dag.tasks
        ),
    )


def preview_retry(
    store: RunStore, run: RunRow, tasks: tuple[str, ...], *, downstream: bool
) -> ResumePreview:
    """Return what a retry runs: the tasks, and what did not run because of them."""
    machine, _ = history(store, run)
    rows = store.tasks(run.run_key)
    if machine is None:
        choices = [
            ResumeChoice(row.task, keeps=False, reason="had not started")
            for row in rows
        ]
        return ResumePreview(run, tuple(choices), run.params)
    chosen = set(tasks_to_retry(machine, tasks, downstream=downstream))
    under_way = {
        row.task
        for row in rows
        if row.status not in TERMINAL and row.task not in chosen
    }
    machine.handle(TasksReset(at_ms=run.created_ms, tasks=tuple(chosen)))
    choices = []
    for row in rows:
        is_settled = machine.board.is_settled(machine.index(row.task))
        reason = "retried" if row.task in chosen else "waits for a retried task"
        if row.task in under_way:
            reason = "had not ended"
        kept = f"{row.status} in generation {row.generation}"
        choices.append(
            ResumeChoice(row.task, is_settled, kept if is_settled else reason)
        )
    return ResumePreview(run, tuple(choices), run.params)
