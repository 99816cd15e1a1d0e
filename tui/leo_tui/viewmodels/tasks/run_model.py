"""One opened run as plain data: the latest row of every task, and what follows from it.

A task is its number in the order of declaration. `take` is called for every write of a
run that may bring thousands of rows a second: it does nothing per task that is not O(1)
and leaves everything derived to those who draw the few rows in view.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from leo_engine.app.types import Remains, RemainsState
from leo_engine.graph.dag import Graph
from leo_engine.ports import RunRow
from leo_engine.spec.model import Dag, ExecutorName
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.tasks.task_state import TaskState, state_of

FAILURES = frozenset({TaskState.FAILED, TaskState.TIMED_OUT})
_NO_ATTEMPTS: Sequence[AttemptRow] = ()


class RunModel:
    """A run and its tasks, as far as they are known.

    `rows` and `states` hold one entry per task; only `take` changes them.
    """

    remains: Mapping[int, Remains] = MappingProxyType({})
    """Of an interrupted run: {task: what is left of it}."""

    def __init__(
        self,
        dag: Dag,
        run: RunRow,
        tasks: Iterable[TaskRow] = (),
        attempts: Iterable[AttemptRow] = (),
    ) -> None:
        self.dag = dag
        self.run = run
        self.ids: Sequence[str] = tuple([task.id for task in dag.tasks])
        self.index: Mapping[str, int] = {name: n for n, name in enumerate(self.ids)}
        self.rows = [_unknown(name) for name in self.ids]
        self.states = [TaskState.WAITING] * len(self.ids)
        self.version = 0
        """Grows with every change, for those who keep what they worked out."""
        self.median_ms: Mapping[str, int] = {}
        """{task id: usual duration}, learnt from earlier runs."""
        self.stopping: dict[int, int] = {}
        """{task asked to stop: when it is killed}; forgotten once it has stopped."""
        self.slots_taken = 0
        """By tasks that run, hooks included."""
        self.is_tried_again = False
        """Whether any task has had, or is to have, a second attempt."""
        self.newest = -1
        """The task that started last; -1 before any has."""
        self._attempts: dict[int, list[AttemptRow]] = {}
        self._hooks = frozenset(n for n, task in enumerate(dag.tasks) if task.is_hook)
        self._counts = dict.fromkeys(TaskState, 0)
        self._counts[TaskState.WAITING] = len(self.ids) - len(self._hooks)
        self._pool_taken: dict[str, int] = {}
        self.take(None, tasks, attempts)

    @cached_property
    def graph(self) -> Graph:
        """Who waits for whom, in numbers."""
        return Graph.build(self.ids, [task.upstream for task in self.dag.tasks])

    @property
    def total(self) -> int:
        """How many tasks there are, hooks not counted."""
        return len(self.ids) - len(self._hooks)

    def name(self, number: int) -> str:
        """Return what a task is called on the screen, sanitised."""
        return sanitize(self.dag.tasks[number].title or self.ids[number])

    def is_hook(self, number: int) -> bool:
        """Tell whether a task is a hook."""
        return number in self._hooks

    def attempts_of(self, number: int) -> Sequence[AttemptRow]:
        """Return the attempts of a task that are known, by their number."""
        return self._attempts.get(number, _NO_ATTEMPTS)

    def counts(self) -> Mapping[TaskState, int]:
        """Return how many tasks are in each state, hooks not counted; O(1)."""
        return MappingProxyType(self._counts)

    def pool_taken(self, pool: str) -> int:
        """Return how many slots of a pool the running tasks of this run hold."""
        return self._pool_taken.get(pool, 0)

    def failures(self) -> list[int]:
        """Return the tasks and hooks that failed, the first one first; O(tasks)."""
        failed = [n for n, state in enumerate(self.states) if state in FAILURES]
        return sorted(failed, key=lambda number: self.rows[number].ended_ms or 0)

    def take(
        self,
        run: RunRow | None,
        tasks: Iterable[TaskRow],
        attempts: Iterable[AttemptRow],
    ) -> set[int]:
        """Take rows in and return the tasks they are of; O(rows).

        A new generation of the run changes all tasks: what succeeded before is kept. So
        does an interruption, and its end.
        """
        changed: set[int] = set()
        if run is not None:
            before, self.run = self.run, run
            if run.status is not RunStatus.INTERRUPTED:
                self.remains = {}
            if _asks_for_judgement(before, run):
                changed = self._judge_again()
        for row in tasks:
            number = self.index.get(row.task)
            # A row of another version of the DAG may be under way still.
            if number is None:
                continue
            self._put_row(number, row)
            changed.add(number)
        for attempt in attempts:
            number = self.index.get(attempt.task)
            if number is not None:
                _put(self._attempts.setdefault(number, []), attempt)
                changed.add(number)
        self.version += 1
        return changed

    def take_remains(self, remains: Mapping[str, Remains]) -> set[int]:
        """Take in what is left of an interrupted run's tasks; return what differs."""
        if self.run.status is not RunStatus.INTERRUPTED:
            return set()
        before, index = self.remains, self.index
        self.remains = {
            index[name]: left for name, left in remains.items() if name in index
        }
        if self.remains == before:
            return set()
        self.version += 1
        return self._judge_again()

    def elapsed_ms(self, number: int, now_ms: int) -> int | None:
        """Return how long the latest attempt took, or takes; None: nobody knows."""
        row, state = self.rows[number], self.states[number]
        if row.started_ms is None or state is TaskState.INTERRUPTED:
            return None
        if row.ended_ms is None or state is TaskState.RUNNING:
            return now_ms - row.started_ms
        return row.ended_ms - row.started_ms

    def forget(self, attempts: Iterable[tuple[int, int]]) -> set[int]:
        """Forget attempts, given as (task, attempt); return their tasks.

        For going back to a time before they began.
        """
        changed: set[int] = set()
        for number, attempt in attempts:
            known = self._attempts.get(number, [])
            self._attempts[number] = [row for row in known if row.attempt != attempt]
            changed.add(number)
        self.version += 1
        return changed

    def _put_row(self, number: int, row: TaskRow) -> None:
        self.rows[number] = row
        if row.attempt > 1 or row.status is TaskStatus.BACKOFF:
            self.is_tried_again = True
        state = self._state(number)
        if state is not self.states[number]:
            self._move(number, state)

    def _state(self, number: int) -> TaskState:
        state = state_of(self.rows[number], self.run.generation)
        is_cut_off = self.run.status is RunStatus.INTERRUPTED
        if state is not TaskState.RUNNING or not is_cut_off:
            return state
        left = self.remains.get(number)
        goes_on = left is not None and left.state is RemainsState.RUNS
        return state if goes_on else TaskState.INTERRUPTED

    def _judge_again(self) -> set[int]:
        for number in range(len(self.rows)):
            state = self._state(number)
            if state is not self.states[number]:
                self._move(number, state)
        return set(range(len(self.rows)))

    def _move(self, number: int, state: TaskState) -> None:
        old, self.states[number] = self.states[number], state
        if number not in self._hooks:
            self._counts[old] -= 1
            self._counts[state] += 1
        if old is TaskState.RUNNING:
            self._hold(number, -1)
            self.stopping.pop(number, None)
        elif state is TaskState.RUNNING:
            self._hold(number, 1)
            self.newest = number

    def _hold(self, number: int, sign: int) -> None:
        task = self.dag.tasks[number]
        if task.executor is not ExecutorName.ENGINE:
            self.slots_taken += sign
        if task.pool:
            taken = self.pool_taken(task.pool) + sign * task.pool_slots
            self._pool_taken[task.pool] = taken


def _asks_for_judgement(before: RunRow, after: RunRow) -> bool:
    """Tell whether the same rows mean something else now."""
    is_next = before.generation != after.generation
    return is_next or RunStatus.INTERRUPTED in {before.status, after.status}


def _unknown(name: str) -> TaskRow:
    return TaskRow(task=name, status=TaskStatus.PENDING)


def _put(attempts: list[AttemptRow], row: AttemptRow) -> None:
    """Put an attempt in its place by number, over what was known of it."""
    if not attempts or row.attempt > attempts[-1].attempt:
        attempts.append(row)
        return
    place = bisect_left(attempts, row.attempt, key=lambda known: known.attempt)
    if attempts[place].attempt == row.attempt:
        attempts[place] = row
    else:
        attempts.insert(place, row)
