"""Reading what one warden has written down: who was started, and how it ended.

The format is described in `warden_record`.
"""

import os
from pathlib import Path
from typing import NamedTuple

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.signal_name import signal_name
from leo_engine.state.outcome import Failed, Outcome, Succeeded, Usage

_CHUNK_BYTES = 1 << 20
_CANNOT_EXECUTE = 126
_NOT_FOUND = 127


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
        named = signal_name(-code) or f"signal {-code}"
        return Failed(reason=f"killed by {named}", signal=-code, usage=usage)
    meaning = {
        _CANNOT_EXECUTE: ": cannot be executed",
        _NOT_FOUND: ": command not found",
    }.get(code, "")
    return Failed(reason=f"exit {code}{meaning}", exit_code=code, usage=usage)


class ExitRecord:
    """One warden's record, read as far as it has been written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0
        self._torn = b""
        self.keys: dict[int, AttemptKey] = {}
        """Every attempt it was about to start."""
        self.numbers: dict[AttemptKey, int] = {}
        """The same, the other way round."""
        self.start_counts: dict[int, int] = {}
        """How often each was started: once, or the warden is broken."""
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
                attempt = self.keys[int(number)] = AttemptKey.decode(key)
                self.numbers[attempt] = int(number)
            case ["S", _, number, pid, start]:
                started = int(number)
                self.processes[started] = int(pid), int(start)
                self.start_counts[started] = self.start_counts.get(started, 0) + 1
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
