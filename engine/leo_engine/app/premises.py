"""What every part of the engine's facade stands on: settings, clock, the open store."""

import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from leo_engine.app import catalogue
from leo_engine.app.owner import holds
from leo_engine.clock import SystemClock
from leo_engine.config import Durability, Settings
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import Clock, RunRow, RunStore
from leo_engine.store.sqlite import Terms, open_store

if TYPE_CHECKING:
    from leo_engine.app.looking import Looking


class Premises:
    """One DAG folder and its store, which is opened when something first needs it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clock: Clock = SystemClock()
        self._opening = threading.Lock()
        """Threads that read the folder share one store."""
        self._database = settings.state_folder / "leo.db"
        self._environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LEO_")
        }
        self._store: RunStore | None = None
        self._look: Looking | None = None

    def __enter__(self) -> Self:
        """Use the engine until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what was opened."""
        self.close()

    def close(self) -> None:
        """Store what is queued and close the store; runs are not touched."""
        if self._store is not None:
            self._store.close()
            self._store = self._look = None

    def _current(self, run: RunRow) -> LoadedDag | None:
        return catalogue.current_dag(self.settings.folder, self._opened(), run)

    def _has_store(self) -> bool:
        return self._store is not None or self._database.exists()

    def _opened(self) -> RunStore:
        with self._opening:
            if self._store is None:
                terms = Terms(
                    clock=self._clock,
                    judge=holds,
                    lease_ms=self.settings.lease_ms,
                    synced=self.settings.durability is Durability.POWER_LOSS,
                )
                self._store = open_store(self._database, terms)
            return self._store

    def _looking(self) -> "Looking":
        if self._look is None:
            from leo_engine.app.looking import Looking  # noqa: PLC0415 -- not every command looks

            self._look = Looking(self.settings, self._opened(), self._environ)
        return self._look
