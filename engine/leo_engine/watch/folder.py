"""What changes in one folder, told as it happens.

The system's notification only says when to look: what has changed is found by comparing
two looks. So nothing is missed where notification does not work (network file systems,
a limit that is used up), it is only seen some seconds later. Where it does, nobody
looks at a quiet folder more than once a minute.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

_TOGETHER_MS = 50
"""Changes so close to one another are told together."""
_STEP_MS = 100
"""How often the watch looks whether it was notified; a quiet folder costs no more."""
_LOOK_EVERY_MS = 2_000
_MISSED = 30
"""Looks that are left out where every change is notified of."""
_NOTIFYING = frozenset({"bcachefs", "ext2", "ext3", "ext4", "f2fs", "tmpfs", "xfs"})
"""File systems of one machine: all that writes to them is notified of."""
_MOUNTS = Path("/proc/self/mountinfo")
_TRY_EVERY_S = 0.5
"""How often a folder that is gone is looked for."""
_READ = (".toml", ".yaml", ".yml", ".py")
"""What DAG files end with, and what their scripts import; of others only coming and
going counts: tasks may write there all the time."""

_Look = dict[str, tuple[int, ...]]
"""{name: what changes when the file is written}; hidden ones left out."""


async def changes(folder: Path, stop: asyncio.Event) -> AsyncIterator[frozenset[Path]]:
    """Yield the paths that were written, came or went, until `stop` is set.

    The folder itself is among them when it is gone, is back, or is another one.
    Subfolders and hidden files are not watched.
    """
    seen = await asyncio.to_thread(_look, folder)
    async for _ in _occasions(folder, stop):
        now = await asyncio.to_thread(_look, folder)
        changed = {name for name, _ in seen.items() ^ now.items()}
        seen = now
        if changed:
            yield frozenset(folder / name for name in changed)


async def _occasions(folder: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield whenever something may have changed, and every now and then."""
    from watchfiles import awatch  # noqa: PLC0415 -- 60 ms that only screens are worth

    while not stop.is_set():
        watched, left_out = _identity(folder), 0
        most_left_out = _MISSED if _is_notifying(folder) else 0
        # The folder is gone, or the system watches no more of them.
        with contextlib.suppress(OSError):
            async for notified in awatch(
                folder,
                watch_filter=None,
                debounce=_TOGETHER_MS,
                step=_STEP_MS,
                stop_event=_Stop(stop),
                rust_timeout=_LOOK_EVERY_MS,
                yield_on_timeout=True,
                recursive=False,
            ):
                is_another = _identity(folder) != watched
                if notified or is_another or left_out >= most_left_out:
                    left_out = 0
                    yield
                else:
                    left_out += 1
                if is_another:
                    break
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TRY_EVERY_S):
                await stop.wait()
        yield


def _is_notifying(folder: Path) -> bool:
    """Tell whether nothing is written to the folder without a notification."""
    try:
        device = folder.stat().st_dev
        mounts = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    # Its third field is the device, and the file system follows a lone dash.
    kinds = {
        line.split(" - ", 1)[1].split(" ", 1)[0]
        for line in mounts
        if line.split(" ", 3)[2] == number
    }
    return bool(kinds) and kinds <= _NOTIFYING


class _Stop(asyncio.Event):
    """Set with another event; the watch sets it by itself when it is cancelled."""

    def __init__(self, asked: asyncio.Event) -> None:
        super().__init__()
        self._asked = asked

    def is_set(self) -> bool:
        """Tell whether the watch is to end."""
        return super().is_set() or self._asked.is_set()


def _look(folder: Path) -> _Look:
    try:
        with os.scandir(folder) as entries:
            found = {
                entry.name: _state(entry)
                for entry in entries
                if not entry.name.startswith(".")
            }
    except OSError:
        return {}
    return {"": _identity(folder), **found}


def _state(entry: "os.DirEntry[str]") -> tuple[int, ...]:
    if not entry.name.endswith(_READ):
        return ()
    try:
        found = entry.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _identity(folder: Path) -> tuple[int, ...]:
    """Return what tells the folder from another one of its name; () when it is gone."""
    try:
        found = folder.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino
