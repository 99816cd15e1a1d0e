"""What stands around an attempt's output: above it, below it, in its place."""

from collections.abc import Sequence

from leo_engine.spec.model import ExecutorName, SubDag
from leo_engine.state.rows import AttemptRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import clock
from leo_tui.viewmodels.panels.definition_text import action_text
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.tasks.reasons import left_of
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

_ENDED = frozenset({TaskState.OK, TaskState.KEPT, TaskState.FAILED})
_PID_FIELD = 2
_HANDLE_FIELDS = 4


def head_line(model: RunModel, number: int, attempt: AttemptRow, now_ms: int) -> Line:
    """Return `pull_orders ‹3/3›  ✗ exit 2  12.0s  pid 4312`."""
    looks = LOOKS[model.states[number]]
    of = max(model.rows[number].max_attempts, model.rows[number].attempt)
    parts: list[Span | str] = [
        Span(model.name(number), Style.BOLD),
        Span(f" ‹{attempt.attempt}/{of}›  ", Style.DIM),
    ]
    if attempt.attempt == model.rows[number].attempt:
        word = looks.word if attempt.ended_ms is None else _ending(attempt)
        parts.append(Span(f"{looks.glyph} {word}", looks.style))
    else:
        parts.append(Span(_ending(attempt), Style.DIM))
    if is_cut_off(model, number, attempt):
        return line(*parts)
    end_ms = now_ms if attempt.ended_ms is None else attempt.ended_ms
    parts.append(f"  {clock(end_ms - attempt.started_ms)}")
    pid = pid_of(attempt.handle)
    if pid and attempt.ended_ms is None:
        parts.append(Span(f"  pid {pid}", Style.DIM))
    return line(*parts)


def command_line(model: RunModel, number: int) -> Line:
    """Return `$ python pull.py --table orders`: the first line of what it does."""
    _, text = action_text(model.dag.tasks[number].action)
    first, _, more = text.strip().partition("\n")
    return line(Span(f"$ {sanitize(first)}{' …' if more else ''}", Style.DIM))


def closing_line(model: RunModel, number: int, attempt: AttemptRow) -> Line:
    """Return `╌╌ exit 2 · attempt 3/3 · no attempts left ╌╌`; nothing while it runs."""
    if attempt.ended_ms is None:
        return ()
    row = model.rows[number]
    parts = [_ending(attempt)]
    if row.max_attempts > 1 or row.attempt > 1:
        parts.append(f"attempt {attempt.attempt}/{max(row.max_attempts, row.attempt)}")
    is_last = attempt.attempt >= row.max_attempts and attempt.outcome != "succeeded"
    if is_last:
        parts.append("no attempts left")
    style = Style.DIM if attempt.outcome == "succeeded" else Style.CARE
    return line(Span(f"╌╌ {' · '.join(parts)} ╌╌", style))


def empty_lines(
    model: RunModel, number: int, attempt: AttemptRow | None, now_ms: int
) -> Sequence[Line]:
    """Return what stands where an output would be."""
    if isinstance(model.dag.tasks[number].action, SubDag) and attempt is not None:
        return [line(Span("No output of its own: enter opens its run.", Style.DIM))]
    if attempt is None:
        return [line(Span(_without_attempt(model, number), Style.DIM))]
    if is_cut_off(model, number, attempt):
        left = left_of(model, number)
        return [line(Span(f"No output. The task {left}.", Style.DIM))]
    if attempt.ended_ms is None:
        pid = pid_of(attempt.handle)
        running = f"Running {clock(now_ms - attempt.started_ms)}"
        return [
            line(
                Span(
                    f"No output yet. {running}{f', pid {pid}' if pid else ''}.",
                    Style.DIM,
                )
            )
        ]
    took = clock(attempt.ended_ms - attempt.started_ms)
    return [line(Span(f"No output. {_ending(attempt)} in {took}.", Style.DIM))]


def is_cut_off(model: RunModel, number: int, attempt: AttemptRow) -> bool:
    """Tell whether an attempt has no end that is known, and does not run."""
    state = model.states[number]
    return attempt.ended_ms is None and state is TaskState.INTERRUPTED


def pid_of(handle: str) -> str:
    """Return the process id in the handle of a process; empty for anything else."""
    fields = handle.split(":")
    return fields[_PID_FIELD] if len(fields) == _HANDLE_FIELDS else ""


def _ending(attempt: AttemptRow) -> str:
    if attempt.outcome == "succeeded":
        return attempt.outcome if attempt.executor == ExecutorName.HTTP else "exit 0"
    if attempt.exit_code is not None:
        return f"exit {attempt.exit_code}"
    if attempt.signal is not None:
        return f"signal {attempt.signal}"
    return sanitize(attempt.reason or attempt.outcome)


def _without_attempt(model: RunModel, number: int) -> str:
    """Return why there is no attempt: a person's answer, for one, takes none."""
    row, state = model.rows[number], model.states[number]
    if state in _ENDED:
        return f"No output: {sanitize(row.reason) or LOOKS[state].word}."
    return "Not run." if model.run.status in RUN_TERMINAL else "Not started."
