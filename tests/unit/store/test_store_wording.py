"""Errors of the store say what, where and what to do."""

import sqlite3
from pathlib import Path

import pytest

from leo_engine.errors import StoreError
from leo_engine.store.fault import is_locked, store_error, translated

FILE = Path("dags/.leo/leo.db")


def failure(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "what", "advice"),
    [
        (sqlite3.SQLITE_FULL, "full", "free some space"),
        (sqlite3.SQLITE_BUSY, "locked", "end it"),
        (sqlite3.SQLITE_BUSY_RECOVERY, "locked", "end it"),
        (sqlite3.SQLITE_CORRUPT, "damaged", "move it away"),
        (sqlite3.SQLITE_NOTADB, "damaged", "move it away"),
        (sqlite3.SQLITE_READONLY, "written", "writable"),
        (sqlite3.SQLITE_CANTOPEN, "written", "writable"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "full", "free some space"),
        (sqlite3.SQLITE_IOERR_FSYNC, "failed", "as SQLite says"),
    ],
)
def test_names_the_file_what_is_wrong_and_what_to_do(
    code: int, what: str, advice: str
) -> None:
    message = str(store_error(failure(code), FILE))
    assert str(FILE) in message
    assert what in message
    assert advice in message
    assert "as SQLite says" in message


def test_no_sqlite_error_gets_through() -> None:
    with pytest.raises(StoreError) as refused, translated(FILE):
        sqlite3.connect(":memory:").execute("SELECT")
    assert isinstance(refused.value.__cause__, sqlite3.Error)


def test_only_a_lock_is_worth_waiting_for() -> None:
    assert is_locked(failure(sqlite3.SQLITE_BUSY_SNAPSHOT))
    assert not is_locked(failure(sqlite3.SQLITE_FULL))
    assert not is_locked(sqlite3.ProgrammingError("no code at all"))
