"""The rows of one transaction, gathered from its writes and stored in few statements.

Within a group the last row of a task, an attempt or a run wins: the ones before it were
never to be seen.
"""

import sqlite3
from collections.abc import Iterable

from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import RUN_TERMINAL
from leo_engine.store import codec, run_codec

TaskKey = tuple[int, str]
"""run_key, task."""
AttemptKey = tuple[int, str, int]
"""run_key, task, attempt."""


class Batch:
    """What a group of writes changes."""

    __slots__ = ("attempts", "events", "outputs", "runs", "tasks")

    def __init__(self) -> None:
        self.events: list[codec.EventValues] = []
        self.tasks: dict[TaskKey, TaskRow] = {}
        self.attempts: dict[AttemptKey, AttemptRow] = {}
        self.outputs: dict[TaskKey, OutputRow] = {}
        self.runs: dict[int, RunRow] = {}

    @property
    def size(self) -> int:
        """Return the number of rows."""
        tasks = len(self.tasks) + len(self.attempts)
        return len(self.events) + tasks + len(self.outputs) + len(self.runs)

    def add(self, write: JournalWrite) -> None:
        """Take one write in whole, or nothing of it when an event cannot be encoded."""
        key, seq = write.run_key, write.first_seq
        events = [
            codec.event_values(key, number, event)
            for number, event in enumerate(write.events, seq)
        ]
        self.events += events
        self.tasks |= {(key, row.task): row for row in write.tasks}
        self.attempts |= {(key, row.task, row.attempt): row for row in write.attempts}
        self.outputs |= {(key, row.task): row for row in write.outputs}
        if write.run is not None:
            self.runs[key] = write.run

    def store(self, cursor: sqlite3.Cursor) -> None:
        """Execute it all; the caller holds the transaction."""
        if self.events:
            cursor.executemany(_INSERT_EVENT, self.events)
        if self.tasks:
            _store_tasks(cursor, self.tasks)
        if self.attempts:
            _store_attempts(cursor, self.attempts)
        if self.outputs:
            _store_outputs(cursor, self.outputs)
        if self.runs:
            _store_runs(cursor, self.runs)


_INSERT_EVENT = """
INSERT INTO events (run_key, seq, kind, body) VALUES (?, ?, ?, ?)"""

_UPDATE_TASK = """
UPDATE task_runs SET
    status = ?3, attempt = ?4, max_attempts = ?5, started_ms = ?6, ended_ms = ?7,
    reason = ?8, definition_hash = ?9, generation = ?10
WHERE run_key = ?1 AND task = ?2"""

_COUNT_TASKS = "SELECT count(*) FROM task_runs WHERE run_key = ?"

_INSERT_TASK = """
INSERT INTO task_runs (
    run_key, task, status, attempt, max_attempts, started_ms, ended_ms, reason,
    definition_hash, generation, position
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""


def _store_tasks(cursor: sqlite3.Cursor, tasks: dict[TaskKey, TaskRow]) -> None:
    cursor.executemany(
        _UPDATE_TASK,
        ((key, *codec.task_values(row)) for (key, _), row in tasks.items()),
    )
    if cursor.rowcount == len(tasks):
        return
    # A resume may bring tasks that the run did not have before: they go to its end.
    for run_key in {key for key, _ in tasks}:
        rows = [row for (key, _), row in tasks.items() if key == run_key]
        (count,) = cursor.execute(_COUNT_TASKS, (run_key,)).fetchone()
        insert_tasks(cursor, run_key, rows, first_position=count)


def insert_tasks(
    cursor: sqlite3.Cursor,
    run_key: int,
    rows: Iterable[TaskRow],
    *,
    first_position: int = 0,
) -> None:
    """Insert the tasks that the run does not have yet, in this order."""
    cursor.executemany(
        _INSERT_TASK,
        (
            (run_key, *codec.task_values(row), position)
            for position, row in enumerate(rows, first_position)
        ),
    )


_PUT_ATTEMPT = """
INSERT INTO attempts (
    run_key, task, attempt, executor, slot, handle, started_ms, ended_ms, outcome,
    reason, exit_code, signal, cpu_ms, peak_rss_bytes, generation
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    executor = excluded.executor, slot = excluded.slot, handle = excluded.handle,
    started_ms = excluded.started_ms, ended_ms = excluded.ended_ms,
    outcome = excluded.outcome, reason = excluded.reason,
    exit_code = excluded.exit_code, signal = excluded.signal,
    cpu_ms = excluded.cpu_ms, peak_rss_bytes = excluded.peak_rss_bytes,
    generation = excluded.generation"""


def _store_attempts(
    cursor: sqlite3.Cursor, attempts: dict[AttemptKey, AttemptRow]
) -> None:
    cursor.executemany(
        _PUT_ATTEMPT,
        ((key, *codec.attempt_values(row)) for (key, _, _), row in attempts.items()),
    )


_PUT_OUTPUT = """
INSERT INTO outputs (run_key, task, output, registered) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    output = excluded.output, registered = excluded.registered"""

_FORGET_OUTPUT = "DELETE FROM outputs WHERE run_key = ? AND task = ?"


def _store_outputs(cursor: sqlite3.Cursor, outputs: dict[TaskKey, OutputRow]) -> None:
    for (run_key, task), row in outputs.items():
        if row.output is None and row.registered is None:
            cursor.execute(_FORGET_OUTPUT, (run_key, task))
        else:
            cursor.execute(_PUT_OUTPUT, (run_key, *codec.output_values(row)))


_UPDATE_RUN = """
UPDATE runs SET
    status = ?2, generation = ?3, started_ms = ?4, ended_ms = ?5, paused = ?6,
    error = ?7, total = ?8, succeeded = ?9, failed = ?10, blocked = ?11, skipped = ?12
WHERE run_key = ?1"""

_RELEASE_ENDED = "UPDATE leases SET owner = '' WHERE run_key = ?"


def _store_runs(cursor: sqlite3.Cursor, runs: dict[int, RunRow]) -> None:
    for run_key, run in runs.items():
        cursor.execute(_UPDATE_RUN, (run_key, *run_codec.progress_values(run)))
        if run.status in RUN_TERMINAL:
            # In the same transaction, so that nobody sees an ended run that is owned
            # and is turned away because of it.
            cursor.execute(_RELEASE_ENDED, (run_key,))


_UPDATE_INPUTS = """
UPDATE runs SET
    dag_hash = ?2, file = ?3, params = ?4, options = ?5, concurrency_key = ?6,
    input_hash = ?7
WHERE run_key = ?1"""


def store_inputs(cursor: sqlite3.Cursor, run_key: int, run: RunRow) -> None:
    """Store what a run is run with, which only a resume changes."""
    cursor.execute(_UPDATE_INPUTS, (run_key, *run_codec.inputs_values(run)))
