"""Tasks that belong together: matrix siblings, `extract.*`, the hooks.

A group keeps count of the states of its tasks as they change, so that its own row costs
the same for a task and for ten thousand.
"""

from collections import Counter

from leo_engine.spec.model import Task
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

HOOKS = "hooks"
NO_GROUP = -1

DONE = frozenset({TaskState.OK, TaskState.KEPT, TaskState.SKIPPED})
ACTIVE = frozenset({TaskState.RUNNING, TaskState.BACKOFF})
_BEGUN = frozenset(TaskState) - {
    TaskState.PERSON,
    TaskState.BLOCKED,
    TaskState.QUEUED,
    TaskState.WAITING,
    TaskState.SKIPPED,
}


class TaskGroup:
    """The tasks of one group, in the order of declaration."""

    __slots__ = ("begun_ms", "counts", "done", "ended_ms", "key", "members", "name")

    def __init__(self, key: str, name: str) -> None:
        self.key = key
        """The same in every run of the DAG."""
        self.name = name
        """Sanitised."""
        self.members: list[int] = []
        self.counts = [0] * len(TaskState)
        """{state: how many}, by the number of the state."""
        self.done = 0
        self.begun_ms: int | None = None
        """When the first of them started in this generation of the run."""
        self.ended_ms = 0
        """When the last of them settled."""

    @property
    def worst(self) -> TaskState:
        """The worst state of a task inside."""
        return next(state for state in TaskState if self.counts[state])

    @property
    def is_active(self) -> bool:
        """Whether a task inside runs or is about to run again."""
        return any(self.counts[state] for state in ACTIVE)

    @property
    def has_begun(self) -> bool:
        """Whether anything inside is not just waiting."""
        return self.counts[TaskState.WAITING] < len(self.members)

    @property
    def is_all_ok(self) -> bool:
        """Whether every task inside is through, and nothing went wrong."""
        return self.done == len(self.members)

    def elapsed_ms(self, now_ms: int) -> int | None:
        """Return from the first start to the last end, or to now; None before any."""
        if self.begun_ms is None:
            return None
        end_ms = now_ms if self.is_active else max(self.ended_ms, self.begun_ms)
        return max(0, end_ms - self.begun_ms)

    def count(self, old: TaskState | None, new: TaskState) -> None:
        """Move one task from a state to another."""
        if old is not None:
            self.counts[old] -= 1
            self.done -= old in DONE
        self.counts[new] += 1
        self.done += new in DONE

    def note_times(self, model: RunModel, number: int) -> None:
        """Take in when a task started and ended, unless that was a generation ago."""
        row = model.rows[number]
        if row.started_ms is None or row.started_ms < (model.run.started_ms or 0):
            return
        attempts = model.attempts_of(number)
        first_ms = attempts[0].started_ms if attempts else row.started_ms
        begun_ms = max(min(first_ms, row.started_ms), model.run.started_ms or 0)
        if self.begun_ms is None or begun_ms < self.begun_ms:
            self.begun_ms = begun_ms
        if row.ended_ms is not None and row.ended_ms > self.ended_ms:
            self.ended_ms = row.ended_ms


class Grouping:
    """The tasks of a DAG in groups.

    `top` is what stands at the left margin, in order of declaration: a task by its
    number, group `g` as `-1 - g`. `group_of` holds a group per task, or `NO_GROUP`.
    """

    def __init__(self, model: RunModel) -> None:
        tasks = model.dag.tasks
        self.groups: list[TaskGroup] = []
        self.group_of = [NO_GROUP] * len(tasks)
        self.top: list[int] = []
        self._stale: set[int] = set()
        """Groups whose times are to be taken anew."""
        self.names = [model.name(number) for number in range(len(tasks))]
        """What each task is called where it stands; inside a group without its name."""
        siblings = Counter(task.base for task in tasks if not task.is_hook)
        matrices = {base for base, count in siblings.items() if count > 1}
        known: dict[str, int] = {}
        for number, task in enumerate(tasks):
            if not task.is_hook:
                key = _group_key(task, matrices)
                self._place(number, key, known)
                if key and not task.title:
                    self.names[number] = sanitize(task.id[len(key) - 1 :].lstrip("."))
        for number, task in enumerate(tasks):
            if task.is_hook:
                self._place(number, HOOKS + "/", known)
        for number in range(len(tasks)):
            self.count(model, number, None)

    def count(self, model: RunModel, number: int, old: TaskState | None) -> None:
        """Let a task's group know how the task stands now; O(1)."""
        place = self.group_of[number]
        if place == NO_GROUP:
            return
        group = self.groups[place]
        state = model.states[number]
        if state is not old:
            group.count(old, state)
        if old in _BEGUN and model.rows[number].started_ms is None:
            self._stale.add(place)
        group.note_times(model, number)

    def settle_times(self, model: RunModel) -> None:
        """Take the times of groups anew in which a task is as if it had not begun.

        It was reset, or the run is looked at as it was. O(those groups).
        """
        for place in self._stale:
            group = self.groups[place]
            group.begun_ms, group.ended_ms = None, 0
            for number in group.members:
                group.note_times(model, number)
        self._stale.clear()

    def forget_times(self) -> None:
        """Take the times of all groups anew: the run has begun again."""
        self._stale.update(range(len(self.groups)))

    def _place(self, number: int, key: str, known: dict[str, int]) -> None:
        if not key:
            self.top.append(number)
            return
        place = known.get(key)
        if place is None:
            place = known[key] = len(self.groups)
            self.groups.append(TaskGroup(key, sanitize(key[:-1])))
            self.top.append(-1 - place)
        self.groups[place].members.append(number)
        self.group_of[number] = place


def _group_key(task: Task, matrices: set[str]) -> str:
    """Return the group's name and how it came to be one; empty for no group.

    The last character keeps `load[…]` and `load.users` apart.
    """
    if task.base in matrices:
        return f"{task.base}["
    before, dot, after = task.id.partition(".")
    return f"{before}." if dot and before and after else ""
