"""Two or three lines on why a task did not end well, or has not started: the Why box.

They are worked out for the one task under the cursor, so they may look at everything
upstream or downstream of it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from leo_engine.spec.model import Approval, Dag, Task, TriggerRule
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus
from leo_tui.keys.actions import ACTIONS
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import MINUTE_MS, SECOND_MS, clock, counted, duration, stopwatch
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.tasks.reasons import (
    backoff_until_ms,
    blocked_count,
    cause,
    countdown,
    downstream,
    left_of,
    queue_reason,
    unsettled_upstream,
)
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

KEYS: Mapping[str, str] = {
    action.id: action.keys[0] for action in ACTIONS if action.keys
}
"""{action id: key} as they are unless a person has set others."""

_MOST_NAMED = 3
_INDENT = "  "


class _Asked(NamedTuple):
    """The task that is asked about, and when."""

    model: RunModel
    number: int
    now_ms: int
    keys: Mapping[str, str]

    @property
    def task(self) -> Task:
        return self.model.dag.tasks[self.number]

    @property
    def row(self) -> TaskRow:
        return self.model.rows[self.number]

    @property
    def state(self) -> TaskState:
        return self.model.states[self.number]


def why_lines(
    model: RunModel, number: int, now_ms: int, keys: Mapping[str, str] = KEYS
) -> list[Line]:
    """Return the box of a task; nothing when there is nothing to explain."""
    asked = _Asked(model, number, now_ms, keys)
    answer = _ANSWERS.get(asked.state)
    lines = [] if answer is None else answer(asked)
    if not lines:
        return []
    looks = LOOKS[asked.state]
    first, *others = lines
    return [
        (Span(looks.glyph, looks.style), Span(" "), *first),
        *[(Span(_INDENT), *other) for other in others],
    ]


def standing(model: RunModel, number: int, now_ms: int) -> list[Line]:
    """Return one line for a task that needs no explanation: `✓ ok in 4.1s`."""
    looks = LOOKS[model.states[number]]
    text = looks.word
    elapsed_ms = model.elapsed_ms(number, now_ms)
    if elapsed_ms is not None:
        text += " for " if model.rows[number].ended_ms is None else " in "
        text += clock(elapsed_ms)
    return [(Span(f"{looks.glyph} ", looks.style), Span(text))]


def upstream_text(model: RunModel, numbers: Iterable[int], now_ms: int) -> str:
    """Return `load_users (running 12 s), load_ads (waiting) and 3 more`."""
    known = list(numbers)
    named = [
        f"{model.name(number)} ({_standing(model, number, now_ms)})"
        for number in known[:_MOST_NAMED]
    ]
    more = len(known) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _failed(asked: _Asked) -> list[Line]:
    model, number, row, keys = asked.model, asked.number, asked.row, asked.keys
    word = LOOKS[asked.state].word
    blocked = blocked_count(model, number)
    held = f"; blocks {counted(blocked, 'task')}" if blocked else ""
    ignored = "; its failure is ignored" if asked.task.ignore_failure else ""
    tries = counted(max(row.attempt, 1), "attempt")
    below = len(downstream(model, number))
    keyed = [f"{keys['task.retry']} retry"]
    if below:
        keyed.append(f"{keys['task.retry_downstream']} retry + {below} downstream")
    keyed.append(f"{keys['file.edit']} edit")
    lines = [line(f"{word} after {tries}{held}{ignored}.")]
    if row.reason and asked.state is TaskState.FAILED:
        lines.append(line(Span(sanitize(row.reason), Style.BAD)))
    return [*lines, line("   ".join(keyed))]


def _blocked(asked: _Asked) -> list[Line]:
    model, keys = asked.model, asked.keys
    found = cause(model, asked.number)
    again = keys["task.retry"]
    down = keys["task.retry_downstream"]
    if found is None:
        reason = sanitize(asked.row.reason) or "upstream did not succeed"
        return [line(f"Not run: {reason}."), line(f"{again} runs it again.")]
    text = f"Not run: {model.name(found)} {_standing(model, found, asked.now_ms)}."
    after = f"{again} on it, or {down}, brings this back. {_jump(keys)}"
    return [line(text), line(after)]


def _waiting(asked: _Asked) -> list[Line]:
    model, task, now_ms = asked.model, asked.task, asked.now_ms
    if task.is_hook:
        return [line(f"Starts only when called for{_callers(model.dag, task)}.")]
    open_tasks = unsettled_upstream(model, asked.number)
    if not open_tasks:
        return [line(_no_upstream(model, task))]
    text = f"Waits for: {upstream_text(model, open_tasks, now_ms)}."
    found = cause(model, asked.number)
    in_the_end = ""
    if found is not None and found not in open_tasks:
        in_the_end = f"In the end for {upstream_text(model, [found], now_ms)}. "
    return [line(text), line(f"{in_the_end}{_rule(task)}{_jump(asked.keys)}")]


def _no_upstream(model: RunModel, task: Task) -> str:
    if model.run.status is RunStatus.PENDING:
        return "Waits for the run to begin."
    if task.condition and task.upstream:
        return f"Its condition is being worked out: {sanitize(task.condition)}"
    return "Waits for its turn."


def _queued(asked: _Asked) -> list[Line]:
    model, task = asked.model, asked.task
    lacks = queue_reason(model, asked.number)
    lines = [line(f"Could start: waits for {lacks or 'a slot'}.")]
    if lacks.startswith("pool "):
        holders = [
            other
            for other, state in enumerate(model.states)
            if state is TaskState.RUNNING and model.dag.tasks[other].pool == task.pool
        ]
        lines.append(line(f"Held by {_named(model, holders)}."))
    elif task.memory_bytes:
        gigabytes = task.memory_bytes / 1e9
        lines.append(line(f"Starts only with {gigabytes:.1f} GB of memory free."))
    return lines


def _person(asked: _Asked) -> list[Line]:
    action = asked.task.action
    prompt = action.prompt if isinstance(action, Approval) else ""
    question = sanitize(prompt) or "Waits for you."
    return [line(Span(question, Style.BOLD)), line(f"{asked.keys['open']} answers.")]


def _backoff(asked: _Asked) -> list[Line]:
    row = asked.row
    until_ms = backoff_until_ms(asked.model, asked.number)
    due = "soon" if until_ms is None else countdown(until_ms, asked.now_ms)
    if asked.model.run.status is RunStatus.INTERRUPTED:
        due = f"once {asked.keys['run.continue']} goes on with the run"
    reason = sanitize(row.reason) or "failed"
    text = f"attempt {row.attempt} of {row.max_attempts}: {reason}."
    return [line(text), line(f"Tried again {due}.")]


def _running(asked: _Asked) -> list[Line]:
    if asked.model.run.status is RunStatus.INTERRUPTED:
        return _left_behind(asked)
    kill_ms = asked.model.stopping.get(asked.number)
    if kill_ms is None:
        return []
    left = duration(max(0, kill_ms - asked.now_ms))
    return [
        line(f"Stopping: it got SIGTERM, and gets SIGKILL in {left}."),
        line(f"{asked.keys['task.stop']} again kills it now."),
    ]


def _left_behind(asked: _Asked) -> list[Line]:
    found = left_of(asked.model, asked.number)
    again = asked.keys["run.continue"]
    return [
        line(f"The engine of this run is gone. The task {found}."),
        line(f"{again} goes on with the run."),
    ]


def _left_out(asked: _Asked) -> list[Line]:
    state, row, keys = asked.state, asked.row, asked.keys
    condition = sanitize(asked.task.condition)
    reason = sanitize(row.reason) or LOOKS[state].word
    head = "Stopped" if row.started_ms is not None else "Not run"
    lines = [line(f"{head}: {reason}.")]
    if state is TaskState.SKIPPED and condition and condition not in reason:
        lines.append(line(f"Its condition: {condition}"))
    if state is TaskState.STOPPED:
        again, on = keys["task.retry"], keys["run.continue"]
        lines.append(line(f"{again} runs it again; {on} continues the run."))
    return lines


_ANSWERS: Mapping[TaskState, Callable[[_Asked], list[Line]]] = {
    TaskState.FAILED: _failed,
    TaskState.TIMED_OUT: _failed,
    TaskState.PERSON: _person,
    TaskState.BLOCKED: _blocked,
    TaskState.INTERRUPTED: _left_behind,
    TaskState.RUNNING: _running,
    TaskState.BACKOFF: _backoff,
    TaskState.QUEUED: _queued,
    TaskState.WAITING: _waiting,
    TaskState.STOPPED: _left_out,
    TaskState.SKIPPED: _left_out,
}


def _standing(model: RunModel, number: int, now_ms: int) -> str:
    """Return `running 12 s`, `failed 3 of 3`, `waiting`."""
    state, row = model.states[number], model.rows[number]
    word = LOOKS[state].word
    if state is TaskState.RUNNING and row.started_ms is not None:
        return f"{word} {_length(now_ms - row.started_ms)}"
    if state in FAILURES:
        return f"{word} {max(row.attempt, 1)} of {row.max_attempts}"
    return f"was {word}" if state is TaskState.STOPPED else word


def _length(length_ms: int) -> str:
    if length_ms < MINUTE_MS:
        return f"{max(0, length_ms) // SECOND_MS} s"
    return stopwatch(length_ms)


def _named(model: RunModel, numbers: list[int]) -> str:
    names = ", ".join(model.name(number) for number in numbers[:_MOST_NAMED])
    more = len(numbers) - _MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names or "another run"


def _jump(keys: Mapping[str, str]) -> str:
    return f"{keys['goto.upstream']} jumps there."


def _rule(task: Task) -> str:
    if task.trigger_rule is TriggerRule.ALL_SUCCESS:
        return ""
    return f"Starts by the rule {task.trigger_rule}. "


def _callers(dag: Dag, hook: Task) -> str:
    """Return `: by the end of the run`, by what may call a hook."""
    ends = {"failure": dag.on_failure, "success": dag.on_success, "end": dag.on_exit}
    called = [f"the run's {end}" for end, hooks in ends.items() if hook.id in hooks]
    called += [sanitize(task.id) for task in dag.tasks if task.on_failure == hook.id]
    return f": by {', '.join(called[:_MOST_NAMED])}" if called else ""
