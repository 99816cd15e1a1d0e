"""What was removed or ended, and why; recorded before it happens, never changed.

The newest entries are kept, as many as fill a few megabytes.
"""

import sqlite3

import msgspec

from leo_engine.ports import AuditEntry

_INSERT_AUDIT = """
INSERT INTO audit (at_ms, action, run_id, subject, reason) VALUES (?, ?, ?, ?, ?)"""

_FORGET_AUDIT = "DELETE FROM audit WHERE audit_id <= ?"

MOST_KEPT = 20_000


def record(cursor: sqlite3.Cursor, entry: AuditEntry) -> None:
    """Add an entry, and forget the oldest when there are too many."""
    cursor.execute(_INSERT_AUDIT, msgspec.structs.astuple(entry))
    cursor.execute(_FORGET_AUDIT, ((cursor.lastrowid or 0) - MOST_KEPT,))


_SELECT_AUDIT = """
SELECT at_ms, action, run_id, subject, reason FROM audit
ORDER BY audit_id DESC LIMIT ?"""


def newest(connection: sqlite3.Connection, limit: int) -> list[AuditEntry]:
    """Return the entries, newest first."""
    rows = connection.execute(_SELECT_AUDIT, (limit,))
    return [
        AuditEntry(at_ms=at, action=action, run_id=run_id, subject=of, reason=why)
        for at, action, run_id, of, why in rows
    ]
