"""Watching a run that another process drives, to its end."""

import asyncio
from collections.abc import Sequence

from leo_engine.ports import JournalWrite, Observer, RunRow, RunStore, StoredEvent
from leo_engine.state.status import RUN_TERMINAL, RunStatus

_LOOK_EVERY_S = 0.1
_OVER = RUN_TERMINAL | {RunStatus.INTERRUPTED}


async def follow(store: RunStore, run: RunRow, observer: Observer | None) -> RunRow:
    """Return the run's row once it has ended, or its owner is gone.

    The observer sees what is stored from now on, beginning with all that is there.
    """
    seen = 0
    while True:
        run = store.find_run(run.run_id)
        events = list(store.events(run.run_key, seen))
        if events and observer is not None:
            observer.on_stored(run, _write(store, run, events))
        if events:
            seen = events[-1].seq
        if run.status in _OVER:
            return run
        await asyncio.sleep(_LOOK_EVERY_S)


def _write(store: RunStore, run: RunRow, events: Sequence[StoredEvent]) -> JournalWrite:
    named = {getattr(stored.event, "task", "") for stored in events}
    is_first = events[0].seq == 1
    return JournalWrite(
        run_key=run.run_key,
        epoch=0,
        first_seq=events[0].seq,
        events=[stored.event for stored in events],
        tasks=store.tasks(run.run_key),
        attempts=[
            row for row in store.attempts(run.run_key) if is_first or row.task in named
        ],
        run=run,
    )
