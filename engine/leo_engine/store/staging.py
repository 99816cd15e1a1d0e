"""Folders that the tasks of a run share: which there are, and what becomes of them.

They name runs by id, not by key: what they say outlives the run's removal.
"""

import sqlite3

import msgspec

from leo_engine.ports import AuditEntry, StagingRow, StagingState
from leo_engine.store import audit

_PUT_STAGING = """
INSERT INTO staging (run_id, place, state, created_ms, keep_until_ms)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    state = excluded.state, created_ms = excluded.created_ms,
    keep_until_ms = excluded.keep_until_ms"""


def put(cursor: sqlite3.Cursor, row: StagingRow) -> None:
    """Store what is known of a place."""
    cursor.execute(_PUT_STAGING, _values(row))


_SELECT_STAGING = """
SELECT run_id, place, state, created_ms, keep_until_ms FROM staging
WHERE state <> 'freed' ORDER BY run_id, place"""


def held(connection: sqlite3.Connection) -> list[StagingRow]:
    """Return the places that are not freed, oldest run first."""
    return [
        StagingRow(
            run_id=run_id,
            place=place,
            state=StagingState(state),
            created_ms=created_ms,
            keep_until_ms=keep_until_ms,
        )
        for run_id, place, state, created_ms, keep_until_ms in connection.execute(
            _SELECT_STAGING
        )
    ]


_FREE = """
UPDATE staging SET state = 'freed'
WHERE run_id = ? AND place = ? AND state = ? AND created_ms = ? AND keep_until_ms IS ?
AND state <> 'freed'"""


def free(cursor: sqlite3.Cursor, row: StagingRow, entry: AuditEntry) -> bool:
    """Free a place if its row is still this one, and record why."""
    cursor.execute(_FREE, _values(row))
    if not cursor.rowcount:
        return False
    audit.record(cursor, entry)
    return True


def _values(row: StagingRow) -> tuple[str | int | None, ...]:
    values: tuple[str | int | None, ...] = msgspec.structs.astuple(row)
    return values
