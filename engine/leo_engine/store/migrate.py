"""The version of the schema, and how a database gets to it.

`migrations/` is the truth. `schema.sql` is what they come to, written down so that a
user's first run creates its database with `sqlite3` alone: importing sqlite-utils takes
longer than creating the database does. A test holds the two together.
"""

import sqlite3
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from leo_engine.errors import SchemaVersionError, StoreError
from leo_engine.store.connection import transaction
from leo_engine.store.fault import is_locked

if TYPE_CHECKING:
    from sqlite_utils import Database

SCHEMA_VERSION = 3
"""The newest migration's number; `PRAGMA user_version` of a current database."""

_SCHEMA = Path(__file__).with_name("schema.sql")
_MIGRATIONS = {
    1: "leo_engine.store.migrations.m0001_first",
    2: "leo_engine.store.migrations.m0002_owners_and_batches",
    3: "leo_engine.store.migrations.m0003_sources",
}
_APPLICATION_ID = 0x4C454F31
"""`LEO1`: tells `file` and us that the database is ours."""
_TRIES = 2_000
"""Changing the journal mode takes an exclusive lock and does not wait for it."""

Migration = Callable[["Database"], None]


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Create or migrate the schema; a current database costs one look at its header.

    Raises:
        SchemaVersionError: a newer leo-tui wrote the file.
        StoreError: it is somebody else's database.
    """
    version = _version(connection)
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        message = (
            f"{path}: the store has schema {version}, this leo-tui knows up to "
            f"{SCHEMA_VERSION}; use the newer leo-tui that wrote it, or another folder"
        )
        raise SchemaVersionError(message)
    if version:
        migrate(connection, SCHEMA_VERSION)
    else:
        _create(connection, path)


def migrate(
    connection: sqlite3.Connection,
    target: int,
    migrations: Mapping[int, Migration] | None = None,
) -> None:
    """Apply, in one transaction, the migrations after the database's version."""
    from sqlite_utils import Database  # noqa: PLC0415 -- 70 ms, for migrations only

    database = Database(connection, execute_plugins=False)
    cursor = connection.cursor()
    with transaction(cursor):
        # Another process may have migrated while this one waited for the lock.
        for number in range(_version(connection) + 1, target + 1):
            apply = migrations[number] if migrations else _migration(number)
            apply(database)
            cursor.execute(f"PRAGMA user_version = {number}")


def schema_of(connection: sqlite3.Connection) -> str:
    """Return the statements that make this database's schema, in order of creation."""
    found = connection.execute(_SELECT_SCHEMA).fetchall()
    return "".join(f"{statement};\n\n" for (statement,) in found)


_SELECT_SCHEMA = """
SELECT sql FROM sqlite_schema
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"""


def _migration(number: int) -> Migration:
    apply: Migration = import_module(_MIGRATIONS[number]).apply
    return apply


def _create(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        # Between the look at the version and this one, another process may have
        # created it all.
        if _version(connection):
            bring_up_to_date(connection, path)
            return
        message = f"{path}: this database is not leo-tui's; move it, or choose a folder"
        raise StoreError(message)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _turn_on_wal(connection)
    cursor = connection.cursor()
    with transaction(cursor):
        if _version(connection) == 0:
            for statement in _SCHEMA.read_text(encoding="utf-8").split(";\n"):
                cursor.execute(statement)
            cursor.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            cursor.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _turn_on_wal(connection: sqlite3.Connection) -> None:
    for left in reversed(range(_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            if not is_locked(error) or not left:
                raise
        else:
            return


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _write_down() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, SCHEMA_VERSION)
    _SCHEMA.write_text(schema_of(connection), encoding="utf-8")


if __name__ == "__main__":
    _write_down()
