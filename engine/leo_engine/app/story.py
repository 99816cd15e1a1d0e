"""A run moment by moment, as its journal has it: what a replay shows."""

import msgspec

from leo_engine.app.history import stored_dag
from leo_engine.app.retelling import Retelling
from leo_engine.ports import RunRow, RunStore
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What one event changed, and how the run stood then."""

    seq: int
    """Number of the event."""
    at_ms: int
    """Never less than before, though clocks may jump and ends be told late."""
    tasks: tuple[TaskRow, ...]
    """Those that changed, whole."""
    attempts: tuple[AttemptRow, ...]
    """Those that changed, whole."""
    status: RunStatus
    paused: bool
    dag_hash: str
    """`Engine.dag_of` knows it for a row; it changes with the generation."""
    generation: int


class Story(msgspec.Struct, frozen=True):
    """A run from its first event to its last one so far."""

    run: RunRow
    moments: tuple[Moment, ...]
    """Oldest first; events that changed nothing to be seen are left out."""


def story_of(store: RunStore, run: RunRow) -> Story:
    """Tell a run. O(journal), tens of microseconds for each event."""
    retelling = Retelling(lambda dag_hash: stored_dag(store, dag_hash))
    moments: list[Moment] = []
    at_ms = 0
    for stored in store.events(run.run_key):
        retelling.take(stored.event)
        machine, rows = retelling.machine, retelling.rows()
        if machine is None:
            continue
        at_ms = max(at_ms, stored.event.at_ms)
        moment = Moment(
            seq=stored.seq,
            at_ms=at_ms,
            tasks=tuple(rows.tasks),
            attempts=tuple(rows.attempts),
            status=machine.status,
            paused=machine.is_paused,
            dag_hash=machine.dag_hash,
            generation=machine.generation,
        )
        if not moments or _is_news(moment, moments[-1]):
            moments.append(moment)
    return Story(run, tuple(moments))


def _is_news(moment: Moment, before: Moment) -> bool:
    return bool(moment.tasks or moment.attempts) or (
        moment.status is not before.status
        or moment.paused is not before.paused
        or moment.generation != before.generation
    )
