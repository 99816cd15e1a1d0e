"""The write side in an asyncio process: what a turn of the loop appends is one commit.

The loop commits by itself, at the end of the turn. Measured on two cores: a commit of
one task's rows takes 25 µs here and 100 to 150 µs by way of a writer thread, and while
the loop is busy such a thread waits for the interpreter's lock at every row, which
delays a commit by hundreds of milliseconds. Only what waits for a disk or for another
process leaves the loop: syncing and writing the log back go to a thread, a locked file
is tried again by timer.

`_lock` guards the connection; only its holder takes from the queue, so that writes are
stored in the order of the calls.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from leo_engine.errors import StoreError
from leo_engine.store.committer import Committer, Result, Staged, Work
from leo_engine.store.connection import LOCK_WAIT_MS, connect, onlooker, transaction
from leo_engine.store.fault import locked_error, translated
from leo_engine.store.leases import Renewal

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
Waiting = tuple[Work, asyncio.Future[object]]

_LARGEST_GROUP = 1_000
_LONGEST_QUEUE = 10_000
"""A caller that appends more than this while the file is locked waits for it."""
_RETRY_MS = (1, 1, 2, 5, 10, 25)
"""Pauses before a locked file is tried again; the last one repeats."""
_CHECKPOINT_ROWS = 10_000
"""The log is written back after this many rows: at 10 to 50 MB, as a row dirties up to
one and a half pages. Measured: three times as often makes the slowest 1 % of commits
three times slower."""
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


class Writer:
    """Owns the one connection that writes."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        renewal: Renewal,
        synced: bool,
        lock_wait_ms: int = LOCK_WAIT_MS,
    ) -> None:
        self.committer = Committer(connection, path, renewal)
        self._connection = connection
        self._path = path
        self._synced = synced
        self._lock_wait_ms = lock_wait_ms
        self._queue: deque[Waiting] = deque()
        self._lock = threading.Lock()
        self._turn: asyncio.AbstractEventLoop | None = None
        self._retries = 0
        self._locked_since: float | None = None
        self._helper: ThreadPoolExecutor | None = None
        self._written_back = 0
        self._is_writing_back = False
        self._is_closed = False
        self._wait_for_lock(0)

    def submit(self, work: Work) -> asyncio.Future[T]:
        """Queue the work for the commit at the end of this turn of the running loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._is_closed:
            future.set_exception(self._closed_error())
            return future
        self._queue.append((work, cast("asyncio.Future[object]", future)))
        if self._turn is not loop:
            self._turn = loop
            loop.call_soon(self._flush, loop)
        if len(self._queue) > _LONGEST_QUEUE:
            with self._lock:
                self._drain()
        return future

    def flush(self) -> None:
        """Commit what is queued now rather than at the end of the loop's turn."""
        is_waiting = self._is_closed or self._locked_since is not None
        if self._queue and not is_waiting and self._lock.acquire(blocking=False):
            self._flush_locked(asyncio.get_running_loop())

    def call(self, job: Callable[[sqlite3.Cursor], T]) -> T:
        """Do the job in a transaction of its own, after what is queued; waits for it.

        Raises:
            StoreError: SQLite's reason, or the job's.
        """
        with self._lock:
            if self._is_closed:
                raise self._closed_error()
            self._drain()
            with translated(self._path):
                self._wait_for_lock(self._lock_wait_ms)
                try:
                    cursor = self._connection.cursor()
                    with transaction(cursor):
                        self.committer.file.check()
                        return job(cursor)
                finally:
                    self._wait_for_lock(0)

    def close(self) -> None:
        """Store what is queued, write a long log back and close the connection."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._drain()
        if self._helper is not None:
            self._helper.shutdown()
        with translated(self._path):
            last = onlooker(self._path)
            self._connection.close()
            if last is not None:
                last.close()

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._queue:
            self._turn = None
        elif not self._lock.acquire(blocking=False):
            self._flush_later(loop)
        else:
            self._flush_locked(loop)

    def _flush_locked(self, loop: asyncio.AbstractEventLoop) -> None:
        group = self._take(_LARGEST_GROUP)
        try:
            staged = self.committer.stage([work for work, _ in group])
            if staged is not None and self._synced:
                self._hand_over(staged, group, loop)
                return
            if staged is None:
                self._queue.extendleft(reversed(group))
            else:
                _settle(group, self.committer.finish(staged))
        except BaseException:
            self._lock.release()
            raise
        self._lock.release()
        if staged is None:
            self._wait_for_others(loop)
        else:
            self._go_on(loop)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._retries = 0
        self._locked_since = None
        self._turn = None
        if self._queue:
            self._turn = loop
            loop.call_soon(self._flush, loop)
        self._write_back_when_due()

    def _hand_over(
        self, staged: Staged, group: list[Waiting], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Have the helper sync the group; it releases the lock that the loop took."""
        self._retries = 0
        self._locked_since = None
        self._turn = loop
        self._thread().submit(self._sync, staged, group, loop)

    def _sync(
        self, staged: Staged, group: list[Waiting], loop: asyncio.AbstractEventLoop
    ) -> None:
        try:
            results = self.committer.finish(staged)
        finally:
            self._lock.release()
        _settle(group, results)
        with suppress(RuntimeError):  # The loop has been closed meanwhile.
            loop.call_soon_threadsafe(self._flush, loop)
        self._write_back_when_due()

    def _wait_for_others(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._locked_since is None:
            self._locked_since = loop.time()
        if (loop.time() - self._locked_since) * 1000 < self._lock_wait_ms:
            self._flush_later(loop)
            return
        self._locked_since = None
        self._turn = None
        with self._lock:
            group = self._take(len(self._queue))
        _settle(group, self._refuse(group))

    def _flush_later(self, loop: asyncio.AbstractEventLoop) -> None:
        pause_ms = _RETRY_MS[min(self._retries, len(_RETRY_MS) - 1)]
        self._retries += 1
        self._turn = loop
        loop.call_later(pause_ms / 1000, self._flush, loop)

    def _take(self, most: int) -> list[Waiting]:
        return [self._queue.popleft() for _ in range(min(len(self._queue), most))]

    def _drain(self) -> None:
        """Store everything queued, waiting for the file's lock; holds `_lock`."""
        while self._queue:
            group = self._take(_LARGEST_GROUP)
            self._wait_for_lock(self._lock_wait_ms)
            staged = self.committer.stage([work for work, _ in group])
            self._wait_for_lock(0)
            finished = self.committer.finish(staged) if staged else self._refuse(group)
            _settle(group, finished)

    def _refuse(self, group: list[Waiting]) -> list[Result]:
        error = locked_error(self._path)
        return [(None, self.committer.refuse(work, error)) for work, _ in group]

    def _wait_for_lock(self, wait_ms: int) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {wait_ms}")

    def _write_back_when_due(self) -> None:
        grown = self.committer.rows - self._written_back
        if grown >= _CHECKPOINT_ROWS and not self._is_writing_back:
            self._is_writing_back = True
            self._thread().submit(self._write_back)

    def _write_back(self) -> None:
        """Move the log's pages into the database, off the loop.

        The bulk while the loop goes on committing; the rest while it cannot, because
        the log starts over only when all of it has been moved.
        """
        try:
            with suppress(sqlite3.Error):  # A commit that meets the trouble reports it.
                with closing(connect(self._path)) as connection:
                    connection.execute(_CHECKPOINT)
                with self._lock:
                    self._connection.execute(_CHECKPOINT)
        finally:
            self._written_back = self.committer.rows
            self._is_writing_back = False

    def _thread(self) -> "ThreadPoolExecutor":
        if self._helper is None:
            from concurrent.futures import (  # noqa: PLC0415 -- short runs never need it
                ThreadPoolExecutor,
            )

            # Two: one may wait for the lock that the other's sync is to release.
            self._helper = ThreadPoolExecutor(2, "leo-store")
        return self._helper

    def _closed_error(self) -> StoreError:
        return StoreError(f"{self._path}: the store is closed")


def _settle(group: Sequence[Waiting], results: Sequence[Result]) -> None:
    """Tell the callers, each on its own loop."""
    try:
        here = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    elsewhere: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Result]]] = {}
    for waiting, result in zip(group, results, strict=True):
        loop = waiting[1].get_loop()
        if loop is here:
            _tell(waiting[1], result)
        else:
            elsewhere.setdefault(loop, []).append((waiting, result))
    for loop, pairs in elsewhere.items():
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(_tell_all, pairs)


def _tell_all(pairs: Sequence[tuple[Waiting, Result]]) -> None:
    for (_, future), result in pairs:
        _tell(future, result)


def _tell(future: asyncio.Future[object], result: Result) -> None:
    value, error = result
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
