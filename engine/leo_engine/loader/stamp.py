"""What tells that a file has been written since it was last looked at."""

from pathlib import Path

Stamp = tuple[int, int, int]
"""mtime_ns, size and inode: equal as long as a file has not been written."""


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file; None when it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
