"""Who owns a run: this process, named so that another can tell if it still lives."""

import os
import socket
from functools import cache

from leo_engine.executors.process_table import boot_id, is_running, read_process
from leo_engine.ports import Instant, Lease

_PARTS_OF_OWNER = 4


def owner_text() -> str:
    """Return `host@namespace:boot:pid:start` of this process.

    The namespace is that of its pids: containers may share a host's name and not see
    its processes. `start` is the process's start time in clock ticks since boot, so a
    reused pid is not taken for the owner.
    """
    pid = os.getpid()
    process = read_process(pid)
    start = 0 if process is None else process.start
    return f"{_here()}:{boot_id()}:{pid}:{start}"


def is_alive(owner: str) -> bool | None:
    """Tell whether the owner's process lives.

    None when it is on another host or in another container, or the text does not name
    a process.
    """
    parts = owner.rsplit(":", 3)
    if len(parts) != _PARTS_OF_OWNER:
        return None
    host, boot, pid, start = parts
    if host != _here() or not (pid.isdigit() and start.isdigit()):
        return None
    return boot == boot_id() and is_running(int(pid), int(start))


def holds(lease: Lease, now: Instant) -> bool:
    """Tell whether a lease holds: its owner lives and its time is not over.

    An owner of this host is judged by its process, so that the run of a dead one is
    free at once, and by the monotonic clock, so that no jump of the wall clock takes
    a run from a living one; one that is stopped loses it all the same. Of an owner
    elsewhere, the wall clock is all there is to go by.
    """
    alive = is_alive(lease.owner)
    if alive is None:
        return now.wall_ms < lease.expires_ms
    return alive and lease.is_live(now)


@cache
def _here() -> str:
    try:
        namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 -- on every start: pathlib costs more than the call
    except OSError:
        namespace = 0
    return f"{socket.gethostname()}@{namespace}"
