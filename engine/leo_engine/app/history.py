"""What the store holds of a run's past: its DAG as it was, its machine as it stood."""

from collections.abc import Iterator

import msgspec

from leo_engine.errors import StoreError
from leo_engine.ports import RunFilter, RunRow, RunStore
from leo_engine.spec.model import Dag
from leo_engine.state.event import Event
from leo_engine.state.machine import RunMachine
from leo_engine.state.replay import replay
from leo_engine.state.rows import AttemptRow

_MOST_SEARCHED = 10_000
"""Runs younger than an attempt, among which its child is looked for."""


def stored_dag(store: RunStore, dag_hash: str) -> Dag:
    """Return a DAG as it was when a run of it began."""
    version = store.dag_version(dag_hash)
    try:
        return msgspec.json.decode(version.resolved, type=Dag)
    except msgspec.ValidationError as error:
        message = f"DAG version {dag_hash[:12]} was stored by another leo-tui: {error}"
        raise StoreError(message) from error


def history(store: RunStore, run: RunRow) -> tuple[RunMachine | None, int]:
    """Return the machine as the journal leaves it, and the next event's number."""
    last = 0

    def events() -> Iterator[Event]:
        nonlocal last
        for stored in store.events(run.run_key):
            last = stored.seq
            yield stored.event

    machine = replay(events(), lambda dag_hash: stored_dag(store, dag_hash))
    return machine, last + 1


def child_of(store: RunStore, run_id: str, row: AttemptRow) -> RunRow | None:
    """Return the run that an attempt of a sub-DAG began, recorded by it or not yet."""
    if row.handle:
        return store.find_run(row.handle)
    younger = store.runs(RunFilter(since_ms=row.started_ms, limit=_MOST_SEARCHED))
    of_task = (run_id, row.task)
    return next(
        (run for run in younger if (run.parent_run, run.parent_task) == of_task), None
    )
