"""Who owns a run: this process, named so that another can tell if it still lives."""

import os
import socket

from leo_engine.ports import Lease

_PARTS_OF_OWNER = 4


def owner_text() -> str:
    """Return `host:boot:pid:start` of this process.

    `start` is the process's start time in clock ticks since boot, so a reused pid is
    not taken for the owner.
    """
    return ":".join(
        (socket.gethostname(), _boot_id(), str(os.getpid()), _start(os.getpid()))
    )


def is_alive(owner: str) -> bool | None:
    """Tell whether the owner's process lives.

    None when it is on another host, or the text does not name a process.
    """
    parts = owner.rsplit(":", 3)
    if len(parts) != _PARTS_OF_OWNER:
        return None
    host, boot, pid, start = parts
    if host != socket.gethostname():
        return None
    return boot == _boot_id() and bool(start) and _start(int(pid)) == start


def holds(lease: Lease, now_ms: int) -> bool:
    """Tell whether a lease holds: its owner lives, or, elsewhere, it has not expired.

    A process of this host is looked at, so that no jump of the clock takes a run away
    from its living owner, and a dead owner's run is free at once.
    """
    alive = is_alive(lease.owner)
    return lease.is_live(now_ms) if alive is None else alive


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123 -- on every start: pathlib costs more than the read
            return file.read().strip()
    except OSError:
        return "-"


def _start(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 -- as above
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
