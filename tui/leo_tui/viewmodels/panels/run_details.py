"""The Details tab of a whole run, and of a group of its tasks."""

from collections.abc import Mapping, Sequence

from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.units import clock, counted, instant, stopwatch
from leo_tui.viewmodels.panels.details import list_tasks
from leo_tui.viewmodels.panels.edit_diff import value_text
from leo_tui.viewmodels.panels.outlook import Outlook
from leo_tui.viewmodels.panels.page import Page
from leo_tui.viewmodels.panels.sheet import Sheet
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Span, line
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

_MOST_FAILURES = 20
_MOST_SLOW = 10


def run_page(
    model: RunModel, *, width: int, now_ms: int, outlook: Outlook | None = None
) -> Page:
    """Return the page of a run: what it is, how it stands, what it was started with."""
    run, sheet = model.run, Sheet(width)
    status = Span(words(run.status), RUN_STYLES[run.status])
    glyph = Span(f"{RUN_GLYPHS[run.status]} ", RUN_STYLES[run.status])
    paused = "  paused" if run.paused else ""
    sheet.add(line(glyph, Span(sanitize(run.dag), Style.BOLD), "  ", status, paused))
    sheet.fact("description", model.dag.description)
    sheet.fact("error", run.error, Style.BAD)
    sheet.fact("tasks", f"{model.total:,}: {_counts(model.counts())}")
    sheet.facts(_times(run, now_ms))
    if outlook is not None and outlook.remaining is not None:
        left = outlook.remaining
        around = f" (±{stopwatch(left.uncertainty_ms)})"
        sheet.fact("remaining", stopwatch(left.expected_ms) + around)
    _failures(sheet, model, [n for n, s in enumerate(model.states) if s in FAILURES])
    sheet.heading("Started with")
    sheet.fact("trigger", f"{run.trigger} {run.parent_run} {run.parent_task}".strip())
    sheet.facts(_pairs(run.params, "param"))
    sheet.facts(_pairs(run.options, "option"))
    sheet.heading("Record")
    sheet.fact("run", run.run_id)
    sheet.fact("generation", _generation(run))
    sheet.fact("file", run.file)
    sheet.fact("version", run.dag_hash)
    sheet.fact("key", run.concurrency_key)
    return sheet.page()


def group_page(
    model: RunModel, name: str, numbers: Sequence[int], *, width: int, now_ms: int
) -> Page:
    """Return the page of a group of tasks."""
    sheet = Sheet(width)
    counts = dict.fromkeys(TaskState, 0)
    for number in numbers:
        counts[model.states[number]] += 1
    sheet.add(line(Span(sanitize(name), Style.BOLD)))
    sheet.fact("tasks", f"{len(numbers):,}: {_counts(counts)}")
    took = {
        number: (row.ended_ms or now_ms) - row.started_ms
        for number in numbers
        if (row := model.rows[number]).started_ms is not None
    }
    if took:
        begin_ms = min(model.rows[number].started_ms or now_ms for number in took)
        end_ms = max(model.rows[number].ended_ms or now_ms for number in took)
        sheet.fact("from to", clock(end_ms - begin_ms))
        sheet.fact("work", clock(sum(took.values())))
    _failures(sheet, model, [n for n in numbers if model.states[n] in FAILURES])
    if took:
        sheet.heading("Longest")
        longest = sorted(took, key=lambda number: -took[number])[:_MOST_SLOW]
        list_tasks(sheet, model, longest)
    return sheet.page()


def _failures(sheet: Sheet, model: RunModel, failed: Sequence[int]) -> None:
    if not failed:
        return
    sheet.heading(f"Failed ({len(failed):,})")
    first = sorted(failed, key=lambda number: model.rows[number].ended_ms or 0)
    list_tasks(sheet, model, first[:_MOST_FAILURES])
    sheet.more(len(failed) - _MOST_FAILURES)


def _counts(counts: Mapping[TaskState, int]) -> str:
    parts = (
        f"{LOOKS[state].glyph} {count:,} {LOOKS[state].word}"
        for state, count in counts.items()
        if count
    )
    return ", ".join(parts)


def _times(run: RunRow, now_ms: int) -> list[tuple[str, str]]:
    begun_ms = run.created_ms if run.started_ms is None else run.started_ms
    is_over = run.status in RUN_TERMINAL and run.ended_ms is not None
    pairs = [("started", instant(begun_ms))]
    if is_over and run.ended_ms is not None:
        pairs.append(("ended", instant(run.ended_ms)))
    so_far = "" if is_over else " so far"
    pairs.append(("took", stopwatch(run_length_ms(run, now_ms)) + so_far))
    return pairs


def _pairs(values: Mapping[str, object], label: str) -> list[tuple[str, str]]:
    return [(label, f"{name} = {value_text(value)}") for name, value in values.items()]


def _generation(run: RunRow) -> str:
    again = run.generation - 1
    return f"{run.generation}" + (
        f", resumed {counted(again, 'time')}" if again else ""
    )
