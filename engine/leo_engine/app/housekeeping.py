"""What a session does besides driving runs: it leaves nothing lying about.

Processes of attempts that are over, staging that has served its time, runs that are
older than `leo.toml` keeps them. Any number of engines may do it at once.
"""

import asyncio
import contextlib
from pathlib import Path

from leo_engine.app.executors import Executors
from leo_engine.app.reconciler import Reconciler
from leo_engine.app.retaining import Retaining
from leo_engine.app.staging import Staging
from leo_engine.errors import ExecutorError, StoreError
from leo_engine.loader.folder_settings import FolderSettings
from leo_engine.ports import Clock, RunStore

_FIRST_S = 0.2
"""The start is for what was asked for."""
_EVERY_S = 5.0
_PAUSE_S = 1.0
"""At least this long between two rounds, however quickly runs end."""


class Housekeeping:
    """Keeps one DAG folder, and what runs for it, in order."""

    def __init__(
        self,
        *,
        store: RunStore,
        clock: Clock,
        state_folder: Path,
        folder_settings: FolderSettings | None,
        executors: Executors | None = None,
    ) -> None:
        """Keep to `folder_settings`; without, nothing is removed: nobody knows what.

        `executors` is what has left-over containers removed.
        """
        self._executors = executors
        limits = folder_settings or FolderSettings()
        self._is_told = folder_settings is not None
        self.staging = Staging(
            store=store,
            clock=clock,
            state_folder=state_folder,
            ttl_ms=limits.staging_ttl_ms,
        )
        self.retaining = Retaining(
            store=store, clock=clock, state_folder=state_folder, staging=self.staging
        )
        self.reconciler = Reconciler(store=store, clock=clock)
        self._limits = limits.retention
        self._run_ended = asyncio.Event()

    def go_by(self, folder_settings: FolderSettings) -> None:
        """Keep to what `leo.toml` says by now."""
        self._is_told = True
        self._limits = folder_settings.retention
        self.staging.ttl_ms = folder_settings.staging_ttl_ms

    def note_end(self) -> None:
        """Have another round soon: a run has ended."""
        self._run_ended.set()

    async def keep(self) -> None:
        """Tidy up every few seconds, and when a run has ended, until cancelled."""
        await asyncio.sleep(_FIRST_S)
        while True:
            self._run_ended.clear()
            await self._tidy()
            await asyncio.sleep(_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S - _PAUSE_S):
                    await self._run_ended.wait()

    async def finish(self) -> None:
        """Tidy up for the last time."""
        self._executors = None
        await self._tidy()
        if not self._is_told:
            return
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(self.retaining.apply_when_due, self._limits)

    async def _reclaim(self) -> None:
        if self._executors is None:
            return
        reconciler = self.reconciler
        # Without a daemon, or with a locked store, it is done in a later round.
        with contextlib.suppress(StoreError, ExecutorError):
            await self._executors.reclaim(reconciler.judge, reconciler.note_removal)

    async def _tidy(self) -> None:
        # What a locked or broken store hinders is done in a later round, or by others.
        with contextlib.suppress(StoreError):
            await self.reconciler.stop_orphans()
        await self._reclaim()
        if not self._is_told:
            return
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(self.staging.sweep)
