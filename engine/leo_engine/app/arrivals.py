"""When the output of an attempt arrived, as it was noted while the attempt ran."""

import sys
from array import array
from pathlib import Path

from leo_engine.app.types import Arrivals
from leo_engine.scheduler.output_times import NOTE, times_path


def arrivals_of(log_path: Path) -> Arrivals:
    """Return the notes about a log; the last one is the log as it is now."""
    try:
        notes = Path(times_path(str(log_path))).read_bytes()
    except OSError:
        notes = b""
    values = array("q")
    values.frombytes(notes[: len(notes) - len(notes) % NOTE.size])
    if sys.byteorder == "big":
        values.byteswap()
    found = list(zip(values[0::2], values[1::2], strict=True))
    try:
        now = log_path.stat()
    except OSError:
        return _in_order(found)
    last_bytes = found[-1][1] if found else 0
    if now.st_size != last_bytes:
        found.append((now.st_mtime_ns // 1_000_000, now.st_size))
    return _in_order(found)


def _in_order(found: list[tuple[int, int]]) -> Arrivals:
    """Return what still holds: a log that shrank was emptied by its task."""
    kept: list[tuple[int, int]] = []
    for at_ms, size_bytes in found:
        while kept and kept[-1][1] > size_bytes:
            kept.pop()
        before_ms, before_bytes = kept[-1] if kept else (0, 0)
        if size_bytes > before_bytes:
            kept.append((max(at_ms, before_ms), size_bytes))
    return Arrivals(
        at_ms=array("q", (at_ms for at_ms, _ in kept)),
        offset_bytes=array("q", (size_bytes for _, size_bytes in kept)),
    )
