"""What was removed or ended, and why; recorded before it happens, never changed."""

import sqlite3

import msgspec

from leo_engine.ports import AuditEntry

_INSERT_AUDIT = """
INSERT INTO audit (at_ms, action, run_id, subject, reason) VALUES (?, ?, ?, ?, ?)"""


def record(cursor: sqlite3.Cursor, entry: AuditEntry) -> None:
    """Add an entry."""
    cursor.execute(_INSERT_AUDIT, msgspec.structs.astuple(entry))


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
