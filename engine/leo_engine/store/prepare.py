"""A new run, or what is in its way: decided and stored in one transaction."""

import sqlite3
from collections.abc import Iterable

from leo_engine.errors import RunBusyError
from leo_engine.ports import (
    Busy,
    Created,
    DagVersion,
    Lease,
    Prepared,
    Reuse,
    RunRow,
    Taken,
)
from leo_engine.state.rows import TaskRow
from leo_engine.store import leases, run_codec
from leo_engine.store.leases import Tenure
from leo_engine.store.projections import insert_tasks
from leo_engine.store.wording import moment, run_gone


def prepare(
    cursor: sqlite3.Cursor,
    run: RunRow,
    version: DagVersion,
    tasks: Iterable[TaskRow],
    *,
    tenure: Tenure,
    new: bool,
) -> Prepared:
    """Create the run unless runs under way fill its concurrency key.

    Only runs whose lease holds count: one that was interrupted is in nobody's way.
    Without a key nothing is in the way.
    """
    under_way = active_runs(cursor, run.concurrency_key, tenure)
    same = [active for active in under_way if active.input_hash == run.input_hash]
    if same and run.input_hash and not new:
        return Reuse(same[0].run_id)
    if len(under_way) >= max_active_runs(run):
        return Busy(under_way[0].run_id, busy_message(under_way[0]))
    keep_version(cursor, version)
    cursor.execute(_INSERT_RUN, run_codec.run_values(run))
    run_key = cursor.lastrowid or 0
    insert_tasks(cursor, run_key, tasks)
    epoch = leases.first_lease(cursor, run_key, tenure)
    return Created(run_key, epoch, tenure.until.monotonic_ms)


_SELECT_STANDING = """
SELECT run_id FROM runs WHERE input_hash = ? AND dag = ? AND parent_run = ''
ORDER BY created_ms DESC, run_key DESC LIMIT 1"""


def standing(cursor: sqlite3.Cursor, run: RunRow) -> Reuse | None:
    """Return the newest run with the same inputs, however it stands; None if none."""
    if not run.input_hash:
        return None
    row = cursor.execute(_SELECT_STANDING, (run.input_hash, run.dag)).fetchone()
    return None if row is None else Reuse(row["run_id"])


def take_over(cursor: sqlite3.Cursor, run_key: int, tenure: Tenure) -> Taken:
    """Make an ended or abandoned run the tenant's.

    Raises:
        RunBusyError: it has a living owner, or other runs fill its concurrency key.
        RunNotFoundError: it does not exist.
    """
    row = cursor.execute(_SELECT_RUN, (run_key,)).fetchone()
    if row is None:
        raise run_gone(run_key)
    run, lease = run_codec.run_of(row, is_owned=True), run_codec.lease_of(row)
    if tenure.respects(lease):
        raise RunBusyError(run.run_id, owned_message(run, lease))
    others = active_runs(cursor, run.concurrency_key, tenure)
    if len(others) >= max_active_runs(run):
        raise RunBusyError(others[0].run_id, busy_message(others[0]))
    return Taken(
        epoch=leases.take(cursor, lease, tenure),
        owned_until_ms=tenure.until.monotonic_ms,
        former_owner=lease.owner,
    )


_SELECT_RUN = "SELECT * FROM runs JOIN leases USING (run_key) WHERE run_key = ?"

_INSERT_RUN = """
INSERT INTO runs (
    run_id, dag, dag_hash, file, status, generation, params, options, "trigger",
    parent_run, parent_task, created_ms, started_ms, ended_ms, paused, error, total,
    succeeded, failed, blocked, skipped, concurrency_key, input_hash
) VALUES (
    :run_id, :dag, :dag_hash, :file, :status, :generation, :params, :options, :trigger,
    :parent_run, :parent_task, :created_ms, :started_ms, :ended_ms, :paused, :error,
    :total, :succeeded, :failed, :blocked, :skipped, :concurrency_key,
    :input_hash
)"""

_PUT_VERSION = """
INSERT INTO dag_versions (
    dag_hash, name, source_format, source, resolved, sources
) VALUES (:dag_hash, :name, :source_format, :source, :resolved, :sources)
ON CONFLICT DO NOTHING"""


def keep_version(cursor: sqlite3.Cursor, version: DagVersion) -> None:
    """Store a DAG version unless its hash is known."""
    cursor.execute(_PUT_VERSION, run_codec.version_values(version))


_SELECT_HELD = """
SELECT * FROM leases JOIN runs USING (run_key)
WHERE owner <> '' AND concurrency_key = ? ORDER BY run_key"""


def active_runs(cursor: sqlite3.Cursor, key: str, tenure: Tenure) -> list[RunRow]:
    """Return the runs under a key whose lease holds, oldest first; none for no key."""
    if not key:
        return []
    return [
        run_codec.run_of(row, is_owned=True)
        for row in cursor.execute(_SELECT_HELD, (key,)).fetchall()
        if tenure.respects(run_codec.lease_of(row))
    ]


def max_active_runs(run: RunRow) -> int:
    """Return how many runs may be active under the run's key."""
    wanted = run.options.get("max_active_runs", 1)
    return wanted if isinstance(wanted, int) and wanted > 0 else 1


def busy_message(occupant: RunRow) -> str:
    """Return why a run has to wait, for people."""
    return (
        f"run {occupant.run_id} of {occupant.dag!r} is under way since "
        f"{moment(occupant.created_ms)} and holds {occupant.concurrency_key!r}"
    )


def owned_message(run: RunRow, lease: Lease) -> str:
    """Return why a run cannot be taken, for people."""
    return (
        f"run {run.run_id} of {run.dag!r} is driven by another process: {lease.owner}"
    )
