"""Processes whose warden does not answer to this engine: of an earlier engine, mostly.

They are found and followed by what their warden wrote down, and by pid and start. What
ends is recorded by its own warden, which outlives its engine; only when that was killed
too is an exit status lost.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from leo_engine.executors.exit_record import (
    AttemptKey,
    Ending,
    ExitRecord,
    ExitRecords,
)
from leo_engine.executors.process_group import wait_for_exit
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import (
    boot_id,
    carries,
    is_running,
    read_processes,
)

_SHORTEST_PAUSE_MS = 1
_LONGEST_PAUSE_MS = 100
_SEARCHES = 3
_SEARCH_PAUSE_MS = 10


class Survivors:
    """The records of a folder, read in a thread, one reader at a time."""

    def __init__(self, record_folder: Path) -> None:
        self._records = ExitRecords(record_folder)
        self._turn = asyncio.Lock()

    async def is_of_this_boot(self, handle: ProcessHandle) -> bool:
        """Return whether the machine has not been started again since."""
        return handle.boot == await asyncio.to_thread(boot_id)

    async def ending(self, handle: ProcessHandle) -> Ending | None:
        """Return the recorded end of a process; None when none is recorded."""
        record = await self._read(handle.record)
        return record.endings.get(handle.number)

    async def key(self, handle: ProcessHandle) -> AttemptKey | None:
        """Return whose process it is; None when its record is gone."""
        record = await self._read(handle.record)
        return record.keys.get(handle.number)

    async def is_running(self, handle: ProcessHandle) -> bool:
        """Return whether the process lives."""
        return await self._lives(handle, handle.pid, handle.start)

    async def follow(self, handle: ProcessHandle) -> Ending | None:
        """Return how a process ended, once it has; None when nobody knows."""
        pause_ms = _SHORTEST_PAUSE_MS
        while True:
            has_warden = await self._lives(handle, *handle.warden)
            is_alive = await self.is_running(handle)
            ending = await self.ending(handle)
            if ending is not None:
                return ending
            if is_alive:
                await wait_for_exit(handle.pid, handle.start)
            elif has_warden:
                # It has ended and is about to be recorded.
                await asyncio.sleep(pause_ms / 1000)
                pause_ms = min(2 * pause_ms, _LONGEST_PAUSE_MS)
            else:
                return None

    async def find(self, key: AttemptKey) -> ProcessHandle | None:
        """Return the process of an attempt of which no handle was stored.

        None is certain, once the engine that was to start it is gone: it was not
        started and never will be. A handle without a process (`pid` 0) says that nobody
        knows.
        """
        await self._wait_for_seals()
        async with self._turn:
            handle = await asyncio.to_thread(self._records.find, key)
        for _ in range(_SEARCHES):
            if handle is None or handle.pid:
                break
            # It shows whose it is only when it has reached its program.
            await asyncio.sleep(_SEARCH_PAUSE_MS / 1000)
            handle = await asyncio.to_thread(_search, key, handle)
        return handle

    async def prune(self, is_open: Callable[[AttemptKey], bool]) -> int:
        """Delete records that nobody needs; see `ExitRecords.prune`."""
        async with self._turn:
            return await asyncio.to_thread(self._records.prune, is_open)

    async def _wait_for_seals(self) -> None:
        """Wait until wardens whose engine is gone have noticed: some milliseconds."""
        async with self._turn:
            names = await asyncio.to_thread(self._records.names)
        for name in names:
            while not (record := await self._read(name)).is_sealed:
                handle = ProcessHandle(name, 0, 0, 0)
                if not await self._lives(handle, *handle.warden):
                    break
                if await self._lives(handle, *record.engine):
                    break
                await asyncio.sleep(_SHORTEST_PAUSE_MS / 1000)

    async def _read(self, name: str) -> ExitRecord:
        async with self._turn:
            return await asyncio.to_thread(self._records.of, name)

    async def _lives(self, handle: ProcessHandle, pid: int, start: int) -> bool:
        if not await self.is_of_this_boot(handle):
            return False
        return await asyncio.to_thread(is_running, pid, start)


def _search(key: AttemptKey, unknown: ProcessHandle) -> ProcessHandle:
    """Return the handle of a process that was started and not recorded, if it lives."""
    for row in read_processes():
        if row.pid == row.session and carries(row.pid, key.marks):
            return unknown._replace(pid=row.pid, start=row.start)
    return unknown
