"""When a run will end, as far as earlier runs can tell, and which tasks it hangs on.

What remains is at least the longest remaining path L and the remaining work W shared by
all p slots; a scheduler that leaves no slot idle needlessly takes at most
W / p + L * (1 - 1 / p) for it. The estimate is the middle of the two, and half of what
lies between them its uncertainty.

Source: Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17(2),
1969.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from leo_engine.graph.critical_path import critical_path
from leo_engine.spec.model import ExecutorName
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.viewmodels.tasks.reasons import slots
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

_IS_TO_RUN = frozenset(
    {
        TaskState.PERSON,
        TaskState.INTERRUPTED,
        TaskState.BACKOFF,
        TaskState.QUEUED,
        TaskState.WAITING,
        TaskState.RUNNING,
    }
)


class Remaining(NamedTuple):
    """What is left of a run, in milliseconds from now."""

    expected_ms: int
    uncertainty_ms: int


class Outlook(NamedTuple):
    """What a run hangs on, and what is left of it."""

    path: tuple[int, ...]
    """The critical path: numbers of tasks, first one first."""
    remaining: Remaining | None
    """None: it is over, or nothing is known of how long its tasks take."""


def outlook(model: RunModel, now_ms: int) -> Outlook:
    """Return the critical path and the estimate as things stand; O(tasks + edges).

    The path goes by what tasks took, and by what is expected of those that have not
    ended. Hooks are not on it.
    """
    expected = _expected_ms(model)
    numbers = range(len(model.ids))
    spent = [_spent_ms(model, number, now_ms) for number in numbers]
    left = [_left_ms(model, number, expected, spent[number]) for number in numbers]
    whole = [taken + rest for taken, rest in zip(spent, left, strict=True)]
    length_ms, path = critical_path(model.graph, whole)
    if length_ms == 0:
        path = []
    is_over = not any(model.counts()[state] for state in _IS_TO_RUN)
    if expected is None or is_over or model.run.status in RUN_TERMINAL:
        return Outlook(tuple(path), None)
    longest_ms, _ = critical_path(model.graph, left)
    tasks = model.dag.tasks
    work_ms = sum(
        left[n] for n in numbers if tasks[n].executor is not ExecutorName.ENGINE
    )
    return Outlook(tuple(path), _between(longest_ms, work_ms, _width_of(model)))


def _width_of(model: RunModel) -> int:
    """Return how many tasks can run at once, as far as that is known."""
    known = [most for most in (slots(model), model.dag.max_parallel) if most]
    return min(known) if known else max(1, model.slots_taken)


def _between(longest_ms: int, work_ms: int, slots: int) -> Remaining:
    least_ms = max(longest_ms, work_ms / slots)
    most_ms = work_ms / slots + longest_ms * (1 - 1 / slots)
    most_ms = max(least_ms, most_ms)
    return Remaining(
        round((least_ms + most_ms) / 2), max(0, round((most_ms - least_ms) / 2))
    )


def _expected_ms(model: RunModel) -> Sequence[int] | None:
    """Return, per task, what is expected of it; None when nothing is known of any.

    A task of which nothing is known is taken for an ordinary one of this DAG.
    """
    known = [
        model.median_ms.get(task.id) or task.estimate_ms for task in model.dag.tasks
    ]
    lengths = [length_ms for length_ms in known if length_ms]
    if not lengths:
        return None
    ordinary_ms = int(median(lengths))
    return [ordinary_ms if length_ms is None else length_ms for length_ms in known]


def _spent_ms(model: RunModel, number: int, now_ms: int) -> int:
    """Return the time from the first start to the last end of the latest generation."""
    attempts = model.attempts_of(number)
    if not attempts or model.is_hook(number):
        return 0
    last = attempts[-1]
    begin_ms = next(
        row.started_ms for row in attempts if row.generation == last.generation
    )
    return max(0, (now_ms if last.ended_ms is None else last.ended_ms) - begin_ms)


def _left_ms(
    model: RunModel, number: int, expected: Sequence[int] | None, spent_ms: int
) -> int:
    state = model.states[number]
    if expected is None or state not in _IS_TO_RUN or model.is_hook(number):
        return 0
    if state is TaskState.RUNNING:
        return max(0, expected[number] - spent_ms)
    return expected[number]
