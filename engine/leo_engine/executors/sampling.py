"""What running attempts use now: one pass over the processes for all of them.

Takes milliseconds (about 30 us for each process of the machine): call it from a thread,
about once a second.
"""

from collections.abc import Iterable

from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import boot_id, read_processes
from leo_engine.ports import ResourceSample


def sample(handles: Iterable[str]) -> dict[str, ResourceSample]:
    """Return {handle: what it uses}; without those of which nothing runs here."""
    boot = boot_id()
    by_session: dict[int, tuple[str, int]] = {}
    for handle in handles:
        process = _process(handle)
        if process is not None and process.boot == boot:
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


def _process(handle: str) -> ProcessHandle | None:
    try:
        return ProcessHandle.parse(handle)
    except ValueError:
        # A sub-DAG's, say: its processes are its own tasks'.
        return None


_NOTHING = ResourceSample(0, 0, 0)
