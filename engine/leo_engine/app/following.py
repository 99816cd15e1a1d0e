"""Watching a run that another process drives: as it goes, or to its end."""

import asyncio
import contextlib
from itertools import islice

from leo_engine.app.history import stored_dag
from leo_engine.app.retelling import Retelling
from leo_engine.ports import JournalWrite, Observer, RunRow, RunStore
from leo_engine.state.status import RUN_TERMINAL, RunStatus

_LOOK_EVERY_S = 0.1
_OVER = RUN_TERMINAL | {RunStatus.INTERRUPTED}
_AT_ONCE = 500
"""Events told in one go: a long past must not hold up signals and the screen."""


class RunFollower:
    """How far one run has been told. Whoever wants to know more asks for `news`.

    The first `told_seq` events are known already.
    """

    def __init__(self, store: RunStore, run: RunRow, told_seq: int = 0) -> None:
        self._store = store
        self.run = run
        """As it stood at the last look."""
        self._retelling = Retelling(lambda dag_hash: stored_dag(store, dag_hash))
        self._told_seq = told_seq
        self._seen = 0

    def news(self, limit: int = _AT_ONCE) -> JournalWrite | None:
        """Return what was stored next, `limit` events at most; None: nothing so far.

        There are no events in it when the run's row alone has changed: its owner is
        gone, or it has a new one. That moves no `revision`. Costs O(what is new).

        Raises:
            RunNotFoundError: the run was removed.
        """
        self._catch_up()
        # The row first: when it says that the run is over, all events are there.
        before, self.run = self.run, self._store.find_run(self.run.run_id)
        new = self._store.events(self.run.run_key, self._seen)
        events = list(islice(new, limit))
        if events:
            self._seen = events[-1].seq
            return self._retelling.write(self.run, events)
        return None if self.run == before else self._row_alone()

    def _row_alone(self) -> JournalWrite:
        return JournalWrite(
            run_key=self.run.run_key,
            epoch=0,
            first_seq=self._seen + 1,
            events=[],
            run=self.run,
        )

    def _catch_up(self) -> None:
        """Fold what is known already."""
        if self._seen >= self._told_seq:
            return
        for stored in islice(self._store.events(self.run.run_key), self._told_seq):
            self._retelling.take(stored.event)
            self._seen = stored.seq
        self._told_seq = self._seen
        self._retelling.rows()


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
    follower = RunFollower(store, run, told_seq)
    while True:
        if observer is None:
            run = store.find_run(run.run_id)
        else:
            run = await _tell(follower, observer)
        if run.status in _OVER or until.is_set():
            return run
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await until.wait()


async def _tell(follower: RunFollower, observer: Observer) -> RunRow:
    """Let the observer see every event that was stored since; return the run's row."""
    while (write := follower.news()) is not None:
        if write.events:
            observer.on_stored(follower.run, write)
        await asyncio.sleep(0)
    return follower.run
