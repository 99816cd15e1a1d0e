"""Opening the file: its permissions, its pragmas, and transactions on it.

Only `sqlite3` is imported here: opening a current database is on every start path.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EISDIR
from pathlib import Path

from leo_engine.errors import StoreError

LOCK_WAIT_MS = 60_000
"""How long a write waits while another program holds the file's write lock."""

_CACHE_KIB = 1_000
"""Measured: 500 KiB to 8 MiB commit equally fast; the system caches the file anyway."""
_CHECKPOINT_PAGES = 20_000
"""Last resort (80 MB); long before, `writer` has the log written back off the loop."""

_MAKING = threading.Lock()
"""While it is held, no thread has a connection to a file that is being made."""
_LONGEST_LOG_LEFT_BYTES = 4 << 20


def make_file(path: Path) -> None:
    """Make the folder (0700) and the file (0600) unless they exist.

    SQLite gives the write-ahead log the permissions of the database.

    Raises:
        StoreError: it cannot be made there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _MAKING:
            _make(path)
    except OSError as error:
        reason = error.strerror or str(error)
        message = (
            f"{path}: the store cannot be written: {reason}; make the file and its "
            "folder writable, or work in a folder that is"
        )
        raise StoreError(message) from error


def _make(path: Path) -> None:
    """Make the file, unless it is there: then it must not be opened here.

    Closing any descriptor of a file takes all locks of this process off it, those of
    SQLite's connections too. Another process would take the log for nobody's and delete
    it, and what is stored from then on would be lost.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR)) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES)) from None
    else:
        os.close(file)


class OpenedFile:
    """The file that was opened, while others may delete it or put one in its place.

    SQLite goes on writing to a file that has no name any more, as if all were well.
    """

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        self._number = self._now()

    def check(self) -> None:
        """Make sure that what is stored now will be found; takes about 1 µs.

        Raises:
            StoreError: another file has the name, or none.
        """
        if self._now() != self._number:
            message = (
                f"{self._path}: the store was deleted or replaced while it was in use: "
                "what is stored now would be lost; what runs goes on unrecorded"
            )
            raise StoreError(message)

    def _now(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 -- before every commit
        except OSError:
            return None
        return status.st_dev, status.st_ino


def connect(path: Path, *, synced: bool = False) -> sqlite3.Connection:
    """Open a connection in autocommit mode, for any thread but one at a time.

    `synced`: each commit reaches the disk, not only the operating system.
    """
    connection = sqlite3.connect(
        path,
        timeout=LOCK_WAIT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    for pragma in (
        "PRAGMA foreign_keys = ON",
        f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}",
        f"PRAGMA cache_size = -{_CACHE_KIB}",
        f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        "PRAGMA secure_delete = OFF",
    ):
        connection.execute(pragma)
    return connection


def onlooker(path: Path) -> sqlite3.Connection | None:
    """Return a connection that leaves the log as it is; None when it is long.

    Who closes the file last writes the log back and waits for the disk, some 30 ms. One
    that may only read cannot, so closed last it leaves a short log to the next process.
    """
    log = path.with_name(f"{path.name}-wal")
    if not (path.exists() and log.exists()):
        return None
    if log.stat().st_size > _LONGEST_LOG_LEFT_BYTES:
        return None
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return connection


@contextmanager
def transaction(cursor: sqlite3.Cursor) -> Iterator[None]:
    """Hold the file's one write lock for the block; roll back when it raises."""
    cursor.execute("BEGIN IMMEDIATE")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        roll_back(cursor)
        raise


def roll_back(cursor: sqlite3.Cursor) -> None:
    """Undo the open transaction; SQLite has already done so after some errors."""
    if cursor.connection.in_transaction:
        cursor.execute("ROLLBACK")
