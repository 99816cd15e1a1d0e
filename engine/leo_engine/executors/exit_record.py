"""Reading what wardens have written down: who was started, and how it ended.

The format is described in `warden.py`. Everything here reads files: call it from a
thread, or where nothing waits. Instances belong to one thread at a time.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import is_running
from leo_engine.state.outcome import Failed, Outcome, Succeeded, Usage

_CHUNK_BYTES = 1 << 20
_CANNOT_EXECUTE = 126
_NOT_FOUND = 127


class AttemptKey(NamedTuple):
    """Which attempt of which task of which run."""

    run_id: str
    task: str
    attempt: int

    def encode(self) -> str:
        """Return one line of ASCII, free of tabs."""
        text = f"{self.run_id} {self.attempt} {self.task}"
        return text.encode("unicode_escape").decode()

    @property
    def marks(self) -> frozenset[bytes]:
        """The variables by which its processes are known, as `NAME=value`."""
        return frozenset(
            os.fsencode(f"LEO_{name}={value}")
            for name, value in (
                ("RUN_ID", self.run_id),
                ("TASK", self.task),
                ("ATTEMPT", self.attempt),
            )
        )

    @classmethod
    def decode(cls, line: str) -> "AttemptKey":
        """Return what `encode` was given."""
        text = line.encode().decode("unicode_escape")
        run_id, attempt, task = text.split(" ", 2)
        return cls(run_id, task, int(attempt))


class Ending(NamedTuple):
    """How an attempt ended, and when."""

    outcome: Outcome
    at_ms: int
    """Milliseconds since 1970."""


def outcome_of(status: int, cpu_ms: int, peak_rss_bytes: int) -> Outcome:
    """Return what a wait status means.

    A peak below that of the warden, about 10 MB, is not seen: the kernel counts the
    process from before its exec.
    """
    usage = Usage(cpu_ms=cpu_ms, peak_rss_bytes=peak_rss_bytes)
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return Succeeded(usage=usage)
    if code < 0:
        return Failed(
            reason=f"killed by {_signal_name(-code)}", signal=-code, usage=usage
        )
    meaning = {
        _CANNOT_EXECUTE: ": cannot be executed",
        _NOT_FOUND: ": command not found",
    }.get(code, "")
    return Failed(reason=f"exit {code}{meaning}", exit_code=code, usage=usage)


def _signal_name(number: int) -> str:
    import signal  # noqa: PLC0415 - most runs end without one

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class ExitRecord:
    """One warden's record, read as far as it has been written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0
        self._torn = b""
        self.keys: dict[int, AttemptKey] = {}
        """Every attempt it was about to start."""
        self.processes: dict[int, tuple[int, int]] = {}
        """Pid and start of what it started."""
        self.endings: dict[int, Ending] = {}
        self.refused: set[int] = set()
        """What it could not start."""
        self.engine = (0, 0)
        """Pid and start of the engine that its warden serves."""
        self.is_sealed = False
        """Its engine is gone: it starts nothing more."""

    def refresh(self) -> None:
        """Read what was added since the last time; a missing file is an empty one."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                while chunk := file.read(_CHUNK_BYTES):
                    self._read_bytes += len(chunk)
                    *lines, self._torn = (self._torn + chunk).split(b"\n")
                    for line in lines:
                        self._learn(line.decode("ascii", "replace").split("\t"))
        except FileNotFoundError:
            return

    def _learn(self, fields: list[str]) -> None:
        match fields:
            case ["W", _, pid, start]:
                self.engine = int(pid), int(start)
            case ["I", _, number, key]:
                self.keys[int(number)] = AttemptKey.decode(key)
            case ["S", _, number, pid, start]:
                self.processes[int(number)] = int(pid), int(start)
            case ["F", _, number, _]:
                self.refused.add(int(number))
            case ["X", wall_ms, number, status, cpu_ms, rss]:
                outcome = outcome_of(int(status), int(cpu_ms), int(rss))
                self.endings[int(number)] = Ending(outcome, int(wall_ms))
            case ["E", _]:
                self.is_sealed = True
            case _:
                # The last words of a warden that broke.
                pass


class ExitRecords:
    """All records of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: dict[str, ExitRecord] = {}

    def of(self, name: str) -> ExitRecord:
        """Return a record, up to date; empty when there is no such file."""
        record = self._records.get(name)
        if record is None:
            record = self._records[name] = ExitRecord(self._folder / name)
        record.refresh()
        return record

    def names(self) -> list[str]:
        """Return the names of all records, oldest first."""
        found: list[tuple[int, str]] = []
        for path in self._folder.glob("*-*-*"):
            # Another engine may be deleting it.
            with contextlib.suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path.name))
        return [name for _, name in sorted(found)]

    def find(self, wanted: AttemptKey) -> ProcessHandle | None:
        """Return the process of an attempt; None when it was not started.

        A warden that was killed while it started the attempt leaves the question open:
        the handle then has no process (`pid` 0).
        """
        for name in reversed(self.names()):
            record = self.of(name)
            for number, key in record.keys.items():
                if key == wanted and number not in record.refused:
                    process = record.processes.get(number, (0, 0))
                    return ProcessHandle(name, number, *process)
        return None

    def prune(self, is_open: Callable[[AttemptKey], bool]) -> int:
        """Delete records of wardens that are gone, unless an attempt in it is open.

        Returns how many were deleted. `is_open` says of an attempt that its outcome is
        not stored elsewhere yet.
        """
        deleted = 0
        for name in self.names():
            _, pid, start = name.split("-")
            if is_running(int(pid), int(start)):
                continue
            if not any(map(is_open, self.of(name).keys.values())):
                (self._folder / name).unlink(missing_ok=True)
                self._records.pop(name, None)
                deleted += 1
        return deleted
