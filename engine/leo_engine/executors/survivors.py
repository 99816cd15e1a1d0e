"""Processes whose warden does not answer to this engine: of an earlier engine, mostly.

They are found and followed by what their warden wrote down, and by pid and start. What
ends is recorded by its own warden, which outlives its engine; only when that was killed
too is an exit status lost.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.exit_record import Ending, ExitRecord
from leo_engine.executors.exit_records import ExitRecords, Sighting, warden_lives
from leo_engine.executors.orphans import stop_marked
from leo_engine.executors.patience import patiently
from leo_engine.executors.process_group import wait_for_exit
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import boot_id, is_running

_SHORTEST_PAUSE_MS = 1
_LONGEST_PAUSE_MS = 100
_SEARCHES = 3
_SEARCH_PAUSE_MS = 10
_GRACE_MS = 5_000


class Survivors:
    """The records of a folder, one reader at a time; much is read in a thread."""

    def __init__(self, record_folder: Path) -> None:
        self._records = ExitRecords(record_folder)
        self._turn = asyncio.Lock()
        self._look_count = 0
        """How often all of them were looked at."""

    async def ending(self, handle: ProcessHandle) -> Ending | None:
        """Return the recorded end of a process; None when none is recorded."""
        record = await self._read(handle.record)
        return record.endings.get(handle.number)

    async def key(self, handle: ProcessHandle) -> AttemptKey | None:
        """Return whose process it is; None when its record is gone."""
        record = await self._read(handle.record)
        return record.keys.get(handle.number)

    async def follow(self, handle: ProcessHandle) -> Ending | None:
        """Return how a process ended, once it has; None when nobody knows."""
        pause_ms = _SHORTEST_PAUSE_MS
        while True:
            has_warden = await patiently(partial(warden_lives, handle.record))
            is_alive = await patiently(partial(lives, handle))
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

        None is certain, once the engine that was to start it is gone or too late for
        it: it was not started and never will be. A handle without a process (`pid` 0)
        says that nobody knows; whatever of it was left is gone then.
        """
        pause_ms = _SHORTEST_PAUSE_MS
        while not (sighting := await self._look_for(key)).is_final:
            await asyncio.sleep(pause_ms / 1000)
            pause_ms = min(2 * pause_ms, _LONGEST_PAUSE_MS)
        handle = sighting.handle
        if handle is not None and not handle.pid:
            await self._clear_away(key)
        return handle

    async def _clear_away(self, key: AttemptKey) -> None:
        """Stop what a warden may have started before it was killed and recorded it.

        How that ends can never be known, nor which of it is the attempt's own process.
        """
        for _ in range(_SEARCHES):
            # It shows whose it is only when it has reached its program.
            await asyncio.sleep(_SEARCH_PAUSE_MS / 1000)
            await stop_marked(key, _GRACE_MS)

    async def prune(self, is_open: Callable[[AttemptKey], bool]) -> int:
        """Delete records that nobody needs; see `ExitRecords.prune`."""
        async with self._turn:
            prune = partial(self._records.prune, is_open)
            return await patiently(prune, in_thread=True)

    async def _look_for(self, key: AttemptKey) -> Sighting:
        # One look is enough for all who have asked before it began.
        wanted = self._look_count + 1
        async with self._turn:
            if self._look_count < wanted:
                self._look_count += 1
                await patiently(self._records.read_all, in_thread=True)
            return await patiently(partial(self._records.find, key))

    async def _read(self, name: str) -> ExitRecord:
        async with self._turn:
            is_long = not self._records.knows(name)
            return await patiently(partial(self._records.of, name), in_thread=is_long)


def lives(handle: ProcessHandle) -> bool:
    """Return whether the process of a handle is still there."""
    return handle.boot == boot_id() and is_running(handle.pid, handle.start)
