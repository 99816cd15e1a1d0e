"""A log on the disk: the one place where the output pane asks the operating system.

Nothing is kept open: a file may be replaced, emptied or deleted at any time, and in its
place there may be something that must not be waited for.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leo_tui.text.line_index import Extent

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class LogFile:
    """A regular file, read at any place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def extent(self) -> Extent | None:
        """Return how much there is now; None when there is no file."""
        try:
            with self._opened() as descriptor:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    return None
                return Extent(
                    found.st_size,
                    self._next_written(descriptor, 0),
                    (found.st_dev, found.st_ino),
                )
        except OSError:
            return None

    def read(self, offset: int, count: int) -> bytes:
        """Return the bytes there, fewer at the end; empty when they cannot be read."""
        if count <= 0:
            return b""
        try:
            with self._opened() as descriptor:
                return os.pread(descriptor, count, offset)
        except OSError:
            return b""

    def written_from(self, offset: int) -> int:
        """Return where something is written, at or after `offset`."""
        try:
            with self._opened() as descriptor:
                return self._next_written(descriptor, offset)
        except OSError:
            return offset

    def _next_written(self, descriptor: int, offset: int) -> int:
        if not hasattr(os, "SEEK_DATA"):
            return offset
        try:
            return os.lseek(descriptor, offset, os.SEEK_DATA)
        except OSError:
            # Empty, a hole up to the end, or nobody can tell.
            return offset

    @contextmanager
    def _opened(self) -> Iterator[int]:
        descriptor = os.open(self._path, _FLAGS)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
