"""Where every task of a run stands, and how many of its upstream stand where.

One row per task in parallel lists; what few tasks have is in dicts. `move` is the only
assignment to a status and keeps the tallies in step with it, so that nothing above has
to scan.
"""

from array import array
from typing import Self

from leo_engine.errors import InvalidTransitionError
from leo_engine.state.attempt import Running, Spent
from leo_engine.state.layout import Layout
from leo_engine.state.outcome import Outcome, says_something
from leo_engine.state.status import TERMINAL, TaskStatus
from leo_engine.state.tallies import Tallies
from leo_engine.state.transitions import LEGAL_MOVES

UNSET = -1
"""A time that has not come."""


class Board:
    """The tasks of one run. Read freely; change statuses through `move` only.

    Invariant: the tallies are those of the statuses (`invariants.violations` checks).
    """

    def __init__(self, layout: Layout) -> None:  # noqa: PLR0915 -- a line per field
        count = len(layout.graph)
        self.layout = layout
        self.status = [TaskStatus.PENDING] * count
        self.attempt = [0] * count
        """Number of the latest attempt; for an approval, of the latest asking."""
        self.started_ms = array("q", [UNSET]) * count
        """Start of the latest attempt."""
        self.ended_ms = array("q", [UNSET]) * count
        """When the task settled."""
        self.tallies = Tallies(layout)
        self.running: dict[int, Running] = {}
        self.spent: dict[int, Spent] = {}
        self.backoff_until_ms: dict[int, int] = {}
        self.reason: dict[int, str] = {}
        self.outcome: dict[int, Outcome] = {}
        """Of the latest attempt, unless it is a success with nothing to say."""
        self.asked: set[int] = set()
        """Pending tasks whose condition is being worked out."""
        self.skips_on: set[int] = set()
        """Skipped tasks whose skip cascades."""
        self.by_itself: set[int] = set()
        """Skipped by their own condition or cancelled by name: nobody else's doing."""
        self.gone: dict[str, int] = {}
        """{task that an earlier version had: its attempts}, to number on from there."""
        self.changed: set[int] = set()
        """Tasks whose row is out of date; whoever writes rows clears it."""

    def move(self, task: int, target: TaskStatus) -> None:
        """Take a step of the transition table.

        Raises:
            InvalidTransitionError: the table does not have it.
        """
        source = self.status[task]
        if target not in LEGAL_MOVES[source]:
            raise InvalidTransitionError(self.layout.graph.ids[task], source, target)
        self.status[task] = target
        self.tallies.count(task, source, target, self.skips_on)
        self.changed.add(task)

    def is_settled(self, task: int) -> bool:
        """Tell whether the task is done with, short of a reset."""
        return self.status[task] in TERMINAL

    def max_attempts(self, task: int) -> int:
        """Return the number its last attempt may get, if no more are lost.

        Never less than it has had: another version of the DAG may allow fewer.
        """
        allowed = 1 + self.layout.dag.tasks[task].retry.retries
        spent = self.spent.get(task)
        if spent is not None:
            allowed += spent.before + spent.losses
        return max(allowed, self.attempt[task])

    def spending(self, task: int) -> Spent:
        """Return the budget record of a task, made when it has none."""
        return self.spent.setdefault(task, Spent())

    def note_outcome(self, task: int, outcome: Outcome) -> None:
        """Keep how the latest attempt ended, if there is anything to say about it."""
        if says_something(outcome):
            self.outcome[task] = outcome
        else:
            self.outcome.pop(task, None)

    def renew_budget(self, task: int) -> None:
        """Let the attempts so far count no more."""
        if self.attempt[task]:
            self.spent[task] = Spent(before=self.attempt[task])

    def forget(self, task: int) -> None:
        """Drop what is known of a task's past but the number of its attempts."""
        self.renew_budget(task)
        self.ended_ms[task] = UNSET
        for known in (self.reason, self.outcome, self.backoff_until_ms):
            known.pop(task, None)
        for marked in (self.asked, self.skips_on, self.by_itself):
            marked.discard(task)
        self.changed.add(task)

    def carried_over(self, layout: Layout, *, is_moved: bool = False) -> Self:
        """Return a board for another version of the DAG.

        Tasks keep how they ended and what runs; what waited is pending again. Hooks
        that do not run start afresh, as do tasks the old version did not have.

        With `is_moved` hooks are kept as well, and so is what waits between two
        attempts or for an answer.
        """
        board = type(self)(layout)
        index, graph = layout.graph.index, self.layout.graph
        board.gone = {name: n for name, n in self.gone.items() if name not in index}
        for old, name in enumerate(graph.ids):
            task = index.get(name)
            if task is None:
                board.gone[name] = self.attempt[old]
                continue
            board.attempt[task] = self.attempt[old]
            is_hook = layout.dag.tasks[task].is_hook
            if self._lives_on(old, is_hook=is_hook, is_moved=is_moved):
                board._copy(task, self, old, is_moved=is_moved)  # noqa: SLF001 -- another of its own
            else:
                board.renew_budget(task)
        for name, attempts in self.gone.items():
            if name in index:
                board.attempt[index[name]] = attempts
                board.renew_budget(index[name])
        return board

    def has_begun(self, task: int) -> bool:
        """Tell whether a task has done something, or been answered."""
        if self.status[task] in _BEGUN:
            return True
        has_tried = self.attempt[task] > 0 and not self.layout.is_approval(task)
        return has_tried and self.status[task] in _HELD_UP

    def _lives_on(self, task: int, *, is_hook: bool, is_moved: bool) -> bool:
        if self.layout.dag.tasks[task].is_hook != is_hook:
            return False
        return is_moved or not is_hook or task in self.running

    def _copy(self, task: int, old: "Board", twin: int, *, is_moved: bool) -> None:
        self.started_ms[task] = old.started_ms[twin]
        if twin in old.spent:
            self.spent[task] = old.spent[twin]
        status = old.status[twin]
        is_asking = self.layout.is_approval(task) and old.layout.is_approval(twin)
        is_kept = status in TERMINAL or status is TaskStatus.RUNNING
        if is_moved:
            is_kept |= status is TaskStatus.BACKOFF
            is_kept |= status is TaskStatus.READY and is_asking
        if not is_kept:
            return
        self.ended_ms[task] = old.ended_ms[twin]
        self._copy_notes(task, old, twin)
        for step in _WAY_TO.get(status, (status,)):
            self.move(task, step)
        self.changed.discard(task)

    def _copy_notes(self, task: int, old: "Board", twin: int) -> None:
        if twin in old.skips_on:
            self.skips_on.add(task)
        if twin in old.by_itself:
            self.by_itself.add(task)
        if twin in old.backoff_until_ms:
            self.backoff_until_ms[task] = old.backoff_until_ms[twin]
        if twin in old.running:
            self.running[task] = old.running[twin]
        if twin in old.reason:
            self.reason[task] = old.reason[twin]
        if twin in old.outcome:
            self.outcome[task] = old.outcome[twin]


_WAY_TO = {
    TaskStatus.SUCCEEDED: (TaskStatus.READY, TaskStatus.SUCCEEDED),
    TaskStatus.RUNNING: (TaskStatus.READY, TaskStatus.RUNNING),
    TaskStatus.BACKOFF: (TaskStatus.READY, TaskStatus.RUNNING, TaskStatus.BACKOFF),
}
"""How a pending task gets to a status that is not one step away."""
_BEGUN = frozenset(
    {
        TaskStatus.RUNNING,
        TaskStatus.BACKOFF,
        TaskStatus.SUCCEEDED,
        TaskStatus.FAILED,
    }
)
_HELD_UP = frozenset({TaskStatus.READY, TaskStatus.CANCELLED})
