"""Who keeps a database locked, as far as this machine can tell.

Linux lists every lock with its file and its process in /proc/locks. Elsewhere, and for
a program on another machine, nobody is found.
"""

import os
from collections.abc import Iterator
from pathlib import Path

_WAL_WRITER = range(120, 123)
"""Bytes of the `-shm` file: writing, writing the log back, recovery.
Source: sqlite.org/walformat.html, "WAL-Index Locks"."""
_WHOLE_FILE = range(0x4000_0000, 0x4000_0200)
"""Bytes of the database. Source: sqlite.org/lockingv3.html, "Pending", "Exclusive"."""
_WRITE = 3
_FIELDS = 8
_STOPPED = "tT"


def lock_holders(path: Path) -> list[str]:
    """Return who holds a lock that keeps others from writing: `name (pid 12)`."""
    guarded = {
        key: span
        for file, span in (
            (path.with_name(f"{path.name}-shm"), _WAL_WRITER),
            (path, _WHOLE_FILE),
        )
        if (key := _key(file))
    }
    return [_named(pid) for pid in sorted(set(_writers(guarded)))]


def _writers(guarded: dict[str, range]) -> Iterator[int]:
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    for line in lines:
        fields = line.split()
        # Source: proc_locks(5). One that waits has an arrow and is a field longer.
        if len(fields) != _FIELDS or fields[_WRITE] != "WRITE":
            continue
        pid, file, first = fields[4:7]
        if file in guarded and int(first) in guarded[file] and int(pid) > 0:
            yield int(pid)


def _key(file: Path) -> str:
    """Return the file as /proc/locks names it; empty when it is not there."""
    try:
        found = file.stat()
    except OSError:
        return ""
    device = found.st_dev
    return f"{os.major(device):02x}:{os.minor(device):02x}:{found.st_ino}"


def _named(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"pid {pid}"
    # The name, in parentheses, may hold anything. Source: proc(5), /proc/pid/stat.
    name, _, rest = stat.partition("(")[2].rpartition(")")
    is_stopped = rest.split()[0] in _STOPPED
    how = f", stopped: `kill -CONT {pid}` lets it go on" if is_stopped else ""
    return f"{name} (pid {pid}{how})"
