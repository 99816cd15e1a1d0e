"""Runs as a table, one line each."""

from collections.abc import Sequence

from leo_engine.ports import RunRow
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, Style, words
from leo_tui.units import age, duration, instant
from leo_tui.viewmodels.run_ids import short_ids
from leo_tui.viewmodels.spans import Line, Span, line

_HEADER = ("", "RUN", "DAG", "STATUS", "TASKS", "TIME", "STARTED", "")
_RIGHT = frozenset({4, 5})


def run_table(runs: Sequence[RunRow], *, now_ms: int, width: int | None) -> list[Line]:
    """Return a header and one line per run, cut to `width` cells when given."""
    names = short_ids([run.run_id for run in runs])
    rows = [_row(run, names[run.run_id], now_ms) for run in runs]
    head, *body = table(_HEADER, rows, right=_RIGHT, width=width)
    styled = [
        line(Span(text[:1], RUN_STYLES[run.status]), text[1:])
        for run, text in zip(runs, body, strict=True)
    ]
    return [line(Span(head, Style.DIM)), *styled]


def run_length_ms(run: RunRow, now_ms: int) -> int:
    """Return how long a run took, or has been taking."""
    begun_ms = run.created_ms if run.started_ms is None else run.started_ms
    return (now_ms if run.ended_ms is None else run.ended_ms) - begun_ms


def _row(run: RunRow, name: str, now_ms: int) -> list[str]:
    begun_ms = run.created_ms if run.started_ms is None else run.started_ms
    paused = " (paused)" if run.paused else ""
    return [
        RUN_GLYPHS[run.status],
        name,
        sanitize(run.dag),
        words(run.status) + paused,
        f"{run.succeeded + run.skipped}/{run.total}",
        duration(run_length_ms(run, now_ms)),
        instant(begun_ms),
        age(begun_ms, now_ms),
    ]
