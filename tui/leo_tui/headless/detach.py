"""Leaves the rest of the work to a process that no terminal can take along.

The fork is for a process that has neither a loop nor a thread nor an open database yet:
none of them survives it.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from leo_engine.ports import Clock

MOST_LOGS = 100
_SUFFIX = ".log"


class Background:
    """The process that was left behind, as the one in front sees it."""

    def __init__(self, pid: int, log: Path, link: int) -> None:
        self.pid = pid
        self.log = log
        """What it prints; 0600."""
        self._link = link

    def lines(self) -> Iterator[str]:
        """Return what it says to us, as it says it, until it ends."""
        with os.fdopen(self._link, encoding="utf-8") as link:
            yield from link

    def exit_code(self) -> int:
        """Return how it ended, as a shell would put it; waits for that."""
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code


class Foreground:
    """The process in front, as the one in the background sees it."""

    def __init__(self, link: int) -> None:
        self._link = link

    def say(self, line: str) -> None:
        """Tell it something, unless it has gone away."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._link, f"{line}\n".encode())


def part(folder: Path, clock: Clock) -> Background | Foreground:
    """Fork: return the `Background` in front and the `Foreground` behind.

    Behind, the process has its own session, nothing to read, and a new file in `folder`
    as its output. Old files there are removed, whose process is gone.

    Raises:
        OSError: the folder cannot be written, or there cannot be another process.
    """
    # One by one: mkdir gives its mode to the last folder only.
    for path in (folder.parent, folder):
        path.mkdir(mode=0o700, exist_ok=True)
    _forget_old(folder)
    moment = datetime.fromtimestamp(clock.now_ms() / 1000, tz=UTC)
    name = moment.strftime("%Y%m%dT%H%M%S")
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    log = folder / f"{name}-{pid or os.getpid()}{_SUFFIX}"
    if pid:
        os.close(writing)
        return Background(pid, log, reading)
    os.close(reading)
    os.setsid()
    _redirect(log)
    return Foreground(writing)


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, standard in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, standard)
    os.close(nothing)
    os.close(output)


def _forget_old(folder: Path) -> None:
    """Leave room for one more; names sort by time."""
    logs = sorted(folder.glob(f"*{_SUFFIX}"))
    for log in logs[: max(0, len(logs) - MOST_LOGS + 1)]:
        if not _lives(log.stem.rpartition("-")[2]):
            log.unlink(missing_ok=True)


def _lives(pid: str) -> bool:
    return pid.isdigit() and Path("/proc", pid).exists()
