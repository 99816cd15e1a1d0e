"""What other processes want of a run's owner."""

import sqlite3

from leo_engine.ports import RunRequest
from leo_engine.store import run_codec
from leo_engine.store.wording import run_gone

_INSERT_REQUEST = """
INSERT INTO requests (run_key, action, tasks, downstream, "by", note, at_ms)
SELECT run_key, :action, :tasks, :downstream, :by, :note, :at_ms
FROM runs WHERE run_key = :run_key"""


def leave(cursor: sqlite3.Cursor, run_key: int, request: RunRequest) -> int:
    """Store a request and return its number.

    Raises:
        RunNotFoundError: there is no such run.
    """
    cursor.execute(_INSERT_REQUEST, run_codec.request_values(run_key, request))
    if not cursor.rowcount:
        raise run_gone(run_key)
    return cursor.lastrowid or 0


_ANSWER = "UPDATE requests SET answer = ?2 WHERE request_id = ?1 AND answer IS NULL"


def answer(cursor: sqlite3.Cursor, request_id: int, text: str) -> None:
    """Record the answer; the first one stands."""
    cursor.execute(_ANSWER, (request_id, text))


_SELECT_OPEN = """
SELECT * FROM requests WHERE run_key = ? AND answer IS NULL ORDER BY request_id"""


def open_requests(connection: sqlite3.Connection, run_key: int) -> list[RunRequest]:
    """Return the requests not yet answered, oldest first."""
    rows = connection.execute(_SELECT_OPEN, (run_key,))
    return [run_codec.request_of(row) for row in rows]


_SELECT_ANSWER = "SELECT answer FROM requests WHERE request_id = ?"


def answer_to(connection: sqlite3.Connection, request_id: int) -> str | None:
    """Return the answer; None while there is none."""
    row = connection.execute(_SELECT_ANSWER, (request_id,)).fetchone()
    return None if row is None else row[0]
