"""A small disk that a test mounts, fills, and makes read-only."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_MOUNT = shutil.which("mount") or ""
_UMOUNT = shutil.which("umount") or ""


@contextlib.contextmanager
def small_disk(place: Path, size_bytes: int) -> Iterator[None]:
    """Mount a tmpfs on a folder for the block; skips the test where that is refused."""
    place.mkdir(parents=True, exist_ok=True)
    options = f"size={size_bytes},mode=700"
    mount = [_MOUNT, "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if not _MOUNT or os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small disk takes root and the right to mount")
    try:
        yield
    finally:
        # Who waits for room to write its last words would wait for ever.
        remount(place, f"rw,size={2 * size_bytes + 1_000_000}")
        subprocess.run([_UMOUNT, "-l", str(place)], check=True)


def remount(place: Path, options: str) -> None:
    """Make a mounted disk read-only (`ro`) or writable (`rw`)."""
    subprocess.run([_MOUNT, "-o", f"remount,{options}", str(place)], check=True)


def fill(filler: Path) -> None:
    """Leave no room on the filler's disk."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
