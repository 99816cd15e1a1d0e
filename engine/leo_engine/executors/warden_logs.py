"""Giving back the oldest output of tasks that write more than `log_max`.

Tasks append, so what was written last stays where it is: the bytes before it become a
hole in the file, whose place on the disk is free again. What is kept begins with a line
that says so.

Like all of the warden, this imports C modules only; ctypes when it is first needed.
"""

import errno
import os
import stat
import sys

from leo_engine.executors.warden_record import monotonic_ms

_FIRST_LOOK_MS = 100
_LONGEST_PAUSE_MS = 1_000
_SHORTEST_PAUSE_MS = 20
_ROOM_BYTES = 4096
"""How much of what is kept the line may take: the rest of the line that is cut, too."""
_GIVEN_BACK = "[leo-tui: {} bytes of older output were given back: log_max]"
_KEPT = "[leo-tui: log_max is exceeded: this file system cannot give output back ({})]"
_CANNOT = (
    *(errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.ENODEV),
    *(errno.EINVAL, errno.EPERM),
)
_KEEP_SIZE_AND_PUNCH_HOLE = 0x01 | 0x02
"""Source: fallocate(2), linux/falloc.h."""
_F_PUNCHHOLE = 99
"""Source: fcntl(2) of macOS, sys/fcntl.h; it takes flags, nothing, offset, length."""


class LimitedLog:
    """One file that a task appends to."""

    __slots__ = ("_kept_from", "_limit_bytes", "_path", "_size_bytes")

    def __init__(self, path: str, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = max(limit_bytes, 2 * _ROOM_BYTES)
        self._kept_from = 0
        """Where the hole at its beginning ends."""
        self._size_bytes = 0

    def look(self, since_ms: int) -> int:
        """Give back what is too much; return when to look again, in milliseconds.

        That is when it may have grown by half its limit, if it grows as it did in the
        `since_ms` since the last look.
        """
        try:
            found = os.lstat(self._path)
        except OSError:
            return _LONGEST_PAUSE_MS
        grown, self._size_bytes = found.st_size - self._size_bytes, found.st_size
        if found.st_size < self._kept_from:
            # The task has emptied it itself.
            self._kept_from = 0
        is_file = stat.S_ISREG(found.st_mode)
        if is_file and found.st_size - self._kept_from > self._limit_bytes:
            self._give_back(found.st_blksize)
        return since_ms * self._limit_bytes // 2 // max(1, grown)

    def _give_back(self, block_bytes: int) -> None:
        cut = self._size_bytes - self._limit_bytes // 2
        cut -= cut % block_bytes
        if cut <= self._kept_from:
            return
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(self._path, flags)
        except OSError:
            return
        try:
            punch_hole(file, self._kept_from, cut - self._kept_from)
            _mark(file, cut)
            self._kept_from = cut
        except OSError as error:
            if error.errno in _CANNOT:
                self._limit_bytes = sys.maxsize
                _append(file, self._path, _KEPT.format(os.strerror(error.errno)))
        finally:
            os.close(file)


class LimitedLogs:
    """The logs of what runs under a limit; looked at about once a second."""

    def __init__(self) -> None:
        self._logs: dict[int, tuple[LimitedLog, ...]] = {}
        """By pid."""
        self._looked_ms = 0
        self._pause_ms = 0

    def watch(self, pid: int, paths: tuple[str, ...], limit_bytes: int) -> None:
        """Look after the logs of a process from now on."""
        if not self._logs:
            self._looked_ms = monotonic_ms()
            self._pause_ms = _FIRST_LOOK_MS
        elif self._pause_ms > _FIRST_LOOK_MS:
            since_ms = monotonic_ms() - self._looked_ms
            self._pause_ms = min(self._pause_ms, since_ms + _FIRST_LOOK_MS)
        self._logs[pid] = tuple(LimitedLog(path, limit_bytes) for path in paths)

    def forget(self, pid: int) -> None:
        """Look a last time at the logs of a process that has ended."""
        for log in self._logs.pop(pid, ()):
            log.look(0)

    def left_ms(self) -> int | None:
        """Return when to look again; None when there is nothing to look at."""
        if not self._logs:
            return None
        return max(0, self._looked_ms + self._pause_ms - monotonic_ms())

    def look(self) -> None:
        """Look at all of them, if it is time to."""
        if self.left_ms() != 0:
            return
        now_ms = monotonic_ms()
        since_ms = now_ms - self._looked_ms
        pause_ms = min(
            *(_LONGEST_PAUSE_MS, 2 * self._pause_ms),
            *(log.look(since_ms) for logs in self._logs.values() for log in logs),
        )
        self._looked_ms = now_ms
        self._pause_ms = max(_SHORTEST_PAUSE_MS, pause_ms)


def punch_hole(file: int, offset: int, length: int) -> None:
    """Give a part of a file back to the file system; it then reads as NULs.

    Raises:
        OSError: not here, or not now.
    """
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - see the module
        import struct  # noqa: PLC0415

        fcntl.fcntl(file, _F_PUNCHHOLE, struct.pack("IIqq", 0, 0, offset, length))
        return
    import ctypes  # noqa: PLC0415 - 10 ms

    libc = ctypes.CDLL(None, use_errno=True)
    # On machines of 32 bits, only the first takes offsets of 64.
    name = next((it for it in ("fallocate64", "fallocate") if hasattr(libc, it)), "")
    if not name:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    place = ctypes.c_int64(offset), ctypes.c_int64(length)
    if libc[name](file, _KEEP_SIZE_AND_PUNCH_HOLE, *place):
        raise OSError(ctypes.get_errno(), "fallocate")


def _mark(file: int, cut: int) -> None:
    """Say at the beginning of what is kept how much is missing.

    It takes the place of whole lines: the end of a line that was cut could hold the end
    of a secret, which nobody would recognize.
    """
    kept = os.pread(file, _ROOM_BYTES, cut)
    shortest = len(_GIVEN_BACK.format(cut + _ROOM_BYTES))
    if len(kept) <= shortest:
        return
    end = kept.find(b"\n", shortest)
    end = len(kept) - 1 if end < 0 else end
    line = _GIVEN_BACK.format(cut + end + 1).ljust(end) + "\n"
    os.pwrite(file, line.encode(), cut)


def _append(file: int, path: str, line: str) -> None:
    try:
        last = os.pread(file, 1, max(0, os.fstat(file).st_size - 1))
        text = line if last == b"\n" else f"\n{line}"
        appending = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        os.write(appending, f"{text}\n".encode())
        os.close(appending)
    except OSError:
        # Whoever reads the log sees that it is long.
        return
