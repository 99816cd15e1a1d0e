"""How a new run begins in this process."""

import hashlib
import os
import secrets
from collections.abc import Mapping

import msgspec

from leo_engine import ids
from leo_engine.app import parts
from leo_engine.app.session import Beginning, Driving, Session
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import BatchItemKey, Created, Observer, Prepared, RunRow
from leo_engine.spec.model import Dag, Json
from leo_engine.state.event import RunStarted
from leo_engine.state.machine import RunMachine
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be begun."""

    loaded: LoadedDag
    params: Mapping[str, Json]
    trigger: str = "cli"
    parent_run: str = ""
    parent_task: str = ""


def new_row(session: Session, wanted: NewRun) -> RunRow:
    """Return the row of a run that is not stored yet."""
    settings, dag = session.settings, wanted.loaded.dag
    now_ms = session.clock.now_ms()
    total = sum(not task.is_hook for task in dag.tasks)
    return RunRow(
        run_id=ids.run_id(now_ms, secrets.randbits(80)),
        dag=dag.name,
        dag_hash=wanted.loaded.version.dag_hash,
        file=os.path.relpath(wanted.loaded.path, settings.folder),
        status=RunStatus.PENDING,
        params=wanted.params,
        options={
            "slots": settings.slots,
            "strategy": str(settings.strategy),
            "max_active_runs": dag.max_active_runs,
            **parts.options_of(wanted.loaded),
        },
        trigger=wanted.trigger,
        parent_run=wanted.parent_run,
        parent_task=wanted.parent_task,
        created_ms=now_ms,
        total=total,
        concurrency_key="" if wanted.parent_run else dag.name,
        input_hash=input_hash(wanted.loaded.version.dag_hash, wanted.params),
    )


def input_hash(dag_hash: str, params: Mapping[str, Json]) -> str:
    """Return what tells two runs of the same version with the same parameters apart."""
    digest = hashlib.blake2b(dag_hash.encode(), digest_size=16)
    digest.update(msgspec.json.encode(params, order="deterministic"))
    return digest.hexdigest()


def prepare(
    session: Session,
    row: RunRow,
    loaded: LoadedDag,
    *,
    new: bool,
    batch_item: BatchItemKey | None = None,
) -> Prepared:
    """Store a new run with its DAG version and its tasks, all pending, if it may be."""
    tasks = (
        TaskRow(
            task=task.id,
            status=TaskStatus.PENDING,
            max_attempts=1 + task.retry.retries,
        )
        for task in loaded.dag.tasks
    )
    return session.store.prepare(
        row,
        loaded.version,
        tasks,
        owner=session.owner,
        new=new,
        batch_item=batch_item,
    )


def begin(
    session: Session, row: RunRow, dag: Dag, created: Created, observer: Observer | None
) -> Driving:
    """Drive a run that was just stored to its end."""
    run = msgspec.structs.replace(row, run_key=created.run_key)
    first = RunStarted(
        at_ms=session.clock.now_ms(), dag_hash=row.dag_hash, params=dict(row.params)
    )
    beginning = Beginning(epoch=created.epoch, next_seq=1, first=first)
    return session.drive(run, RunMachine(dag), beginning, observer)
