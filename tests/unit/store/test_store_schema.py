"""The schema that is written down is the one that the migrations make."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from leo_engine.errors import SchemaVersionError, StoreError
from leo_engine.ports import Lease
from leo_engine.state.status import RunStatus
from leo_engine.store.connection import connect
from leo_engine.store.migrate import (
    SCHEMA_VERSION,
    bring_up_to_date,
    migrate,
    schema_of,
)
from leo_engine.store.sqlite import Terms, open_store
from leo_engine.testing.fake_clock import FakeClock

OPENING = """
import sys
from pathlib import Path
from leo_engine.clock import SystemClock
from leo_engine.store.sqlite import Terms, open_store
open_store(Path(sys.argv[1]), Terms(clock=SystemClock())).close()
assert "sqlite_utils" not in sys.modules, "the schema tool was imported"
"""


def test_a_new_database_has_the_schema_that_the_migrations_make(
    tmp_path: Path,
) -> None:
    migrated = sqlite3.connect(":memory:", isolation_level=None)
    migrate(migrated, SCHEMA_VERSION)
    with closing(connect(tmp_path / "leo.db")) as created, closing(migrated):
        bring_up_to_date(created, tmp_path / "leo.db")
        again = "write it anew: python -m leo_engine.store.migrate"
        assert schema_of(created) == schema_of(migrated), again


def test_creating_and_opening_a_database_needs_no_schema_tool(tmp_path: Path) -> None:
    for _ in ("creates", "opens"):
        command = [sys.executable, "-c", OPENING, str(tmp_path / ".leo" / "leo.db")]
        subprocess.run(command, check=True)


def test_migrations_run_once_each_in_order_and_keep_what_is_stored() -> None:
    seen: list[int] = []

    def second(database: Database) -> None:
        seen.append(2)
        database.execute("CREATE TABLE two (x INTEGER)")
        database.execute("INSERT INTO two VALUES (1)")

    def third(database: Database) -> None:
        seen.append(3)
        database.table("two").transform(rename={"x": "y"})

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, 1)
        migrate(connection, 3, {2: second, 3: third})
        migrate(connection, 3, {2: second, 3: third})
        assert seen == [2, 3]
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
        assert connection.execute("SELECT y FROM two").fetchall() == [(1,)]


FIRST_SCHEMA = """
INSERT INTO dag_versions VALUES ('hash', 'etl', 'toml', x'00', x'00');
INSERT INTO runs VALUES (
    7, '0193', 'etl', 'hash', 'etl.toml', 'running', 1, '{}', '{}', 'cli', '', '', 1,
    1, NULL, 0, '', 1, 0, 0, 0, 0, 'etl', 'inputs');
INSERT INTO leases VALUES (7, 'host:1', 3, 1000, 9);
"""


def test_a_run_of_the_first_schema_is_there_and_can_be_taken(tmp_path: Path) -> None:
    path = tmp_path / "leo.db"
    with closing(connect(path)) as connection:
        migrate(connection, 1)
        connection.executescript(FIRST_SCHEMA)
    with closing(open_store(path, Terms(clock=FakeClock()))) as store:
        assert store.find_run("0193").status is RunStatus.INTERRUPTED
        assert store.lease(7) == Lease(
            run_key=7,
            owner="host:1",
            epoch=3,
            expires_ms=1_000,
            expires_monotonic_ms=0,
        )
        assert store.dag_version("hash").sources == {}
        assert store.take(7, owner="host:2").epoch == 4
        assert store.check() == []


def test_a_migration_that_fails_changes_nothing() -> None:
    def broken(database: Database) -> None:
        database.execute("CREATE TABLE half (x INTEGER)")
        database.execute("INSERT INTO missing VALUES (1)")

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, 1)
        with pytest.raises(sqlite3.Error):
            migrate(connection, 2, {2: broken})
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert "half" not in schema_of(connection)


def test_a_newer_schema_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "leo.db"
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9")
        with pytest.raises(SchemaVersionError) as refused:
            bring_up_to_date(connection, path)
    message = str(refused.value)
    assert "schema 9" in message
    assert f"up to {SCHEMA_VERSION}" in message
    assert str(path) in message


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "leo.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x INTEGER)")
        with pytest.raises(StoreError, match="not leo-tui's"):
            bring_up_to_date(connection, path)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
