"""Reading output whose oldest bytes were given back to the file system (`log_max`).

They are a hole at the beginning of the file, which grows while somebody reads. It reads
as NULs that nobody wrote, so it is stepped over; the line that follows it says what is
missing.
"""

import os
from pathlib import Path

_BLOCK_BYTES = 512
"""Source: stat(2), st_blocks; whatever the file system's own blocks are."""


def kept_bytes(found: os.stat_result) -> int:
    """Return how many bytes of a file are there, without those that were given back."""
    return min(found.st_size, found.st_blocks * _BLOCK_BYTES)


def kept_from(descriptor: int) -> int:
    """Return where the hole ends that a file begins with; 0 when it has none."""
    if not hasattr(os, "SEEK_DATA"):
        return 0
    try:
        return os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError:
        # Empty, or nobody can tell.
        return 0


def read_kept(descriptor: int, offset: int, count: int) -> tuple[int, bytes]:
    """Return where the next bytes at or after `offset` begin, and at most `count`."""
    while True:
        start = max(offset, kept_from(descriptor))
        piece = os.pread(descriptor, count, start)
        # What became a hole while it was read is not what was written there.
        if kept_from(descriptor) <= start:
            return start, piece


def read_end(path: Path, count: int) -> bytes:
    """Return the last bytes of a file, `count` at most.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        return read_kept(file.fileno(), max(0, size - count), count)[1]
