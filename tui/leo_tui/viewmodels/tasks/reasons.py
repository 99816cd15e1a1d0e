"""Why a task has not started, or not gone on, from the rows of the run alone.

`brief` is for the task's row. The causes further up are looked for by loops, as far as
they are asked for: a chain may be ten thousand tasks long.
"""

from leo_engine.graph.selection import with_downstream
from leo_engine.spec.model import SubDag
from leo_engine.state.retry import backoff_ms
from leo_engine.state.status import RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.units import SECOND_MS, stopwatch
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

SPOILT = FAILURES | {TaskState.BLOCKED, TaskState.STOPPED}
"""States that do not let the tasks downstream start, by the usual rule."""
UNSETTLED = frozenset(
    {
        TaskState.PERSON,
        TaskState.INTERRUPTED,
        TaskState.RUNNING,
        TaskState.BACKOFF,
        TaskState.QUEUED,
        TaskState.WAITING,
    }
)
_TIMED_OUT = "timed out after "
_CANCELLED = "cancelled "
_UNLIMITED = 0


def brief(model: RunModel, number: int, now_ms: int) -> str:
    """Return what a task's row says of why; empty when there is nothing to explain."""
    match model.states[number]:
        case TaskState.PERSON:
            text = "waits for you: enter"
        case TaskState.QUEUED:
            lacks = queue_reason(model, number)
            text = f"queued: {lacks}" if lacks else "queued"
        case TaskState.BLOCKED:
            before = first_upstream(model, number, SPOILT)
            text = "blocked" if before is None else f"waits {model.name(before)}"
        case TaskState.RUNNING | TaskState.INTERRUPTED:
            text = _running(model, number, now_ms)
        case TaskState.KEPT:
            text = "reused"
        case TaskState.WAITING | TaskState.OK:
            text = ""
        case TaskState.STOPPED:
            # The sign says as much: `by ann` is what there may be no room for.
            reason = sanitize(model.rows[number].reason)
            text = reason.removeprefix(_CANCELLED) or reason
        case _:
            text = _ignored(model, number)
    return text


def queue_reason(model: RunModel, number: int) -> str:
    """Return what a task that could start lacks: `slots 8/8`; empty when unknown."""
    task, run = model.dag.tasks[number], model.run
    if run.status is RunStatus.INTERRUPTED:
        return "run interrupted"
    if run.paused:
        return "run paused"
    if isinstance(task.action, SubDag):
        return "its run is being started"
    limit = dict(model.dag.pools).get(task.pool, _UNLIMITED)
    taken = model.pool_taken(task.pool)
    if limit and taken + task.pool_slots > limit:
        return f"pool {sanitize(task.pool)} {taken}/{limit}"
    return _slots(model)


def slots(model: RunModel) -> int:
    """Return how many tasks the run may run at once; 0 when that is not known."""
    known = model.run.options.get("slots")
    return known if isinstance(known, int) else _UNLIMITED


def first_upstream(
    model: RunModel, number: int, states: frozenset[TaskState]
) -> int | None:
    """Return the first task upstream that is in one of `states`; O(upstream)."""
    index, known = model.index, model.states
    for name in model.dag.tasks[number].upstream:
        before = index[name]
        if known[before] in states:
            return before
    return None


def unsettled_upstream(model: RunModel, number: int) -> list[int]:
    """Return the tasks that one waits for, in the order of declaration."""
    return [
        before
        for before in model.graph.upstream[number]
        if model.states[before] in UNSETTLED
    ]


def spoiler(model: RunModel, number: int) -> int | None:
    """Return the task whose end blocks this one, however far up; O(the way there)."""
    found: int | None = None
    before = first_upstream(model, number, SPOILT)
    while before is not None:
        found = before
        if model.states[before] is not TaskState.BLOCKED:
            break
        before = first_upstream(model, before, SPOILT)
    return found


def held_up_by(model: RunModel, number: int) -> int | None:
    """Return what a waiting task waits for in the end: the nearest that is under way.

    None when everything upstream waits too, or has settled. O(what is upstream).
    """
    seen = {number}
    rank = [number]
    for task in rank:  # grows while it is read: the nearest come first
        for before in unsettled_upstream(model, task):
            if model.states[before] is not TaskState.WAITING:
                return before
            if before not in seen:
                seen.add(before)
                rank.append(before)
    return None


def cause(model: RunModel, number: int) -> int | None:
    """Return the task to look at to learn why this one has not started."""
    match model.states[number]:
        case TaskState.BLOCKED:
            return spoiler(model, number)
        case TaskState.WAITING:
            found = held_up_by(model, number)
            first = first_upstream(model, number, UNSETTLED)
            return first if found is None else found
        case _:
            return first_upstream(model, number, SPOILT)


def downstream(model: RunModel, number: int) -> set[int]:
    """Return everything that depends on a task, however indirectly; O(that)."""
    return with_downstream(model.graph, [number]) - {number}


def blocked_count(model: RunModel, number: int) -> int:
    """Return how many tasks downstream a task keeps from starting; O(downstream)."""
    states = model.states
    return sum(
        states[after] is TaskState.BLOCKED for after in downstream(model, number)
    )


def backoff_until_ms(model: RunModel, number: int) -> int | None:
    """Return when a task is tried again, jitter aside; None when it is not known."""
    attempts, row = model.attempts_of(number), model.rows[number]
    if not attempts or (ended_ms := attempts[-1].ended_ms) is None:
        return None
    if model.run.status is RunStatus.INTERRUPTED:
        return None
    policy = model.dag.tasks[number].retry
    # Of the retries since the last reset, those not left have been failed.
    failures = policy.retries - (row.max_attempts - row.attempt) + 1
    return ended_ms + backoff_ms(policy, max(1, failures))


def countdown(until_ms: int, now_ms: int) -> str:
    """Return `in 8s`, `in 2:05`, or `now`."""
    left_ms = until_ms - now_ms
    if left_ms <= 0:
        return "now"
    # As a clock is read: a second that has begun is still to come.
    seconds = -(-left_ms // SECOND_MS)
    return f"in {seconds}s" if seconds < 60 else f"in {stopwatch(seconds * SECOND_MS)}"  # noqa: PLR2004 -- a minute


def left_of(model: RunModel, number: int) -> str:
    """Return what is left of a task whose engine is gone: `still runs, pid 123`."""
    left = model.remains.get(number)
    if left is not None:
        return sanitize(left.text)
    is_cut_off = model.states[number] is TaskState.INTERRUPTED
    return "was interrupted" if is_cut_off else ""


def _running(model: RunModel, number: int, now_ms: int) -> str:
    kill_ms = model.stopping.get(number)
    if kill_ms is None:
        return left_of(model, number)
    left_s = max(0, -(-(kill_ms - now_ms) // SECOND_MS))
    return f"stopping {left_s} s"


def _slots(model: RunModel) -> str:
    limit, most = slots(model), model.dag.max_parallel
    if most is not None and model.slots_taken >= most:
        return f"max_parallel {model.slots_taken}/{most}"
    if limit and model.slots_taken >= limit:
        return f"slots {model.slots_taken}/{limit}"
    return ""


def _ignored(model: RunModel, number: int) -> str:
    """Return the engine's reason, and that it counts for nothing if it does."""
    reason = _shortened(sanitize(model.rows[number].reason))
    is_ignored = model.dag.tasks[number].ignore_failure
    if not is_ignored or model.states[number] not in FAILURES:
        return reason
    return f"{reason} (ignored)".lstrip()


def _shortened(reason: str) -> str:
    """Return `timeout 60s` for what timed out."""
    if not reason.startswith(_TIMED_OUT):
        return reason
    return f"timeout {reason.removeprefix(_TIMED_OUT).replace(' s', 's')}"
