"""The few lines that show every run under way, never wider or higher than allowed."""

from collections.abc import Sequence

from leo_engine.state.rows import TaskRow
from leo_engine.state.status import TaskStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, cut, pad
from leo_tui.theme import TASK_GLYPHS, TASK_STYLES, Style
from leo_tui.units import elapsed
from leo_tui.viewmodels.run_progress import RunProgress, longest_running
from leo_tui.viewmodels.spans import Line, Span, cut_line, joined, line
from leo_tui.viewmodels.task_lines import attempts, glyph

_MOST_TASKS = 12
_BAR_CELLS = 24
_LONGEST_NAME = 48
_SHOWN = (
    TaskStatus.SUCCEEDED,
    TaskStatus.RUNNING,
    TaskStatus.BACKOFF,
    TaskStatus.FAILED,
    TaskStatus.UPSTREAM_FAILED,
    TaskStatus.SKIPPED,
    TaskStatus.CANCELLED,
    TaskStatus.READY,
    TaskStatus.PENDING,
)


def block(
    runs: Sequence[RunProgress], *, now_ms: int, columns: int, rows: int
) -> list[Line]:
    """Return at most `rows` lines of at most `columns` cells; O(what is shown)."""
    under_way = [run for run in runs if not run.is_over]
    lines = _heads(under_way, now_ms, rows)
    lines += _tasks(under_way, now_ms, min(_MOST_TASKS, rows - len(lines)))
    return [cut_line(spans, columns) for spans in lines]


def _heads(runs: Sequence[RunProgress], now_ms: int, rows: int) -> list[Line]:
    if len(runs) * 2 <= rows:
        return [spans for run in runs for spans in (_head(run, now_ms), _counts(run))]
    if len(runs) <= rows:
        return [_head(run, now_ms) for run in runs]
    if rows < 1:
        return []
    shown = [_head(run, now_ms) for run in runs[: rows - 1]]
    return [*shown, line(f"… and {len(runs) - len(shown)} more runs")]


def _head(run: RunProgress, now_ms: int) -> Line:
    total = run.run.total
    share = run.done / total if total else 1.0
    filled = round(share * _BAR_CELLS)
    times = [
        Span(f"{int(share * 100)} %"),
        Span(elapsed(run.elapsed_ms(now_ms))),
        Span(_remaining(run, now_ms), Style.DIM),
    ]
    return line(
        Span(sanitize(run.run.dag), Style.BOLD),
        f"  {run.done}/{total}  ",
        Span("━" * filled, Style.GOOD),
        Span("─" * (_BAR_CELLS - filled), Style.DIM),
        "  ",
        *joined((span for span in times if span.text), "  "),
    )


def _remaining(run: RunProgress, now_ms: int) -> str:
    if run.run.paused:
        return "paused"
    remaining_ms = run.remaining_ms(now_ms)
    return "" if remaining_ms is None else f"about {elapsed(remaining_ms)} left"


def _counts(run: RunProgress) -> Line:
    spans = (
        Span(f"{TASK_GLYPHS[status]} {count}", TASK_STYLES[status])
        for status in _SHOWN
        if (count := run.count(status))
    )
    return (Span("  "), *joined(spans, "  "))


def _tasks(runs: Sequence[RunProgress], now_ms: int, rows: int) -> list[Line]:
    active = sum(len(run.active) for run in runs)
    if active == 0 or rows < 1:
        return []
    shown = longest_running(runs, active if active <= rows else rows - 1)
    names = [_name(run, row, len(runs) > 1) for run, row in shown]
    width = max(map(cells, names), default=0)
    lines = [
        _task(row, pad(name, width), now_ms)
        for (_, row), name in zip(shown, names, strict=True)
    ]
    if active > len(shown):
        lines.append(line(f"  … and {active - len(shown)} more"))
    return lines


def _name(run: RunProgress, row: TaskRow, several: bool) -> str:  # noqa: FBT001 - private
    name = f"{run.run.dag}: {row.task}" if several else row.task
    return cut(sanitize(name), _LONGEST_NAME)


def _task(row: TaskRow, name: str, now_ms: int) -> Line:
    since = "" if row.started_ms is None else elapsed(now_ms - row.started_ms)
    fields = [name, attempts(row), since, sanitize(row.reason)]
    text = "  ".join(field for field in fields if field)
    return line("  ", glyph(row), " ", text)
