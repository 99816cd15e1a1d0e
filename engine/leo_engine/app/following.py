"""Watching a run that another process drives, to its end."""

import asyncio
import contextlib
from itertools import islice

from leo_engine.app.history import stored_dag
from leo_engine.app.retelling import Retelling
from leo_engine.ports import Observer, RunRow, RunStore
from leo_engine.state.status import RUN_TERMINAL, RunStatus

_LOOK_EVERY_S = 0.1
_OVER = RUN_TERMINAL | {RunStatus.INTERRUPTED}
_AT_ONCE = 500
"""Events told in one go: a long past must not hold up signals and the screen."""


async def follow(
    store: RunStore,
    run: RunRow,
    observer: Observer | None,
    *,
    told_seq: int = 0,
    until: asyncio.Event | None = None,
) -> RunRow:
    """Return the run's row once it has ended, its owner is gone, or `until` is set.

    The observer sees what is stored from now on, beginning with all that is there, but
    for the first `told_seq` events, which it knows. Each look costs O(what was stored
    since the last one).
    """
    until = until or asyncio.Event()
    following = _Following(store, run, observer, told_seq)
    while True:
        # The row first: when it says that the run is over, all events are there.
        run = store.find_run(run.run_id)
        await following.tell(run)
        if run.status in _OVER or until.is_set():
            return run
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await until.wait()


class _Following:
    """How far a run has been told."""

    def __init__(
        self, store: RunStore, run: RunRow, observer: Observer | None, told_seq: int
    ) -> None:
        self._store = store
        self._run_key = run.run_key
        self._observer = observer
        self._retelling = Retelling(lambda dag_hash: stored_dag(store, dag_hash))
        self._told_seq = told_seq
        self._seen = 0

    async def tell(self, run: RunRow) -> None:
        """Let the observer see every event that has been stored since."""
        if self._observer is None:
            return
        self._catch_up()
        new = self._store.events(self._run_key, self._seen)
        while events := list(islice(new, _AT_ONCE)):
            self._observer.on_stored(run, self._retelling.write(run, events))
            self._seen = events[-1].seq
            await asyncio.sleep(0)

    def _catch_up(self) -> None:
        """Fold what the observer knows already."""
        if self._seen >= self._told_seq:
            return
        known = islice(self._store.events(self._run_key), self._told_seq)
        for stored in known:
            self._retelling.take(stored.event)
            self._seen = stored.seq
        self._retelling.rows()
