"""Looking after the runs that loops drive: requests answered, leases kept."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leo_engine.errors import LeaseLostError, StoreError
from leo_engine.ports import Clock, RunStore
from leo_engine.scheduler.run_loop import RunLoop

if TYPE_CHECKING:
    from leo_engine.scheduler.requests import Granted

_REQUESTS_MS = 200
_BEATS_OF_A_LEASE = 6


class Attending:
    """The loops of this process, from the turn they begin until they are over."""

    def __init__(self, store: RunStore, clock: Clock, lease_ms: int) -> None:
        self._store = store
        self._clock = clock
        self._beat_ms = max(1, lease_ms // _BEATS_OF_A_LEASE)
        self.loops: dict[int, RunLoop] = {}
        """By the key of the run."""
        self._epochs: dict[int, int] = {}
        self._ended_bytes = 0
        """Written by tasks of loops that are over."""
        self._is_called = asyncio.Event()

    @contextlib.contextmanager
    def on(self, loop: RunLoop, epoch: int) -> Iterator[None]:
        """Look after a loop during the block."""
        run_key = loop.run_row.run_key
        self.loops[run_key], self._epochs[run_key] = loop, epoch
        # What was asked before there was a loop to ask.
        self._is_called.set()
        try:
            yield
        finally:
            self._ended_bytes += loop.workplace.output_times.written_bytes
            del self.loops[run_key], self._epochs[run_key]

    def call(self) -> None:
        """Have requests answered in the next turn."""
        self._is_called.set()

    @property
    def written_bytes(self) -> int:
        """How much the tasks of all loops have written, as far as it was seen."""
        loops = self.loops.values()
        return self._ended_bytes + sum(
            loop.workplace.output_times.written_bytes for loop in loops
        )

    async def attend(self) -> None:
        """Look after the loops until cancelled; asleep while there is none."""
        beat_at_ms = self._clock.monotonic_ms() + self._beat_ms
        seen = -1
        while True:
            is_called = await self._pause()
            for loop in self.loops.values():
                loop.workplace.output_times.look()
            # A store that is locked or broken for a while ends no run by this: a run
            # hears of it when it has something to store.
            with contextlib.suppress(StoreError):
                revision = self._store.revision()
                if is_called or revision != seen:
                    seen = revision
                    await self._grant_requests()
                if self._clock.monotonic_ms() >= beat_at_ms:
                    beat_at_ms = self._clock.monotonic_ms() + self._beat_ms
                    await self._beat()

    async def _pause(self) -> bool:
        """Wait for the next look; return whether it was called for."""
        limit_s = min(_REQUESTS_MS, self._beat_ms) / 1000 if self.loops else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._is_called.wait()
        is_called = self._is_called.is_set()
        self._is_called.clear()
        return is_called

    async def _grant_requests(self) -> None:
        granted: list[tuple[int, RunLoop, Granted]] = []
        for run_key, loop in list(self.loops.items()):
            granted += [
                (request.request_id, loop, loop.grant(request))
                for request in self._store.open_requests(run_key)
            ]
            loop.reconsider()
        if granted:
            # Answered only after the loops' turns, which store what was granted: a
            # request that a crash cuts short is granted again by the next owner.
            await asyncio.sleep(0)
        for request_id, loop, grant in granted:
            # What was let go of meanwhile is done by the next owner, too.
            if not loop.has_lost(grant):
                self._store.answer(request_id, grant.answer)

    async def _beat(self) -> None:
        for run_key, epoch in list(self._epochs.items()):
            try:
                until_ms = await self._store.heartbeat(run_key, epoch=epoch)
                if run_key in self.loops:
                    self.loops[run_key].prolong(until_ms)
            except LeaseLostError as error:
                # It may just have ended, too.
                if run_key in self.loops:
                    self.loops[run_key].abandon(error)
