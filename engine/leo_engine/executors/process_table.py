"""The processes of this machine: who is still there, in which session, using how much.

One pass over /proc for everybody, never a walk per attempt; psutil where there is no
/proc. Everything here reads many small files: call it from a thread.
"""

import functools
import os
import sys
from typing import NamedTuple

_HAS_PROC = sys.platform == "linux"
_TICK_MS = 1000 // os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_NOT_TO_BE_SEEN = (FileNotFoundError, ProcessLookupError, PermissionError)
_ENVIRON_BYTES = 1 << 15
_DEAD = frozenset({"Z", "X", "x"})
_SLACK_TICKS = 200
"""Two seconds: off Linux a start is only known by the clock on the wall."""


class ProcessRow(NamedTuple):
    """One process, alive at the time of the pass."""

    pid: int
    parent: int
    group: int
    session: int
    """Off Linux: the process group."""
    start: int
    """Clock ticks since boot; off Linux, hundredths of a second since 1970."""
    cpu_ms: int
    """User and system time, reaped children included."""
    rss_bytes: int


def read_process(pid: int) -> ProcessRow | None:
    """Return one process; None when it has ended, even if nobody has reaped it.

    Raises:
        OSError: the machine is short of something, so nobody knows.
    """
    if not _HAS_PROC:
        return _psutil_row(pid)
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except _NOT_TO_BE_SEEN:
        return None
    try:
        stat = os.read(descriptor, 2048)
    except ProcessLookupError:
        return None
    finally:
        os.close(descriptor)
    return _row_of(pid, stat)


def read_processes() -> list[ProcessRow]:
    """Return every living process that can be seen. Takes about 30 us for each."""
    return [row for pid in process_ids() if (row := read_process(pid)) is not None]


def process_ids() -> list[int]:
    """Return the number of every process that can be seen."""
    if _HAS_PROC:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - three times as quick
    import psutil  # noqa: PLC0415 - 18 ms, and only off Linux

    return psutil.pids()


@functools.cache
def boot_id() -> str:
    """Return eight characters that change with every boot; zeros when unknown."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123 - as above
            return file.read(8)
    except _NOT_TO_BE_SEEN:
        return "0" * 8


def is_running(pid: int, start: int) -> bool:
    """Return whether this very process lives, and not another with its number."""
    row = read_process(pid)
    if row is None:
        return False
    return abs(row.start - start) <= (0 if _HAS_PROC else _SLACK_TICKS)


def carries(pid: int, variables: frozenset[bytes]) -> bool:
    """Return whether a process began with all these `NAME=value` in its environment."""
    return variables <= frozenset(environment(pid).split(b"\0"))


def environment(pid: int) -> bytes:
    """Return the `NAME=value` that a process began with, a NUL after each.

    Empty when it has ended, or when we may not know.
    """
    if not _HAS_PROC:
        return _psutil_environment(pid)
    try:
        descriptor = os.open(f"/proc/{pid}/environ", os.O_RDONLY | os.O_CLOEXEC)
    except _NOT_TO_BE_SEEN:
        return b""
    try:
        content = piece = os.read(descriptor, _ENVIRON_BYTES)
        while len(piece) == _ENVIRON_BYTES:
            piece = os.read(descriptor, _ENVIRON_BYTES)
            content += piece
    except _NOT_TO_BE_SEEN:
        return b""
    finally:
        os.close(descriptor)
    return content


def _row_of(pid: int, stat: bytes) -> ProcessRow | None:
    # The name, in parentheses, may hold anything. Source: proc(5), /proc/pid/stat.
    fields = stat[stat.rindex(b")") + 2 :].split()
    if fields[0].decode() in _DEAD:
        return None
    return ProcessRow(
        pid=pid,
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        start=int(fields[19]),
        cpu_ms=sum(map(int, fields[11:15])) * _TICK_MS,
        rss_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def _psutil_environment(pid: int) -> bytes:
    import psutil  # noqa: PLC0415 - 18 ms, and only off Linux

    try:
        variables = psutil.Process(pid).environ()
    except psutil.Error:
        return b""
    return b"".join(os.fsencode(f"{name}={variables[name]}\0") for name in variables)


def _psutil_row(pid: int) -> ProcessRow | None:
    import psutil  # noqa: PLC0415 - 18 ms, and only off Linux

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            times = process.cpu_times()
            group = os.getpgid(pid)
            return ProcessRow(
                pid=pid,
                parent=process.ppid(),
                group=group,
                session=group,
                start=round(process.create_time() * 100),
                cpu_ms=round((times.user + times.system) * 1000),
                rss_bytes=process.memory_info().rss,
            )
    except (psutil.Error, ProcessLookupError):
        return None
