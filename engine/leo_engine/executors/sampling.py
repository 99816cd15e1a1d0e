"""What running attempts use now: one pass over the processes for all of them.

Takes milliseconds (about 30 us for each process of the machine): call it from a thread,
about once a second.
"""

from collections.abc import Iterable

import msgspec

from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import boot_id, read_processes


class ResourceSample(msgspec.Struct, frozen=True):
    """What the session of one attempt uses."""

    cpu_ms: int
    """Since its processes began; those that have ended count through their parents."""
    rss_bytes: int
    """Memory shared by several of them counts for each."""
    process_count: int


def sample(handles: Iterable[str]) -> dict[str, ResourceSample]:
    """Return {handle: what it uses}; without those of which nothing runs."""
    boot = boot_id()
    by_session: dict[int, tuple[str, int]] = {}
    for handle in handles:
        process = ProcessHandle.parse(handle)
        if process.boot == boot:
            by_session[process.pid] = handle, process.start
    found: dict[str, ResourceSample] = {}
    for row in read_processes():
        handle, start = by_session.get(row.session, ("", 0))
        # Older than the attempt: another session, with a number that came round again.
        if not handle or row.start < start:
            continue
        so_far = found.get(handle, _NOTHING)
        found[handle] = ResourceSample(
            cpu_ms=so_far.cpu_ms + row.cpu_ms,
            rss_bytes=so_far.rss_bytes + row.rss_bytes,
            process_count=so_far.process_count + 1,
        )
    return found


_NOTHING = ResourceSample(0, 0, 0)
