"""Read a journal as a sceptic: did what it says happen as it should?"""

from collections.abc import Callable, Iterable

from leo_engine.errors import StateError
from leo_engine.spec.model import Dag
from leo_engine.state.event import (
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
)
from leo_engine.state.hooks import Stage
from leo_engine.state.invariants import violations
from leo_engine.state.machine import RunMachine
from leo_engine.state.replay import machine_for


def first_violation(
    journal: Iterable[tuple[int, Event]], dag_of: Callable[[str], Dag]
) -> str | None:
    """Return the first thing wrong with a run's journal, one line; None when sound.

    `journal` holds (number, event) by number, `dag_of` finds a DAG version by its hash.
    Late and repeated reports of an attempt's end are no violation: at-least-once
    delivery is allowed to bring them. A second start of an attempt is.
    """
    audit = _Audit(dag_of)
    for number, event in journal:
        found = audit.read(number, event)
        if found:
            return f"event {number}: {found}"
    return audit.at_the_end()


class _Audit:
    def __init__(self, dag_of: Callable[[str], Dag]) -> None:
        self._dag_of = dag_of
        self._machine: RunMachine | None = None
        self._last = 0
        self._started: set[tuple[str, int]] = set()

    def read(self, number: int, event: Event) -> str:
        """Fold one event; return what is wrong with it, "" when nothing is."""
        expected, self._last = self._last + 1, number
        if number != expected:
            return f"event {expected} is missing"
        if number == 1 and not isinstance(event, RunStarted):
            return f"the journal begins with {_kind(event)}"
        self._machine = machine = machine_for(event, self._machine, self._dag_of)
        if machine is None:
            return ""
        found = self._before(event, machine)
        try:
            machine.handle(event)
        except StateError as error:
            return str(error)
        return found or self._after(event, machine)

    def at_the_end(self) -> str | None:
        """Return what is wrong with the state that the journal leads to."""
        if self._machine is None:
            return None
        return next(violations(self._machine), None)

    def _before(self, event: Event, machine: RunMachine) -> str:
        match event:
            case AttemptStarted():
                return self._starting(event)
            case AttemptLaunched() | AttemptFinished():
                if (event.task, event.attempt) not in self._started:
                    return f"{_kind(event)} for {_name(event)}, which never started"
            case RunStarted() if self._last > 1:
                return "the run started twice"
            case RunFinished():
                return _finishing(event, machine)
        return ""

    def _starting(self, event: AttemptStarted) -> str:
        key = (event.task, event.attempt)
        if key in self._started:
            return f"{_name(event)} started twice"
        self._started.add(key)
        return ""

    def _after(self, event: Event, machine: RunMachine) -> str:
        if not isinstance(event, AttemptStarted):
            return ""
        number = machine.graph.index.get(event.task)
        if number is None:
            return f"{_name(event)} started, a task the DAG does not have"
        run = machine.task_run(number)
        if number not in machine.board.running or run.attempt != event.attempt:
            return f"{_name(event)} started while the task was {run.status}"
        return ""


def _finishing(event: RunFinished, machine: RunMachine) -> str:
    if machine.course.stage is not Stage.DONE:
        unsettled = next(
            name
            for number, name in enumerate(machine.graph.ids)
            if not machine.board.is_settled(number)
        )
        status = machine.task_run(unsettled).status
        return f"the run finished while {unsettled} was {status}"
    if event.status != machine.course.ending:
        return f"the run finished as {event.status}, not as {machine.course.ending}"
    return ""


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag)


def _name(event: AttemptStarted | AttemptLaunched | AttemptFinished) -> str:
    return f"attempt {event.attempt} of {event.task}"
