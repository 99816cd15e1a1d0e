"""Looks at runs and what belongs to them. Every function is given a connection."""

import sqlite3
from itertools import islice

import msgspec

from leo_engine.errors import StoreError
from leo_engine.ports import DagVersion, Instant, LeaseJudge, RunFilter, RunRow
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import RunStatus
from leo_engine.store import codec, run_codec
from leo_engine.store.wording import run_gone


class Present(msgspec.Struct, frozen=True):
    """What it takes to tell a run that goes on from one that nobody owns."""

    now: Instant
    judge: LeaseJudge

    def run_of(self, row: sqlite3.Row) -> RunRow:
        """Return the run of a row of `runs` joined with `leases`."""
        owner: str | None = row["owner"]
        is_owned = bool(owner) and self.judge(run_codec.lease_of(row), self.now)
        return run_codec.run_of(row, is_owned=is_owned)


_SELECT_RUNS = """
SELECT * FROM runs LEFT JOIN leases USING (run_key)
WHERE (:dag = '' OR dag = :dag) AND (:file = '' OR file = :file)
AND (:since_ms IS NULL OR created_ms >= :since_ms)
AND (:statuses = '[]' OR status IN (SELECT value FROM json_each(:statuses)))
ORDER BY """

_ORDERS = {
    ("created", True): "created_ms DESC, run_key DESC",
    ("created", False): "created_ms, run_key",
    ("duration", True): "coalesce(ended_ms, :now_ms) - started_ms DESC, run_key DESC",
    ("duration", False): "coalesce(ended_ms, :now_ms) - started_ms, run_key DESC",
    ("dag", True): "dag DESC, created_ms DESC, run_key DESC",
    ("dag", False): "dag, created_ms DESC, run_key DESC",
    ("status", True): "created_ms DESC, run_key DESC",
    ("status", False): "created_ms DESC, run_key DESC",
}

_UNDER_WAY = frozenset({RunStatus.PENDING, RunStatus.RUNNING})


def runs(
    connection: sqlite3.Connection, wanted: RunFilter, present: Present
) -> list[RunRow]:
    """Return the runs that match, sorted.

    `interrupted` is not in the table, it is found out row by row: a filter or an order
    that speaks of it reads more rows than it returns.
    """
    rows = connection.execute(
        _SELECT_RUNS + _ORDERS[wanted.sort, wanted.descending],
        {
            "dag": wanted.dag,
            "file": wanted.file,
            "since_ms": wanted.since_ms,
            "now_ms": present.now.wall_ms,
            "statuses": codec.json_text(sorted(_stored(wanted.statuses))),
        },
    )
    found = (present.run_of(row) for row in rows)
    matching = (
        run for run in found if not wanted.statuses or run.status in wanted.statuses
    )
    if wanted.sort == "status":
        ordered = sorted(
            matching, key=lambda run: run.status.value, reverse=wanted.descending
        )
        return ordered[: wanted.limit]
    return list(islice(matching, wanted.limit))


def _stored(statuses: tuple[RunStatus, ...]) -> set[RunStatus]:
    """Return the statuses in the table behind the wanted ones."""
    if RunStatus.INTERRUPTED in statuses:
        return {*statuses, *_UNDER_WAY}
    return set(statuses)


_SELECT_RUN = "SELECT * FROM runs LEFT JOIN leases USING (run_key) WHERE run_key = ?"


def run(connection: sqlite3.Connection, run_key: int, present: Present) -> RunRow:
    """Return a run by its key.

    Raises:
        RunNotFoundError: it does not exist, or not any more.
    """
    row = connection.execute(_SELECT_RUN, (run_key,)).fetchone()
    if row is None:
        raise run_gone(run_key)
    return present.run_of(row)


_SELECT_NEWEST = """
SELECT * FROM runs LEFT JOIN leases USING (run_key)
WHERE input_hash = ? AND dag = ? AND parent_run = ''
ORDER BY created_ms DESC, run_key DESC LIMIT 1"""


def newest_run(
    connection: sqlite3.Connection, dag: str, input_hash: str, present: Present
) -> RunRow | None:
    """Return the newest run of a DAG with these inputs; None when there is none."""
    if not input_hash:
        return None
    row = connection.execute(_SELECT_NEWEST, (input_hash, dag)).fetchone()
    return None if row is None else present.run_of(row)


_SELECT_TASKS = """
SELECT task, status, attempt, max_attempts, started_ms, ended_ms, reason,
    definition_hash, generation
FROM task_runs WHERE run_key = ? ORDER BY position"""


def tasks(connection: sqlite3.Connection, run_key: int) -> list[TaskRow]:
    """Return the tasks of a run in order of declaration."""
    return [codec.task_of(row) for row in connection.execute(_SELECT_TASKS, (run_key,))]


_SELECT_ATTEMPTS = """
SELECT task, attempt, executor, slot, handle, started_ms, ended_ms, outcome, reason,
    exit_code, signal, cpu_ms, peak_rss_bytes, generation
FROM attempts WHERE run_key = ? ORDER BY started_ms, task, attempt"""

_SELECT_ATTEMPTS_OF_TASK = """
SELECT task, attempt, executor, slot, handle, started_ms, ended_ms, outcome, reason,
    exit_code, signal, cpu_ms, peak_rss_bytes, generation
FROM attempts WHERE run_key = ? AND task = ? ORDER BY attempt"""


def attempts(
    connection: sqlite3.Connection, run_key: int, task: str
) -> list[AttemptRow]:
    """Return the attempts of a run, or of one task of it, by start."""
    rows = (
        connection.execute(_SELECT_ATTEMPTS_OF_TASK, (run_key, task))
        if task
        else connection.execute(_SELECT_ATTEMPTS, (run_key,))
    )
    return [codec.attempt_of(row) for row in rows]


_SELECT_OUTPUTS = """
SELECT task, output, registered FROM outputs WHERE run_key = ? ORDER BY task"""


def outputs(connection: sqlite3.Connection, run_key: int) -> list[OutputRow]:
    """Return what the tasks of a run handed on, by task."""
    rows = connection.execute(_SELECT_OUTPUTS, (run_key,))
    return [codec.output_of(row) for row in rows]


_SELECT_VERSION = "SELECT * FROM dag_versions WHERE dag_hash = ?"


def dag_version(connection: sqlite3.Connection, dag_hash: str) -> DagVersion:
    """Return a DAG version.

    Raises:
        StoreError: there is none with this hash.
    """
    row = connection.execute(_SELECT_VERSION, (dag_hash,)).fetchone()
    if row is None:
        message = f"no DAG version {dag_hash!r} is stored"
        raise StoreError(message)
    return run_codec.version_of(row)
