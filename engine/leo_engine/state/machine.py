"""The machine of one run: events in, commands out, nothing else.

`handle` folds one event into the state and says what should happen next. The state is
the fold of the events: the same events make the same state and the same commands. An
event that does not fit (an attempt that is no longer current, a task that is settled, a
name nobody knows) is stale: it changes nothing and is no error, so delivering events at
least once, in any order, is enough. An event costs O(downstream of its task).
"""

from collections.abc import Iterable
from typing import assert_never

from leo_engine.spec.model import Dag, Json
from leo_engine.state import views
from leo_engine.state.attempt import Running, Stop, effective
from leo_engine.state.board import Board
from leo_engine.state.command import Command, LaunchAttempt, StopAttempt
from leo_engine.state.course import Course
from leo_engine.state.event import (
    ApprovalAnswered,
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    BackoffElapsed,
    ConditionEvaluated,
    Event,
    RunAdopted,
    RunCancelRequested,
    RunDeadlineReached,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunUnpaused,
    TasksCancelRequested,
    TasksMarked,
    TasksReset,
)
from leo_engine.state.hooks import Stage
from leo_engine.state.layout import Layout
from leo_engine.state.moving import refusal
from leo_engine.state.outcome import Cancelled, Succeeded
from leo_engine.state.status import RUN_TERMINAL, RunStatus, TaskStatus
from leo_engine.state.views import Counts, FailedTask, TaskRun, Waiting


class RunMachine:
    """One run over one version of its DAG.

    Tasks are integers inside (`index`, `task_id`) and names in events and commands.
    """

    def __init__(self, dag: Dag, board: Board | None = None) -> None:
        self.board = board or Board(Layout.build(dag))
        self.dag = dag
        self.graph = self.board.layout.graph
        self.status = RunStatus.PENDING
        self.generation = 1
        self.dag_hash = ""
        self.params: dict[str, Json] = {}
        self.started_ms: int | None = None
        self.ended_ms: int | None = None
        self.course = Course(self.board)
        self._tasks = dag.tasks
        self._orphans: tuple[StopAttempt, ...] = ()
        """Attempts under way of tasks that the DAG no longer has."""
        self._is_moved = False
        """It has yet to be told to go on over this version."""

    def handle(self, event: Event) -> list[Command]:
        """Fold one event and return what is to be done about it, in order."""
        course = self.course
        commands: list[Command] = []
        course.commands = commands
        course.now_ms = event.at_ms
        if self.status is RunStatus.PENDING and not isinstance(event, RunStarted):
            return commands
        self._fold(event)
        course.proceed()
        return commands

    def refusal_to_move(self, dag: Dag) -> str:
        """Return why the run cannot go on, as it stands, over this version; or ""."""
        if self.status is not RunStatus.RUNNING:
            return f"it is {self.status}"
        moved = self.board.carried_over(Layout.build(dag), is_moved=True)
        return refusal(self.course, moved)

    def carried_over(self, dag: Dag, *, is_moved: bool = False) -> "RunMachine":
        """Return a machine over another version of the DAG, to handle `RunResumed`.

        Tasks are matched by id; see `Board.carried_over` for what they keep. What can
        not be moved is resumed.
        """
        is_moved = is_moved and not self.refusal_to_move(dag)
        board = self.board.carried_over(Layout.build(dag), is_moved=is_moved)
        machine = RunMachine(dag, board)
        if is_moved:
            machine.course.take_over(self.course)
            machine._is_moved = True
        machine.status, machine.generation = self.status, self.generation
        machine.started_ms, machine.ended_ms = self.started_ms, self.ended_ms
        kept = {machine.task_id(task) for task in machine.board.running}
        machine._orphans = tuple(
            StopAttempt(self.task_id(task), self.board.attempt[task])
            for task in self.board.running
            if self.task_id(task) not in kept
        )
        return machine

    def is_open(self, task: int) -> bool:
        """Tell whether a task is still to be settled; hooks only once called."""
        if self.board.is_settled(task):
            return False
        return not self._tasks[task].is_hook or task in self.course.calls.caller

    @property
    def is_finished(self) -> bool:
        """True once the run's end is recorded, until it is set going again."""
        return self.status in RUN_TERMINAL

    @property
    def is_paused(self) -> bool:
        """True while nothing new may start."""
        return self.course.offers.is_paused

    @property
    def failed_tasks(self) -> tuple[FailedTask, ...]:
        """Tasks whose failure spoils the run, in the order in which they failed."""
        return views.failed_tasks(self.board)

    def index(self, task: str) -> int:
        """Return the integer of a task.

        Raises:
            UnknownTaskError: the DAG has no such task.
        """
        return self.graph.number(task)

    def task_id(self, task: int) -> str:
        """Return the name of a task."""
        return self.graph.ids[task]

    def task_run(self, task: str | int) -> TaskRun:
        """Return where a task stands.

        Raises:
            UnknownTaskError: the DAG has no such task.
        """
        return views.task_run(self.board, self._number(task))

    def why(self, task: str | int) -> Waiting:
        """Return what a task waits for. O(its upstream).

        Raises:
            UnknownTaskError: the DAG has no such task.
        """
        return views.waiting(self.course, self._number(task))

    def counts(self) -> Counts:
        """Return how many tasks stand where, hooks not counted."""
        return views.counts(self.board)

    def caller(self, hook: str | int) -> str | None:
        """Return the task whose failure called a hook; None if the run's end did."""
        caller = self.course.calls.caller.get(self._number(hook))
        return None if caller is None else self.task_id(caller)

    def outstanding(self, at_ms: int) -> list[Command]:
        """Return what is still to be done about the events so far, after a replay.

        Not launches: an attempt that started may be running already. O(tasks).
        """
        if self.status is not RunStatus.RUNNING:
            return []
        return views.outstanding(self.course, at_ms)

    def _number(self, task: str | int) -> int:
        return task if isinstance(task, int) else self.graph.number(task)

    def _go_on(self) -> None:
        self.status, self.ended_ms = RunStatus.RUNNING, None

    def _move(self, at_ms: int) -> None:
        """Go on where the run stands: what has not begun is considered anew."""
        course, board = self.course, self.board
        course.recall_early()
        open_tasks = (n for n in range(len(self.graph)) if not board.is_settled(n))
        board.changed.update(open_tasks)
        course.commands += views.outstanding(course, at_ms)
        course.begin()

    def _is_approval(self, task: int) -> bool:
        return self.board.layout.is_approval(task)

    def _fold(self, event: Event) -> None:  # noqa: C901, PLR0912, PLR0915 -- a case per event
        match event:
            case AttemptFinished():
                self._on_attempt_finished(event)
            case AttemptStarted():
                self._on_attempt_started(event)
            case AttemptLaunched():
                self._on_attempt_launched(event)
            case ConditionEvaluated():
                self._on_condition_evaluated(event)
            case BackoffElapsed():
                self._on_backoff_elapsed(event)
            case AttemptDeadlineReached():
                self._on_attempt_deadline_reached(event)
            case ApprovalAnswered():
                self._on_approval_answered(event)
            case TasksReset():
                self._on_tasks_reset(event)
            case TasksMarked():
                self._on_tasks_marked(event)
            case TasksCancelRequested():
                self._on_tasks_cancel_requested(event)
            case RunPaused():
                self.course.commands += self.course.offers.pause()
            case RunUnpaused():
                self.course.commands += self.course.offers.unpause()
            case RunCancelRequested():
                self._on_run_cancel_requested(event)
            case RunDeadlineReached():
                self.course.cancel_all("the run timed out", RunStatus.TIMED_OUT)
            case RunStarted():
                self._on_run_started(event)
            case RunResumed():
                self._on_run_resumed(event)
            case RunFinished():
                self._on_run_finished(event)
            case RunAdopted():
                pass
            case _:
                assert_never(event)

    def _on_run_started(self, event: RunStarted) -> None:
        if self.status is not RunStatus.PENDING:
            return
        self.status = RunStatus.RUNNING
        self.started_ms = event.at_ms
        self.dag_hash, self.params = event.dag_hash, event.params
        self.course.begin()

    def _on_run_resumed(self, event: RunResumed) -> None:
        if event.generation <= self.generation:
            return
        self.generation = event.generation
        self.dag_hash, self.params = event.dag_hash, event.params
        if event.moved and self._is_moved:
            self._is_moved = False
            self._move(event.at_ms)
            return
        self.started_ms = event.at_ms
        self._go_on()
        self.course.commands += self._orphans
        self._orphans = ()
        self.course.resume(self._known(event.reset))

    def _on_run_finished(self, event: RunFinished) -> None:
        if self.is_finished or self.course.stage is not Stage.DONE:
            return
        if self.course.ending is not None:
            self.status = self.course.ending
            self.ended_ms = event.at_ms

    def _on_attempt_started(self, event: AttemptStarted) -> None:
        task = self._current(event.task, event.attempt - 1, TaskStatus.READY)
        if task is None or self.course.offers.is_paused or self._is_approval(task):
            return
        board = self.board
        board.attempt[task] = event.attempt
        board.started_ms[task] = event.at_ms
        board.running[task] = Running(event.slot)
        board.move(task, TaskStatus.RUNNING)
        self.course.commands.append(LaunchAttempt(event.task, event.attempt))

    def _on_attempt_launched(self, event: AttemptLaunched) -> None:
        task = self._current(event.task, event.attempt, TaskStatus.RUNNING)
        if task is not None:
            self.board.running[task].handle = event.handle

    def _on_attempt_finished(self, event: AttemptFinished) -> None:
        task = self._current(event.task, event.attempt, TaskStatus.RUNNING)
        if task is None:
            return
        running = self.board.running.pop(task)
        outcome = effective(running, event.outcome, self._tasks[task].timeout_ms)
        self.board.note_outcome(task, outcome)
        match outcome:
            case Succeeded():
                self.course.settle(task, TaskStatus.SUCCEEDED)
            case Cancelled() if running.stop is Stop.RESTART:
                self.course.restart(task)
            case Cancelled():
                self.course.settle(task, TaskStatus.CANCELLED, outcome.reason)
            case _:
                self.course.retry_or_fail(task, outcome)

    def _on_attempt_deadline_reached(self, event: AttemptDeadlineReached) -> None:
        task = self._current(event.task, event.attempt, TaskStatus.RUNNING)
        if task is not None:
            self.course.stop(task, Stop.DEADLINE, "its time is up")
            return
        task = self._current(event.task, event.attempt, TaskStatus.READY)
        if task is not None and self._is_approval(task):
            self.course.commands += self.course.offers.withdraw(task)
            self.course.fail(task, "nobody answered in time")

    def _on_condition_evaluated(self, event: ConditionEvaluated) -> None:
        task = self.graph.index.get(event.task)
        if task is None or task not in self.board.asked:
            return
        if event.error:
            self.course.fail(task, event.error)
        elif event.holds:
            self.course.make_ready(task)
        else:
            self.board.by_itself.add(task)
            self.course.skip(task, "its condition is false")

    def _on_backoff_elapsed(self, event: BackoffElapsed) -> None:
        task = self._current(event.task, event.attempt, TaskStatus.BACKOFF)
        if task is not None:
            self.course.make_ready(task)

    def _on_approval_answered(self, event: ApprovalAnswered) -> None:
        task = self.graph.index.get(event.task)
        if task is None or not self._is_approval(task):
            return
        if self.board.status[task] is not TaskStatus.READY:
            return
        verb = "approved" if event.approved else "refused"
        by = f" by {event.by}" if event.by else ""
        note = f": {event.note}" if event.note else ""
        if event.approved:
            self.course.settle(task, TaskStatus.SUCCEEDED, f"{verb}{by}{note}")
        else:
            self.course.fail(task, f"{verb}{by}{note}")

    def _on_tasks_reset(self, event: TasksReset) -> None:
        is_being_ended = self.course.stage is Stage.TASKS and self.course.ending
        named = self._known(event.tasks)
        if is_being_ended or not named:
            return
        if self.is_finished:
            self.started_ms = event.at_ms
        self._go_on()
        self.course.reset(named)

    def _on_tasks_marked(self, event: TasksMarked) -> None:
        is_being_ended = self.course.stage is Stage.TASKS and self.course.ending
        status = TaskStatus.SKIPPED if event.skipped else TaskStatus.SUCCEEDED
        named = [task for task in self._known(event.tasks) if self._takes(task, status)]
        if is_being_ended or not named:
            return
        if self.is_finished:
            self.started_ms = event.at_ms
        self._go_on()
        by = f" by {event.by}" if event.by else ""
        note = f": {event.note}" if event.note else ""
        self.course.reset(named, status, f"marked {status}{by}{note}")

    def can_mark(self, task: str, status: TaskStatus) -> bool:
        """Tell whether somebody may say that a task stands so.

        Not of one that runs, that has succeeded, or that is a hook.
        """
        return self._takes(self.index(task), status)

    def _takes(self, task: int, status: TaskStatus) -> bool:
        stands = (status, TaskStatus.RUNNING, TaskStatus.SUCCEEDED)
        is_hook = self._tasks[task].is_hook
        return not is_hook and self.board.status[task] not in stands

    def _on_tasks_cancel_requested(self, event: TasksCancelRequested) -> None:
        by = f"cancelled by {event.by}" if event.by else "cancelled"
        for task in self._known(event.tasks):
            if not self.board.is_settled(task):
                self.board.by_itself.add(task)
                self.course.kill_if_stopping(task)
                self.course.cancel(task, by)

    def _on_run_cancel_requested(self, event: RunCancelRequested) -> None:
        by = f" by {event.by}" if event.by else ""
        why = f": {event.reason}" if event.reason else ""
        self.course.cancel_all(f"run cancelled{by}{why}", RunStatus.CANCELLED)

    def _current(self, name: str, attempt: int, status: TaskStatus) -> int | None:
        """Return the task if it stands so and the attempt is its latest, else None."""
        task = self.graph.index.get(name)
        if task is None or self.board.status[task] is not status:
            return None
        return task if self.board.attempt[task] == attempt else None

    def _known(self, names: Iterable[str]) -> list[int]:
        index = self.graph.index
        return [index[name] for name in dict.fromkeys(names) if name in index]
