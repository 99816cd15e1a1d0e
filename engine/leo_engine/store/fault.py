"""The border to SQLite: its errors become `StoreError`s that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leo_engine.errors import StoreError

_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_FORBIDDEN = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
)
_ADVICE = {
    _FULL: "the disk is full; everything recorded so far is safe: free some space, "
    "then resume the run",
    DAMAGED: "the file is damaged, or not a database; move it away to start afresh, "
    "or save what is left with `sqlite3 FILE .recover`",
    _FORBIDDEN: "the file or its folder cannot be written; make both writable, or work "
    "in a folder that is",
}
_PRIMARY = 0xFF


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise `StoreError` about the database for any SQLite error in the block."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error, path) from error


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the error for people: the file, what is wrong with it, what to do."""
    if is_locked(error):
        return StoreError(f"{locked_error(path)} ({error})")
    code = error_code(error)
    for codes, advice in _ADVICE.items():
        if code in codes or code & _PRIMARY in codes:
            return StoreError(f"{path}: {advice} ({error})")
    return StoreError(f"{path}: the store failed: {error}")


def locked_error(path: Path) -> StoreError:
    """Return the error for a lock that was waited for in vain: who holds it."""
    from leo_engine.store.lock_holder import (  # noqa: PLC0415 -- hardly ever needed
        lock_holders,
    )

    who = ", ".join(lock_holders(path)) or "another program (`fuser` finds it)"
    return StoreError(f"{path}: kept locked by {who}; end it, then try again")


def error_code(error: sqlite3.Error) -> int:
    """Return SQLite's extended result code; 0 for errors of the Python module."""
    return getattr(error, "sqlite_errorcode", 0)


def is_locked(error: sqlite3.Error) -> bool:
    """Tell whether another connection holds the lock that was asked for."""
    return error_code(error) & _PRIMARY in _LOCKED
