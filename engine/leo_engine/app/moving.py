"""Moving a run that is under way to another version of its DAG."""

from collections.abc import Mapping

import msgspec

from leo_engine.app import parts
from leo_engine.app.history import history, stored_dag
from leo_engine.app.session import Beginning, Driving, Session
from leo_engine.app.starting import input_hash
from leo_engine.app.types import RunEdit
from leo_engine.errors import MoveRefusedError, SpecValidationError
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import Observer, RunRow, RunStore
from leo_engine.spec.diff import DagDiff, diff_dags
from leo_engine.spec.model import Dag, Json
from leo_engine.spec.params import bind_params, still_declared
from leo_engine.state.event import RunResumed
from leo_engine.state.machine import RunMachine
from leo_engine.state.status import RUN_TERMINAL, RunStatus


def edit_of(store: RunStore, run: RunRow, loaded: LoadedDag) -> RunEdit:
    """Return what has changed since the run began, and whether it can be moved there.

    O(journal).
    """
    loaded = parts.as_in(store, run, loaded)
    diff = diff_dags(stored_dag(store, run.dag_hash), loaded.dag)
    machine, _ = history(store, run)
    refusal = _refusal(run, machine, loaded)
    if machine is None:
        return RunEdit(run=run, diff=diff, refusal=refusal)
    changed = [*diff.added, *_changed(diff)]
    begun = {name for name in changed if _has_begun(machine, name)}
    return RunEdit(
        run=run,
        diff=diff,
        refusal=refusal,
        applied=tuple(name for name in changed if name not in begun),
        kept=tuple(name for name in changed if name in begun),
    )


def _changed(diff: DagDiff) -> list[str]:
    edges = (*diff.added_edges, *diff.removed_edges)
    rewired = [after for _, after in edges if after not in {*diff.added, *diff.removed}]
    return list(dict.fromkeys([*(one.task for one in diff.changed), *rewired]))


def _has_begun(machine: RunMachine, task: str) -> bool:
    number = machine.graph.index.get(task)
    return number is not None and machine.board.has_begun(number)


def _refusal(run: RunRow, machine: RunMachine | None, loaded: LoadedDag) -> str:
    if run.status in RUN_TERMINAL:
        return f"it is {run.status}"
    if machine is None or run.status is RunStatus.INTERRUPTED:
        return "nothing drives it: resume it instead"
    if loaded.dag.name != run.dag:
        return f"the file holds the DAG {loaded.dag.name!r}"
    if loaded.version.dag_hash == machine.dag_hash:
        return "it has this version already"
    try:
        _params(loaded.dag, run)
    except SpecValidationError as error:
        return error.problems[0].message
    return machine.refusal_to_move(loaded.dag)


def refused(run: RunRow, why: str) -> MoveRefusedError:
    """Return the error for people."""
    return MoveRefusedError(f"run {run.run_id} of {run.dag} keeps its version: {why}")


def _params(dag: Dag, run: RunRow) -> Mapping[str, Json]:
    """Return the run's parameters, as far as the DAG has them, and its new ones."""
    return bind_params(dag, still_declared(dag, run.params))


def move(
    session: Session, run: RunRow, loaded: LoadedDag, observer: Observer | None
) -> Driving:
    """Take over a run that was let go of for this, and drive it on over `loaded`.

    Raises:
        MoveRefusedError: what has happened since it was looked at is in the way.
        RunBusyError: somebody else has taken it.
    """
    store = session.store
    loaded = parts.as_in(store, run, loaded)
    with session.taken(run) as epoch:
        now_ms = session.clock.now_ms()
        machine, next_seq = history(store, run)
        if machine is None or (refusal := machine.refusal_to_move(loaded.dag)):
            raise refused(run, refusal if machine else "it has not started")
        store.keep_version(loaded.version)
        dag_hash, params = loaded.version.dag_hash, dict(_params(loaded.dag, run))
        machine = machine.carried_over(loaded.dag, is_moved=True)
        first = RunResumed(
            at_ms=now_ms,
            generation=machine.generation + 1,
            dag_hash=dag_hash,
            params=params,
            moved=True,
        )
        row = msgspec.structs.replace(
            store.find_run(run.run_id),
            dag_hash=dag_hash,
            params=params,
            input_hash=input_hash(dag_hash, params),
        )
        beginning = Beginning(epoch=epoch, next_seq=next_seq, first=first)
        return session.drive(row, machine, beginning, observer)
