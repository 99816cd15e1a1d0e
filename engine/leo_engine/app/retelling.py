"""A run's journal told again: the rows that each stretch of it has changed.

The events are folded as its owner folded them, so the rows are those that the owner
stored, at a cost of O(what changed) and without reading a table.
"""

from collections.abc import Callable, Sequence

from leo_engine.ports import JournalWrite, RunRow, StoredEvent
from leo_engine.spec.model import Dag
from leo_engine.state.event import Event
from leo_engine.state.machine import RunMachine
from leo_engine.state.projection import Projection, Rows
from leo_engine.state.replay import machine_for


class Retelling:
    """Follows one journal from its first event on.

    `dag_of` returns the DAG version that an event names by hash.
    """

    def __init__(self, dag_of: Callable[[str], Dag]) -> None:
        self._dag_of = dag_of
        self._projection: Projection | None = None

    @property
    def machine(self) -> RunMachine | None:
        """The machine as the events so far leave it; None before the run has begun."""
        return None if self._projection is None else self._projection.machine

    def write(self, run: RunRow, events: Sequence[StoredEvent]) -> JournalWrite:
        """Return the next events, at least one, as the write they came in."""
        for stored in events:
            self.take(stored.event)
        rows = self.rows()
        return JournalWrite(
            run_key=run.run_key,
            epoch=0,
            first_seq=events[0].seq,
            events=[stored.event for stored in events],
            tasks=rows.tasks,
            attempts=rows.attempts,
            outputs=rows.outputs,
            run=run,
        )

    def take(self, event: Event) -> None:
        """Fold the next event."""
        projection = self._projection
        old = None if projection is None else projection.machine
        machine = machine_for(event, old, self._dag_of)
        if machine is None:
            return
        if projection is None:
            self._projection = projection = Projection(machine)
        elif machine is not old:
            projection.switch(machine)
        projection.apply(event)

    def rows(self) -> Rows:
        """Return the rows that changed since the last call."""
        return (
            Rows([], [], []) if self._projection is None else self._projection.drain()
        )
