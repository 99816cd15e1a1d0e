"""Connections to read with: a writer never blocks them, and they never block it.

Each look takes a connection for itself and gives it back. Long lists are read in pages,
every page a look of its own: a reader that dawdles over its list must not keep the
write-ahead log from being written back.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leo_engine.errors import StoreError
from leo_engine.store.connection import connect
from leo_engine.store.fault import translated

_KEPT = 3
"""Idle connections kept open: engine, screen and one more."""


class Readers:
    """Connections for any number of threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._is_closed = False
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; the block's SQLite errors come out as `StoreError`."""
        if self._is_closed:
            message = f"{self._path}: the store is closed"
            raise StoreError(message)
        with translated(self._path):
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self._path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._is_closed or len(self._idle) >= _KEPT:
            connection.close()
        else:
            self._idle.append(connection)

    def revision(self) -> int:
        """Return a number that moves with every commit of any other connection."""
        with self._watch_lock, translated(self._path):
            # It means something within one connection only, hence one for this alone.
            if self._watch is None:
                self._watch = connect(self._path)
            found = self._watch.execute("PRAGMA data_version").fetchone()
            return int(found[0])

    def close(self) -> None:
        """Close what is not lent at the moment; the rest when it comes back."""
        self._is_closed = True
        with self._watch_lock, translated(self._path):
            while self._idle:
                self._idle.pop().close()
            if self._watch is not None:
                self._watch.close()
                self._watch = None
