"""Removing ended runs by age, count and size, and what nobody refers to any more.

Each run goes in a transaction of its own, with a line in `audit`: others wait for one
run at most, and a crash leaves whole runs.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from leo_engine.ports import AuditEntry, Removed, RemovedRun, Retention
from leo_engine.store import audit
from leo_engine.store.wording import moment

T = TypeVar("T")

_SLACK = 20
"""One part in so many that a limit may be exceeded by before it is worth removing."""


class Transact(Protocol):
    """Does something in a transaction of its own."""

    def __call__(self, job: Callable[[sqlite3.Cursor], T]) -> T:
        """Return what the job returned."""


class Candidate(msgspec.Struct, frozen=True):
    """An ended run, as retention sees it."""

    run_key: int
    run_id: str
    dag: str
    ended_ms: int
    size_bytes: int
    """Its share of the database, estimated by its share of all events and tasks."""


def preview(connection: sqlite3.Connection, limits: Retention, now_ms: int) -> Removed:
    """Return what `remove` would do."""
    doomed = list(_condemned(connection, limits, now_ms))
    keys = f"[{','.join(str(run.run_key) for run, _ in doomed)}]"
    (dag_versions,) = connection.execute(_COUNT_VERSIONS, (keys,)).fetchone()
    (batches,) = connection.execute(_COUNT_BATCHES, (keys,)).fetchone()
    return Removed(
        runs=tuple(
            RemovedRun(run_id=run.run_id, dag=run.dag, reason=reason)
            for run, reason in doomed
        ),
        dag_versions=dag_versions,
        batches=batches,
        freed_bytes=sum(run.size_bytes for run, _ in doomed),
    )


def remove(
    connection: sqlite3.Connection,
    transact: Transact,
    limits: Retention,
    now_ms: int,
) -> Removed:
    """Remove the runs that a limit is against, and what only they referred to."""
    used_bytes = _used_bytes(connection)
    runs = [
        removed
        for run, reason in list(_condemned(connection, limits, now_ms))
        if (removed := transact(partial(_remove_run, run, reason, now_ms)))
    ]
    return Removed(
        runs=tuple(runs),
        dag_versions=transact(partial(_remove_versions, now_ms)),
        batches=transact(partial(_remove_batches, now_ms)),
        freed_bytes=max(0, used_bytes - _used_bytes(connection)),
    )


# An interrupted run is not ended: it can be resumed, and its attempts may still run.
_SELECT_ENDED = """
SELECT run_key, run_id, dag, coalesce(ended_ms, created_ms) AS ended_ms, weight
FROM (
    SELECT runs.*, total + 1
        + (SELECT coalesce(max(seq), 0) FROM events e WHERE e.run_key = runs.run_key)
        AS weight
    FROM runs
) LEFT JOIN leases USING (run_key)
WHERE status NOT IN ('pending', 'running') AND coalesce(owner, '') = ''
ORDER BY created_ms, run_key"""

_SUM_WEIGHTS = """
SELECT total(total + 1) + (
    SELECT total(last) FROM (SELECT max(seq) AS last FROM events GROUP BY run_key)
) FROM runs"""


def _condemned(
    connection: sqlite3.Connection, limits: Retention, now_ms: int
) -> Iterator[tuple[Candidate, str]]:
    """Return each run to remove and why, oldest first."""
    used_bytes = _used_bytes(connection)
    ended = _candidates(connection, used_bytes)
    newer = Counter(run.dag for run in ended)
    for run in ended:
        newer[run.dag] -= 1
        reason = _reason(run, limits, now_ms=now_ms, newer=newer[run.dag])
        if not reason and _is_over(used_bytes, limits.max_bytes):
            reason = f"the database is larger than {limits.max_bytes} bytes"
        if reason:
            used_bytes -= run.size_bytes
            yield run, reason


def _candidates(connection: sqlite3.Connection, used_bytes: int) -> list[Candidate]:
    (whole,) = connection.execute(_SUM_WEIGHTS).fetchone()
    return [
        Candidate(key, run_id, dag, ended_ms, int(used_bytes * weight / whole))
        for key, run_id, dag, ended_ms, weight in connection.execute(_SELECT_ENDED)
    ]


def _reason(run: Candidate, limits: Retention, *, now_ms: int, newer: int) -> str:
    if limits.run_id == run.run_id:
        return "somebody asked for it"
    age_ms = limits.older_than_ms
    if age_ms is not None and now_ms - run.ended_ms > age_ms:
        return f"ended {moment(run.ended_ms)}, longer ago than runs are kept"
    if limits.keep_runs is not None and newer >= limits.keep_runs:
        return f"{newer} newer runs of {run.dag!r} have ended"
    return ""


def _is_over(size_bytes: int, limit_bytes: int | None) -> bool:
    return limit_bytes is not None and size_bytes > limit_bytes


_USED_BYTES = """
SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size"""


def _used_bytes(connection: sqlite3.Connection) -> int:
    return int(connection.execute(_USED_BYTES).fetchone()[0])


_DELETE_RUN = """
DELETE FROM runs WHERE run_key = ? AND status NOT IN ('pending', 'running')
AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.run_key = runs.run_key AND owner <> '')
"""


def _remove_run(
    run: Candidate, reason: str, now_ms: int, cursor: sqlite3.Cursor
) -> RemovedRun | None:
    """Remove a run and all that belongs to it; None when somebody took it meanwhile."""
    cursor.execute(_DELETE_RUN, (run.run_key,))
    if not cursor.rowcount:
        return None
    entry = AuditEntry(
        at_ms=now_ms,
        action="remove run",
        run_id=run.run_id,
        subject=run.dag,
        reason=reason,
    )
    audit.record(cursor, entry)
    return RemovedRun(run_id=run.run_id, dag=run.dag, reason=reason)


_DELETE_VERSIONS = """
DELETE FROM dag_versions WHERE dag_hash NOT IN (SELECT dag_hash FROM runs)"""


def _remove_versions(now_ms: int, cursor: sqlite3.Cursor) -> int:
    cursor.execute(_DELETE_VERSIONS)
    return _recorded(cursor, now_ms, "remove DAG versions", "no run refers to them")


_COUNT_VERSIONS = """
SELECT count(*) FROM dag_versions WHERE dag_hash NOT IN (
    SELECT dag_hash FROM runs WHERE run_key NOT IN (SELECT value FROM json_each(?)))"""

# One that has just been stored has no runs either: it is younger than those there are.
_COUNT_BATCHES = """
WITH kept AS (
    SELECT run_id, created_ms FROM runs
    WHERE run_key NOT IN (SELECT value FROM json_each(?)))
SELECT count(*) FROM batches WHERE created_ms < (SELECT min(created_ms) FROM kept)
AND NOT EXISTS (
    SELECT 1 FROM batch_items AS item JOIN kept USING (run_id)
    WHERE item.batch_id = batches.batch_id)"""

_DELETE_BATCHES = """
DELETE FROM batches WHERE created_ms < (SELECT min(created_ms) FROM runs)
AND NOT EXISTS (
    SELECT 1 FROM batch_items AS item JOIN runs USING (run_id)
    WHERE item.batch_id = batches.batch_id)"""

_DELETE_FREED_STAGING = """
DELETE FROM staging WHERE state = 'freed' AND run_id NOT IN (SELECT run_id FROM runs)"""


def _remove_batches(now_ms: int, cursor: sqlite3.Cursor) -> int:
    # That staging was freed is in the audit already.
    cursor.execute(_DELETE_FREED_STAGING)
    cursor.execute(_DELETE_BATCHES)
    return _recorded(cursor, now_ms, "remove batches", "their runs were removed")


def _recorded(cursor: sqlite3.Cursor, now_ms: int, action: str, reason: str) -> int:
    """Return how many rows the last statement removed, having recorded it."""
    count = cursor.rowcount
    if count:
        entry = AuditEntry(
            at_ms=now_ms, action=action, subject=str(count), reason=reason
        )
        audit.record(cursor, entry)
    return count


_COUNT_OF_ONE_DAG = """
SELECT coalesce(max(ended), 0) FROM (
    SELECT count(*) AS ended FROM runs
    WHERE status NOT IN ('pending', 'running') GROUP BY dag)"""

# By `created_ms` first, for its index: no run ends before it is created.
_HAS_OLDER = """
SELECT EXISTS (
    SELECT 1 FROM runs WHERE created_ms < ?1
    AND status NOT IN ('pending', 'running') AND coalesce(ended_ms, created_ms) < ?1)"""


def exceeds(connection: sqlite3.Connection, limits: Retention, now_ms: int) -> bool:
    """Tell whether a limit is exceeded by more than a twentieth."""
    if limits.max_bytes is not None and _is_well_over(
        _used_bytes(connection), limits.max_bytes
    ):
        return True
    if limits.older_than_ms is not None:
        before_ms = now_ms - limits.older_than_ms - limits.older_than_ms // _SLACK
        if connection.execute(_HAS_OLDER, (before_ms,)).fetchone()[0]:
            return True
    if limits.keep_runs is None:
        return False
    (most,) = connection.execute(_COUNT_OF_ONE_DAG).fetchone()
    return _is_well_over(most, limits.keep_runs)


def _is_well_over(value: int, limit: int) -> bool:
    return value > limit + limit // _SLACK
