"""Writes from a thread of its own, so that who stops reading stops nobody else.

A terminal under Ctrl-S, a full pipe or a slow ssh connection blocks `write` for as long
as it likes. That must not stall the engine, which shares our thread.
"""

import errno
import os
import select
import threading

_READER_GONE = frozenset({errno.EPIPE, errno.EIO})
"""A pipe without a reader, a terminal that was closed."""
_MOST_BYTES = 1024 * 1024
"""How far `wait_for_room` lets a reader fall behind."""


class BackgroundWriter:
    """Queue of text for one file descriptor, written in order.

    The queue has no bound: it holds at most what one run has to tell, some hundred
    bytes for each task. Waiting instead would stop the heartbeat of the run's lease.
    When the reader goes away, what is left and what still comes is dropped in silence;
    when it cannot be written for another reason, `close` says so.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._is_writing = False
        self._is_closing = False
        self._is_broken = False
        self._failure: OSError | None = None
        self._thread = threading.Thread(
            target=self._write_all, name="leo-output", daemon=True
        )
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether everything has been written."""
        return not self._waiting and not self._is_writing

    def write(self, text: str) -> None:
        """Queue text; returns at once."""
        if not text:
            return
        encoded = text.encode("utf-8", "replace")
        with self._changed:
            if self._is_broken:
                return
            self._waiting.append(encoded)
            self._waiting_bytes += len(encoded)
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Return when the reader is at most 1 MiB behind; not for the engine."""
        with self._changed:
            self._changed.wait_for(self._has_room)

    def close(self) -> None:
        """Return when everything is written or the reader is gone.

        Raises:
            OSError: something else was in the way, such as a full disk.
        """
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()
        if self._failure is not None and self._failure.errno not in _READER_GONE:
            raise self._failure

    def _has_room(self) -> bool:
        return self._is_broken or self._waiting_bytes < _MOST_BYTES

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                if not self._waiting:
                    return
                batch, self._waiting = b"".join(self._waiting), []
                self._is_writing = True
            self._failure = _write(self._descriptor, batch)
            with self._changed:
                self._is_writing = False
                self._waiting_bytes -= len(batch)
                if self._failure is not None:
                    self._is_broken, self._waiting, self._waiting_bytes = True, [], 0
                self._changed.notify_all()
                if self._is_broken:
                    return


def _write(descriptor: int, batch: bytes) -> OSError | None:
    """Write everything, however long it takes; return what made that impossible."""
    rest = memoryview(batch)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            # A parent may have made the shared description non-blocking.
            select.select([], [descriptor], [])
        except OSError as error:
            return error
    return None
