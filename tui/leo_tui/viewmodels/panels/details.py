"""The Details tab of a task: how it stands, its attempts, what it is defined to do."""

from collections.abc import Iterator, Sequence

from leo_engine.state.rows import AttemptRow
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style, words
from leo_tui.units import clock, short_size, time_of_day
from leo_tui.viewmodels.panels.definition_text import (
    action_text,
    conditions,
    surroundings,
)
from leo_tui.viewmodels.panels.page import Page, TaskTarget
from leo_tui.viewmodels.panels.sheet import Sheet
from leo_tui.viewmodels.spans import Span, line
from leo_tui.viewmodels.tasks.reasons import backoff_until_ms, brief, countdown
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

_MOST_LISTED = 50
_MOST_ATTEMPTS = 100
_ATTEMPT_HEADER = ("#", "outcome", "exit", "started", "took", "cpu", "peak", "where")
_RIGHT = frozenset({0, 4, 5, 6})
_WIDE_FROM = 64
_NARROW_COLUMNS = (0, 1, 2, 3, 4)
"""Of an attempt, where there is no room for all."""


def task_page(
    model: RunModel,
    number: int,
    *,
    width: int,
    now_ms: int,
    why: str = "",
    log_path: str = "",
) -> Page:
    """Return the page of one task; lines that name another task lead to it.

    `why` is what the engine says of a task that has not started, if more is known than
    the rows of the run tell.
    """
    sheet = Sheet(width)
    _standing(sheet, model, number, now_ms, why)
    _attempts(sheet, model, number, now_ms)
    task = model.dag.tasks[number]
    kind, action = action_text(task.action)
    sheet.heading(f"Action: {kind}")
    sheet.code(action)
    sheet.heading("Definition")
    sheet.fact("description", task.description)
    sheet.facts(conditions(task))
    sheet.facts(surroundings(task, model.dag))
    _neighbours(sheet, model, "Upstream", model.graph.upstream[number])
    _neighbours(sheet, model, "Downstream", model.graph.downstream[number])
    sheet.heading("Record")
    sheet.fact("log", log_path)
    sheet.fact("definition", model.rows[number].definition_hash)
    sheet.fact("generation", str(model.rows[number].generation))
    return sheet.page()


def _standing(
    sheet: Sheet, model: RunModel, number: int, now_ms: int, why: str
) -> None:
    row, looks = model.rows[number], LOOKS[model.states[number]]
    title = Span(model.name(number), Style.BOLD)
    state = Span(looks.word, looks.style)
    sheet.add(line(Span(f"{looks.glyph} ", looks.style), title, "  ", state))
    if model.name(number) != sanitize(model.ids[number]):
        sheet.fact("id", model.ids[number])
    sheet.fact("reason", row.reason)
    reason = why or brief(model, number, now_ms)
    if reason != sanitize(row.reason):
        sheet.fact("why", reason)
    if row.attempt:
        sheet.fact("attempt", f"{row.attempt} of {row.max_attempts}")
    sheet.facts(_times(model, number, now_ms))


def _times(model: RunModel, number: int, now_ms: int) -> Iterator[tuple[str, str]]:
    row = model.rows[number]
    if row.started_ms is not None:
        yield "started", time_of_day(row.started_ms)
        elapsed_ms = model.elapsed_ms(number, now_ms)
        so_far = "" if row.ended_ms is not None else " so far"
        yield "took", "" if elapsed_ms is None else clock(elapsed_ms) + so_far
    usual_ms = model.median_ms.get(row.task)
    if usual_ms:
        yield "usually", clock(usual_ms)
    elif (estimate_ms := model.dag.tasks[number].estimate_ms) is not None:
        yield "estimate", clock(estimate_ms)
    if model.states[number] is TaskState.BACKOFF:
        until_ms = backoff_until_ms(model, number)
        yield "next try", "" if until_ms is None else countdown(until_ms, now_ms)


def _attempts(sheet: Sheet, model: RunModel, number: int, now_ms: int) -> None:
    attempts = model.attempts_of(number)
    if not attempts:
        return
    sheet.heading("Attempts")
    shown = attempts[-_MOST_ATTEMPTS:]
    known_ms = None if model.states[number] is TaskState.INTERRUPTED else now_ms
    rows = [_attempt(row, known_ms) for row in shown]
    if sheet.width >= _WIDE_FROM:
        sheet.table(_ATTEMPT_HEADER, rows, _RIGHT)
    else:
        header, *rows = (
            [row[column] for column in _NARROW_COLUMNS]
            for row in (_ATTEMPT_HEADER, *rows)
        )
        sheet.table(header, rows, _RIGHT)
    sheet.more(len(attempts) - len(shown))
    last = attempts[-1]
    if last.reason != model.rows[number].reason:
        sheet.fact("  last", last.reason)
    sheet.fact("  handle", last.handle)


def _attempt(row: AttemptRow, now_ms: int | None) -> list[str]:
    """Return a row of the table; `now_ms` None: nobody knows whether it goes on."""
    end_ms = now_ms if row.ended_ms is None else row.ended_ms
    going = "interrupted" if now_ms is None else "running"
    ended = (
        [""] * 2
        if row.ended_ms is None
        else [
            clock(row.cpu_ms),
            short_size(row.peak_rss_bytes),
        ]
    )
    return [
        str(row.attempt),
        words(row.outcome) or going,
        _exit(row),
        time_of_day(row.started_ms),
        "" if end_ms is None else clock(end_ms - row.started_ms),
        *ended,
        f"{sanitize(row.executor)} slot {row.slot}",
    ]


def _exit(row: AttemptRow) -> str:
    if row.signal is not None:
        return f"signal {row.signal}"
    return "" if row.exit_code is None else str(row.exit_code)


def _neighbours(
    sheet: Sheet, model: RunModel, title: str, numbers: Sequence[int]
) -> None:
    if not numbers:
        return
    sheet.heading(f"{title} ({len(numbers):,})")
    # The worst first: that is why somebody looks.
    shown = sorted(numbers, key=lambda number: model.states[number])[:_MOST_LISTED]
    list_tasks(sheet, model, shown)
    sheet.more(len(numbers) - len(shown))


def list_tasks(sheet: Sheet, model: RunModel, numbers: Sequence[int]) -> None:
    """Add a line per task, with its state, that leads to it."""
    for number in numbers:
        looks = LOOKS[model.states[number]]
        sheet.add(
            line(
                Span(f"  {looks.glyph} ", looks.style),
                model.name(number),
                Span(f"  {looks.word}", Style.DIM),
            ),
            TaskTarget(model.ids[number]),
        )
