"""Following a container's output into the files of its attempt: all of it, and once.

The daemon keeps the output and tells it in the same order whenever it is asked. So what
is in the file already is so much of what the daemon has told: whoever takes a file over
asks again, skips as many bytes, and appends the rest.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leo_engine.executors.warden_logs import LimitedLog
from leo_engine.executors.warden_start import open_output

_HEADER = struct.Struct(">BxxxI")
"""Source: Docker Engine API, ContainerAttach, "Stream format"."""
_STDERR = 2
_LOOK_BYTES = 1 << 20
"""After so much, a log is looked at whether it is over its limit."""


class LogRefusedError(Exception):
    """A file takes no more output now; it may later."""


class Frame(NamedTuple):
    """One piece of output; a long line comes in several, only the last ends it."""

    second: int
    """Since 1970: when the daemon got it."""
    is_stderr: bool
    text: bytes


class LogFile:
    """One file that output is appended to."""

    def __init__(self, path: str, begins_at: int, limit_bytes: int | None) -> None:
        """Take up where the file ends; output begins at the byte `begins_at`."""
        self._file = open_output(path)
        self._size = max(os.fstat(self._file).st_size, begins_at)
        self._limited = LimitedLog(path, limit_bytes) if limit_bytes else None
        self._unseen = 0
        self.told_bytes = begins_at
        """Where in the file what the daemon tells next belongs."""

    def take(self, text: bytes) -> None:
        """Append what is not in the file yet.

        Raises:
            LogRefusedError: not all of it could be; told again, the rest is.
        """
        known = self._size - self.told_bytes
        self.told_bytes += len(text)
        if known >= len(text):
            return
        fresh = memoryview(text)[max(0, known) :]
        while fresh:
            try:
                written = os.write(self._file, fresh)
            except OSError as error:
                raise LogRefusedError(str(error)) from error
            self._size += written
            self._unseen += written
            fresh = fresh[written:]
        if self._unseen >= _LOOK_BYTES:
            self.look()

    def look(self) -> None:
        """Give back the oldest output if there is too much."""
        self._unseen = 0
        if self._limited is not None:
            self._limited.look(0)

    def close(self) -> None:
        """Let go of the file."""
        self.look()
        os.close(self._file)


class Places(NamedTuple):
    """Where the output of an attempt goes."""

    log_path: str
    begins_at: int
    """So many bytes of the log are not the container's: progress of a pull."""
    stdout_path: str
    """Empty: all of it goes into the log."""
    limit_bytes: int | None


class LogCopy:
    """The files of one attempt."""

    def __init__(self, places: Places) -> None:
        """Open them.

        Raises:
            LogRefusedError: one cannot be opened.
        """
        limit = places.limit_bytes
        try:
            self._log = LogFile(places.log_path, places.begins_at, limit)
            self._out = self._log
            if places.stdout_path:
                self._out = LogFile(places.stdout_path, 0, limit)
        except OSError as error:
            raise LogRefusedError(str(error)) from error
        self.since = 0
        """The second from which on to ask again."""
        self._told = self._log.told_bytes, self._out.told_bytes
        """Where in the files the output of that second begins."""

    def begin(self) -> None:
        """Be ready for the output since the second `since`, told once more."""
        self._log.told_bytes, self._out.told_bytes = self._told

    def take(self, chunks: Iterable[bytes]) -> None:
        """Take all output of an answer."""
        for frame in frames(chunks):
            if frame.second > self.since:
                self.since = frame.second
                self._told = self._log.told_bytes, self._out.told_bytes
            (self._log if frame.is_stderr else self._out).take(frame.text)

    def close(self) -> None:
        """Let go of the files."""
        self._log.close()
        if self._out is not self._log:
            self._out.close()


def frames(chunks: Iterable[bytes]) -> Iterator[Frame]:
    """Yield the frames of an answer with timestamps, however it is cut into chunks."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        done = 0
        while len(held) - done >= _HEADER.size:
            kind, length = _HEADER.unpack_from(held, done)
            begin, end = done + _HEADER.size, done + _HEADER.size + length
            if len(held) < end:
                break
            stamp, _, text = bytes(held[begin:end]).partition(b" ")
            yield Frame(_second(stamp), kind == _STDERR, text)
            done = end
        del held[:done]


def _second(stamp: bytes) -> int:
    """Return the second of `2026-01-31T23:59:59.999999999Z`; 0 when it is none."""
    from datetime import datetime  # noqa: PLC0415 -- only for containers

    known = _KNOWN.get(stamp[:19])
    if known is not None:
        return known
    offset = stamp[stamp.rfind(b".") :].lstrip(b".0123456789").decode() or "Z"
    try:
        told = datetime.fromisoformat(stamp[:19].decode() + offset)
    except ValueError:
        return 0
    _KNOWN.clear()
    _KNOWN[stamp[:19]] = second = int(told.timestamp())
    return second


_KNOWN: dict[bytes, int] = {}
"""The second that was worked out last: thousands of lines share one."""
