"""Two runs side by side, as lines."""

from leo_engine.app.types import RunComparison, TaskComparison
from leo_engine.ports import RunRow
from leo_engine.state.rows import TaskRow
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.theme import RUN_GLYPHS, TASK_GLYPHS, TASK_WORDS, Style, words
from leo_tui.units import counted, duration, instant
from leo_tui.viewmodels.run_card import params_text
from leo_tui.viewmodels.spans import Line, Span, line

_HEADER = ("TASK", "BEFORE", "TIME", "AFTER", "TIME", "CHANGE")
_RIGHT = frozenset({2, 4})
_NOTABLE_SHARE = 0.25
_NOTABLE_MS = 100
"""Below this a difference in time is the machine's, not the task's."""


def run_diff(
    comparison: RunComparison, *, whole: bool, width: int | None
) -> list[Line]:
    """Return what differs, or with `whole` everything, under the two runs."""
    lines = [_run("before", comparison.before), _run("after", comparison.after)]
    for name, (before, after) in comparison.params_changed.items():
        old, new = params_text({name: before}), params_text({name: after})
        lines.append(line(Span("  param   ", Style.DIM), f"{old} → {new}"))
    shown = [task for task in comparison.tasks if whole or differs(task)]
    same = len(comparison.tasks) - len(shown)
    if shown:
        head, *body = table(_HEADER, [*map(_row, shown)], right=_RIGHT, width=width)
        lines += [(), line(Span(head, Style.DIM)), *map(line, body)]
    if same:
        lines += [(), line(f"{counted(same, 'task')} without a difference")]
    return lines


def differs(task: TaskComparison) -> bool:
    """Tell whether a task is worth a look: status, definition, or a quarter in time."""
    if task.before is None or task.after is None or task.definition_changed:
        return True
    return task.before.status is not task.after.status or _is_notable(task)


def _is_notable(task: TaskComparison) -> bool:
    before_ms, after_ms = task.duration_before_ms, task.duration_after_ms
    if before_ms is None or after_ms is None:
        return before_ms is not after_ms
    change_ms = abs(after_ms - before_ms)
    return change_ms >= _NOTABLE_MS and change_ms > before_ms * _NOTABLE_SHARE


def _run(label: str, run: RunRow) -> Line:
    status = f"{RUN_GLYPHS[run.status]} {words(run.status)}"
    facts = f"{run.run_id}  {sanitize(run.dag)}  {status}  {instant(run.created_ms)}"
    return line(Span(f"  {label:<8}", Style.DIM), facts)


def _row(task: TaskComparison) -> list[str]:
    return [
        sanitize(task.task),
        _status(task.before),
        _time(task.duration_before_ms),
        _status(task.after),
        _time(task.duration_after_ms),
        ", ".join(_changes(task)),
    ]


def _status(row: TaskRow | None) -> str:
    if row is None:
        return "-"
    return f"{TASK_GLYPHS[row.status]} {TASK_WORDS[row.status]}"


def _time(length_ms: int | None) -> str:
    return "" if length_ms is None else duration(length_ms)


def _changes(task: TaskComparison) -> list[str]:
    if task.before is None:
        return ["only after"]
    if task.after is None:
        return ["only before"]
    changes = ["definition"] if task.definition_changed else []
    before_ms, after_ms = task.duration_before_ms, task.duration_after_ms
    if before_ms and after_ms and _is_notable(task):
        changes.append(f"{(after_ms - before_ms) / before_ms:+.0%} time")
    return changes
