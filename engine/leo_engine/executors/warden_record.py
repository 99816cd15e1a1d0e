"""What a warden writes down, so that it survives the warden and its engine.

The record is text: a line per fact, fields separated by tabs. Only its last line can be
torn, and then lacks its newline. `wall` is in milliseconds since 1970; `start` is when
a process began, in clock ticks since boot: with the pid, its identity.

    W version pid start              the engine that this warden serves; the last counts
    I wall number key                about to start
    S wall number pid start          started
    F wall number errno              not started
    X wall number status cpu rss     ended
    E wall                           the engine is gone: no `I` follows

Like all of the warden, this imports C modules only; `exit_record` is the reader.
"""

import errno
import os
import sys
import time

# pathlib takes as long to import as the warden to start.
# ruff: noqa: PTH102, PTH120

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - the engine's clock is out of reach


def monotonic_ms() -> int:
    """Return the clock that all processes of a boot share, and that never jumps."""
    return time.monotonic_ns() // 1_000_000


def read_small(path: str) -> bytes:
    """Return the first 2 KiB of a file; empty when it cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    content = os.read(descriptor, 2048)
    os.close(descriptor)
    return content


def start_ticks(pid: int) -> int:
    """Return when a process began; off Linux, now in hundredths of a second."""
    stat = read_small(f"/proc/{pid}/stat")
    if not stat:
        return now_ms() // 10
    # The name, in parentheses, may hold anything; the start is field 22.
    return int(stat[stat.rindex(b")") + 2 :].split(None, 20)[19])


def ticks_now() -> int:
    """Return clock ticks since boot; 0 where the machine cannot tell."""
    if sys.platform != "linux":
        return 0
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _TICK_NS


def make_folders(path: str) -> None:
    """Make a folder and what is missing above it, each 0700."""
    try:
        _make_folder(path)
    except FileNotFoundError:
        make_folders(os.path.dirname(path))
        _make_folder(path)


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        # There before, or made by another process in this instant.
        return


class Record:
    """The append-only file of one warden."""

    def __init__(self, folder: str) -> None:
        pid = os.getpid()
        start = start_ticks(pid)
        boot = read_small("/proc/sys/kernel/random/boot_id")[:8].decode() or "0" * 8
        self.name = f"{boot}-{pid}-{start}"
        make_folders(folder)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(f"{folder}/{self.name}", flags, 0o600)
        # A traceback of the warden ends up here as well; no reader takes it for a fact.
        os.dup2(self._file, 2)
        self.unsaved = b""
        self.problem = 0
        """Why not everything is saved, an errno."""
        self._engine = 0
        self.serve(os.getppid())

    def serve(self, engine: int) -> None:
        """Note whose warden it is: its parent's, or what that has forked into."""
        if engine != self._engine:
            self._engine = engine
            self.write(f"W\t1\t{engine}\t{start_ticks(engine)}\n")

    def is_hopeless(self) -> bool:
        """Tell whether what is unsaved will never be: over a limit, or deleted."""
        return self.problem == errno.EFBIG or not os.fstat(self._file).st_nlink

    def write(self, line: str) -> None:
        """Append a line in one write; keep what a full disk refuses for the next."""
        pending = self.unsaved + line.encode()
        self.problem = 0
        try:
            written = os.write(self._file, pending)
        except OSError as error:
            written, self.problem = 0, error.errno or 0
        self.unsaved = pending[written:]
