"""When the output of attempts arrived, noted beside each log while they run.

A note says that by some time the log had some size: two little-endian int64. They are
few: about five a second while an attempt writes, and fewer the longer it does. What is
over before anybody looked has none: all its output arrived when its log was last
written.
"""

import contextlib
import os
import struct

from leo_engine.ports import Clock
from leo_engine.scheduler.folders import LOG, STDOUT, RunFolders
from leo_engine.state.machine import RunMachine

TIMES = ".times"
NOTE = struct.Struct("<qq")
"""Milliseconds since 1970, bytes."""
_EVERY_MS = 200
_LARGEST_BYTES = 64 * 1024
"""Of the notes about one log; then every second one goes."""
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Without following or waiting for what a task may have put there."""


def times_path(log_path: str) -> str:
    """Return where the notes about a log are."""
    return log_path.removesuffix(LOG) + TIMES


class OutputTimes:
    """The notes about one run that is driven here. A look costs O(running attempts)."""

    def __init__(self, machine: RunMachine, folders: RunFolders, clock: Clock) -> None:
        self._machine = machine
        self._folders = folders
        self._clock = clock
        self.written_bytes = 0
        """By all attempts that were looked at."""
        self._noted: dict[tuple[str, int], tuple[_Log, ...]] = {}

    def look(self) -> None:
        """Note how much every attempt under way has written."""
        machine, now_ms = self._machine, self._clock.monotonic_ms()
        before, self._noted = self._noted, {}
        for number in machine.board.running:
            key = (machine.task_id(number), machine.board.attempt[number])
            logs = before.get(key)
            if logs is None:
                logs = self._logs_of(*key)
            self._noted[key] = logs
            for log in logs:
                self.written_bytes += log.look(now_ms)

    def finish(self, task_id: str, attempt: int) -> None:
        """Note the rest of an attempt that has ended, if it was looked at at all."""
        key = (task_id, attempt)
        for log in self._noted.get(key, ()):
            self.written_bytes += log.note()
        # It still counts as running until that is stored: no look begins it again.
        self._noted[key] = ()

    def _logs_of(self, task_id: str, attempt: int) -> "tuple[_Log, ...]":
        return tuple(
            _Log(self._folders.attempt(task_id, attempt, suffix))
            for suffix in (LOG, STDOUT)
        )


class _Log:
    """One log that may grow."""

    __slots__ = ("_due_ms", "_every_ms", "_path", "_size_bytes")

    def __init__(self, path: str) -> None:
        self._path = path
        self._size_bytes = 0
        self._every_ms = _EVERY_MS
        self._due_ms = 0

    def look(self, now_ms: int) -> int:
        """Note its size unless it was noted only just now; return by what it grew."""
        if now_ms < self._due_ms:
            return 0
        self._due_ms = now_ms + self._every_ms
        return self.note()

    def note(self) -> int:
        """Note its size if it has changed; return by how many bytes it grew."""
        before_bytes = self._size_bytes
        # A full disk or a folder that is gone costs the note and nothing else.
        with contextlib.suppress(OSError):
            found = os.stat(self._path)  # noqa: PTH116 -- text in, text out
            if found.st_size != self._size_bytes:
                # By the file's own time: that is when it was written, not looked at.
                self._append(found.st_mtime_ns // 1_000_000, found.st_size)
                self._size_bytes = found.st_size
        return max(0, self._size_bytes - before_bytes)

    def _append(self, at_ms: int, size_bytes: int) -> None:
        path = times_path(self._path)
        file = os.open(path, _WRITE | os.O_APPEND, 0o600)
        try:
            os.write(file, NOTE.pack(at_ms, size_bytes))
            is_full = os.fstat(file).st_size > _LARGEST_BYTES
        finally:
            os.close(file)
        if is_full:
            _thin_out(path)
            self._every_ms *= 2


def _thin_out(path: str) -> None:
    """Keep every second note, the last one among them."""
    with open(path, "rb") as file:  # noqa: PTH123 -- text in, text out
        notes = file.read()
    count = len(notes) // NOTE.size
    kept = b"".join(
        notes[at * NOTE.size : (at + 1) * NOTE.size]
        for at in range((count - 1) % 2, count, 2)
    )
    whole = f"{path}.new"
    with os.fdopen(os.open(whole, _WRITE | os.O_TRUNC, 0o600), "wb") as target:
        target.write(kept)
    os.replace(whole, path)  # noqa: PTH105 -- text in, text out
