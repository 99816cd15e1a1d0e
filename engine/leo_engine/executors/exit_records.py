"""The records of all wardens that worked for a folder.

Everything here reads files: call it from a thread, or where nothing waits. Instances
belong to one thread at a time.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.exit_record import ExitRecord
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import boot_id, is_running

_HYPHENS = 2
"""In the name of a record: boot-pid-start."""


class Sighting(NamedTuple):
    """What the records say of an attempt."""

    handle: ProcessHandle | None
    """None: it was not started. Without a process (`pid` 0): it may have been."""
    is_final: bool
    """No living warden can change it any more."""


class ExitRecords:
    """The records of a folder, each read as far as it has been written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: dict[str, ExitRecord] = {}
        self._newest: list[str] = []
        """Names of all that there were at the last look, newest first."""
        self._closed: set[str] = set()
        """Names of those whose warden was gone before they were read last."""

    def of(self, name: str) -> ExitRecord:
        """Return a record, up to date; empty when there is no such file."""
        record = self._records.get(name)
        if record is None:
            record = self._records[name] = ExitRecord(self._folder / name)
        if name not in self._closed:
            # Whether it lives is asked before: what it wrote last is then seen.
            lives = warden_lives(name)
            record.refresh()
            if not lives:
                self._closed.add(name)
        return record

    def knows(self, name: str) -> bool:
        """Return whether a record was read before, so that little of it is new."""
        return name in self._records

    def read_all(self) -> dict[str, ExitRecord]:
        """Return {name: record}, the newest first, all of them up to date."""
        self._newest = self._names()
        return {name: self.of(name) for name in self._newest}

    def _names(self) -> list[str]:
        found: list[tuple[int, str]] = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as rows:
            for row in rows:
                # Another engine may delete it meanwhile.
                with contextlib.suppress(FileNotFoundError):
                    if row.name.count("-") == _HYPHENS and row.is_file():
                        found.append((row.stat().st_mtime_ns, row.name))
        return [name for _, name in sorted(found, reverse=True)]

    def find(self, wanted: AttemptKey) -> Sighting:
        """Return what was known at the last `read_all` of an attempt without a handle.

        A warden that was killed while it started the attempt leaves the question open.
        One that lives may be about to start it: it knows of the attempt, or may not
        have noticed yet that its engine is gone and has sent nothing more.
        """
        is_final = True
        for name in self._newest:
            record, is_closed = self._records[name], name in self._closed
            number = record.numbers.get(wanted)
            if number is not None and number not in record.refused:
                process = record.processes.get(number, (0, 0))
                handle = ProcessHandle(name, number, *process)
                return Sighting(handle, is_final=is_closed or bool(handle.pid))
            if not (is_closed or record.is_sealed or is_running(*record.engine)):
                is_final = False
        return Sighting(None, is_final)

    def prune(self, is_open: Callable[[AttemptKey], bool]) -> int:
        """Delete records of wardens that are gone, unless an attempt in it is open.

        Returns how many were deleted. `is_open` says of an attempt that its outcome is
        not stored elsewhere yet.
        """
        deleted = 0
        for name, record in self.read_all().items():
            if name in self._closed and not any(map(is_open, record.keys.values())):
                (self._folder / name).unlink(missing_ok=True)
                self._closed.discard(name)
                self._newest.remove(name)
                del self._records[name]
                deleted += 1
        return deleted


def warden_lives(name: str) -> bool:
    """Return whether the warden of a record is still there."""
    boot, pid, start = name.split("-")
    return boot == boot_id() and is_running(int(pid), int(start))
