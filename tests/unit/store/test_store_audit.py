"""The trail of what was removed: kept, but not for ever."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from leo_engine.ports import AuditEntry
from leo_engine.store import audit
from leo_engine.store.migrate import SCHEMA_VERSION, migrate


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        migrate(opened, SCHEMA_VERSION)
        yield opened


def entry(at_ms: int) -> AuditEntry:
    return AuditEntry(at_ms=at_ms, action="remove", subject="s", reason="too old")


def test_the_newest_entries_are_kept(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_KEPT", 3)
    for at_ms in range(5):
        audit.record(connection.cursor(), entry(at_ms))
    kept = [found.at_ms for found in audit.newest(connection, 100)]
    assert kept == [4, 3, 2]
