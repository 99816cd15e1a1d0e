"""One run as a page: what it is, how it stands, and its tasks."""

import json
from collections.abc import Mapping

from leo_engine.app.types import RemainsState, RunDetail
from leo_engine.ports import RunRow
from leo_engine.spec.model import Json
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.theme import (
    RUN_GLYPHS,
    RUN_STYLES,
    TASK_WORDS,
    Style,
    words,
)
from leo_tui.units import duration, instant
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.task_lines import attempts, glyph, needs_a_person, took_ms

_HEADER = ("", "TASK", "STATUS", "TRY", "TIME", "")
_RIGHT = frozenset({4})
_LABEL_CELLS = 9
_INTERRUPTED = Span(
    RUN_GLYPHS[RunStatus.INTERRUPTED], RUN_STYLES[RunStatus.INTERRUPTED]
)


def run_card(detail: RunDetail, *, now_ms: int, width: int | None) -> list[Line]:
    """Return the page; the table is cut to `width` cells when given."""
    lines = [_title(detail.run), *_facts(detail.run, now_ms), ()]
    rows = [_row(row, detail) for row in detail.tasks]
    head, *body = table(_HEADER, rows, right=_RIGHT, width=width)
    lines.append(line(Span(head, Style.DIM)))
    for row, text in zip(detail.tasks, body, strict=True):
        style = _glyph(row, detail).style
        lines.append(line(Span(text[:1], style), text[1:]))
    return lines


def _title(run: RunRow) -> Line:
    style = RUN_STYLES[run.status]
    paused = "  paused" if run.paused else ""
    return line(
        Span(f"{RUN_GLYPHS[run.status]} ", style),
        Span(sanitize(run.dag), Style.BOLD),
        "  ",
        Span(words(run.status), style),
        paused,
    )


def _facts(run: RunRow, now_ms: int) -> list[Line]:
    generation = f" (resumed {run.generation - 1}x)" if run.generation > 1 else ""
    begun_ms = run.created_ms if run.started_ms is None else run.started_ms
    counts = f"{run.succeeded} ok, {run.failed} failed, {run.blocked} blocked, "
    counts += f"{run.skipped} skipped"
    facts = {
        "run": f"{run.run_id}{generation}",
        "file": sanitize(run.file),
        "started": instant(begun_ms),
        "took": duration(run_length_ms(run, now_ms)),
        "tasks": f"{run.total}: {counts}",
        "params": params_text(run.params),
        "by": sanitize(f"{run.trigger} {run.parent_run} {run.parent_task}".strip()),
        "error": sanitize(run.error),
    }
    return [
        line(Span(f"  {name:<{_LABEL_CELLS}}", Style.DIM), text)
        for name, text in facts.items()
        if text
    ]


def params_text(params: Mapping[str, Json]) -> str:
    """Return `day=mon, retail=true`."""
    pairs = (f"{name}={_value(value)}" for name, value in params.items())
    return sanitize(", ".join(pairs))


def _value(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(row: TaskRow, detail: RunDetail) -> list[str]:
    length_ms = took_ms(row)
    remains = detail.remains.get(row.task)
    left = "" if remains is None else remains.text
    return [
        _glyph(row, detail).text,
        sanitize(row.task),
        _status(row, detail),
        attempts(row),
        "" if length_ms is None else duration(length_ms),
        sanitize(left or row.reason or detail.waits.get(row.task, "")),
    ]


def _glyph(row: TaskRow, detail: RunDetail) -> Span:
    """Return the sign of a task: of one whose process is gone, not that of running."""
    return _INTERRUPTED if _is_over(row, detail) else glyph(row)


def _status(row: TaskRow, detail: RunDetail) -> str:
    if needs_a_person(row):
        return "needs you"
    if _is_over(row, detail):
        return words(detail.remains[row.task].state)
    return TASK_WORDS[row.status]


def _is_over(row: TaskRow, detail: RunDetail) -> bool:
    remains = detail.remains.get(row.task)
    return remains is not None and remains.state is not RemainsState.RUNS
