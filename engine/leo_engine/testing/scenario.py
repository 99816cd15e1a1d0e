"""A run told step by step: what happens to it, in the order a test wants."""

import msgspec

from leo_engine.spec.model import Dag
from leo_engine.state.command import Command
from leo_engine.state.event import (
    AttemptFinished,
    AttemptStarted,
    Event,
    RunFinished,
    RunResumed,
    RunStarted,
    TasksMarked,
    TasksReset,
)
from leo_engine.state.invariants import check
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Failed, Outcome, Succeeded

FAILURE = Failed("exit 1", exit_code=1)


class Scenario:
    """One machine and its journal, checked after every event.

    Time moves by 10 ms with every event, beginning with 10 for the run's start.
    """

    def __init__(self, dag: Dag) -> None:
        self.machine = RunMachine(dag)
        self.journal: list[Event] = []

    def happen(self, event: Event) -> list[Command]:
        """Let an event happen now, and return the machine's commands."""
        at_ms = 10 * (len(self.journal) + 1)
        event = msgspec.structs.replace(event, at_ms=at_ms)
        self.journal.append(event)
        commands = self.machine.handle(event)
        check(self.machine)
        return commands

    def begin(self) -> list[Command]:
        """Start the run."""
        return self.happen(RunStarted(at_ms=0, dag_hash="v1"))

    def start(self, task: str) -> list[Command]:
        """Start the next attempt of a task."""
        attempt = self.machine.task_run(task).attempt + 1
        return self.happen(AttemptStarted(at_ms=0, task=task, attempt=attempt))

    def finish(self, task: str, outcome: Outcome | None = None) -> list[Command]:
        """End the attempt under way of a task, with success unless said otherwise."""
        return self.happen(
            AttemptFinished(
                at_ms=0,
                task=task,
                attempt=self.machine.task_run(task).attempt,
                outcome=outcome or Succeeded(),
            )
        )

    def succeed(self, *tasks: str) -> list[Command]:
        """Start and end one attempt of each task; return what the last end led to."""
        commands: list[Command] = []
        for task in tasks:
            self.start(task)
            commands = self.finish(task)
        return commands

    def fail(self, task: str, outcome: Outcome = FAILURE) -> list[Command]:
        """Start an attempt and have it end badly."""
        self.start(task)
        return self.finish(task, outcome)

    def end(self) -> None:
        """Record that the run ended, as the machine said it did."""
        ending = self.machine.course.ending
        self.happen(RunFinished(at_ms=0, status=ending or ""))

    def reset(self, *tasks: str) -> list[Command]:
        """Ask for tasks to run again."""
        return self.happen(TasksReset(at_ms=0, tasks=tasks))

    def mark(self, *tasks: str, skipped: bool = False) -> list[Command]:
        """Say that tasks are done with."""
        event = TasksMarked(at_ms=0, tasks=tasks, skipped=skipped, by="ann", note="why")
        return self.happen(event)

    def resume(self, *reset: str, dag: Dag | None = None) -> list[Command]:
        """Begin the next generation, over another version of the DAG if given one."""
        generation = self.machine.generation + 1
        self.machine = self.machine.carried_over(dag or self.machine.dag)
        return self.happen(
            RunResumed(at_ms=0, generation=generation, dag_hash="v2", reset=reset)
        )

    def refusal(self, dag: Dag) -> str:
        """Return why the run cannot go on over another version."""
        return self.machine.refusal_to_move(dag)

    def move(self, dag: Dag) -> list[Command]:
        """Go on over another version."""
        generation = self.machine.generation + 1
        self.machine = self.machine.carried_over(dag, is_moved=True)
        return self.happen(self.moved(generation))

    @staticmethod
    def moved(generation: int) -> RunResumed:
        """Return the event of a move."""
        return RunResumed(at_ms=0, generation=generation, dag_hash="v2", moved=True)

    def status(self) -> str:
        """Return where the run stands."""
        return self.machine.status.value

    def statuses(self) -> dict[str, str]:
        """Return {task: where it stands}, hooks included."""
        machine = self.machine
        return {
            name: machine.task_run(number).status.value
            for number, name in enumerate(machine.graph.ids)
        }


def begun(dag: Dag) -> Scenario:
    """Return a run that has just started."""
    scenario = Scenario(dag)
    scenario.begin()
    return scenario
