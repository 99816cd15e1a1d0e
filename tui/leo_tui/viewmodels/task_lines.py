"""One task of a run as one line."""

from leo_engine.state.rows import TaskRow
from leo_engine.state.status import TERMINAL, TaskStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import PERSON_GLYPH, TASK_GLYPHS, TASK_STYLES, TASK_WORDS, Style
from leo_tui.units import duration
from leo_tui.viewmodels.spans import Line, Span, line

_TOLD = TERMINAL | {TaskStatus.BACKOFF}


def task_line(row: TaskRow, dag: str = "") -> Line | None:
    """Return what to say of a task that settled, will be retried, or needs somebody.

    None for a status that is not worth a line. `dag` goes in front when several runs
    share the output.
    """
    if row.status not in _TOLD and not needs_a_person(row):
        return None
    head = glyph(row)
    name = f"{sanitize(dag)}: {sanitize(row.task)}" if dag else sanitize(row.task)
    details = [name, attempts(row), _took(row), _why(row)]
    return line(head, " " + "  ".join(detail for detail in details if detail))


def needs_a_person(row: TaskRow) -> bool:
    """Tell whether a task waits for an answer; nothing else is ready with a reason."""
    return row.status is TaskStatus.READY and bool(row.reason)


def glyph(row: TaskRow) -> Span:
    """Return the sign of a task's status."""
    if needs_a_person(row):
        return Span(PERSON_GLYPH, Style.CARE)
    return Span(TASK_GLYPHS[row.status], TASK_STYLES[row.status])


def attempts(row: TaskRow) -> str:
    """Return `x2/5` for a second attempt of five, nothing for an only one."""
    tried_again = row.attempt > 1 or row.status is TaskStatus.BACKOFF
    return f"x{row.attempt}/{row.max_attempts}" if tried_again else ""


def took_ms(row: TaskRow) -> int | None:
    """Return how long the latest attempt took; None when none has ended."""
    if row.started_ms is None or row.ended_ms is None:
        return None
    return row.ended_ms - row.started_ms


def _took(row: TaskRow) -> str:
    length_ms = took_ms(row)
    return "" if length_ms is None else duration(length_ms)


def _why(row: TaskRow) -> str:
    if row.status is TaskStatus.SUCCEEDED:
        return ""
    return sanitize(row.reason) or TASK_WORDS[row.status]
