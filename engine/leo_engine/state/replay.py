"""Rebuild the machine of a run from its journal."""

from collections.abc import Callable, Iterable

from leo_engine.spec.model import Dag
from leo_engine.state.event import Event, RunResumed, RunStarted
from leo_engine.state.machine import RunMachine


def replay(events: Iterable[Event], dag_of: Callable[[str], Dag]) -> RunMachine | None:
    """Fold a journal, oldest event first; None when it holds no `RunStarted`.

    `dag_of` returns the DAG version that `RunStarted` and `RunResumed` name by hash.
    What is still to be done about the last events: `RunMachine.outstanding`.
    """
    machine: RunMachine | None = None
    for event in events:
        machine = machine_for(event, machine, dag_of)
        if machine is not None:
            machine.handle(event)
    return machine


def machine_for(
    event: Event, machine: RunMachine | None, dag_of: Callable[[str], Dag]
) -> RunMachine | None:
    """Return the machine that is to handle an event: another one for another version.

    None as long as the run has not started.
    """
    if machine is None:
        return RunMachine(dag_of(event.dag_hash)) if type(event) is RunStarted else None
    if isinstance(event, RunResumed) and event.generation > machine.generation:
        return machine.carried_over(dag_of(event.dag_hash), is_moved=event.moved)
    return machine
