"""Batches as a table, and the entries of one."""

from collections import Counter
from collections.abc import Sequence

from leo_engine.app.batch_types import BatchDetail
from leo_engine.ports import BatchItemRow
from leo_engine.state.status import RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, SKIP_GLYPH, Style, words
from leo_tui.units import age, counted, duration, instant
from leo_tui.viewmodels.batch_names import entry_names
from leo_tui.viewmodels.run_ids import short_ids
from leo_tui.viewmodels.run_table import run_length_ms
from leo_tui.viewmodels.spans import Line, Span, line

SKIPPED = "skipped"
NOT_RUN = "not run"
GONE = "removed"

_BATCHES = ("BATCH", "NAME", "RUNS", "ENDED AS", "STARTED", "")
_ENTRIES = ("", "", "ENTRY", "RUN", "STATUS", "TIME", "")
_ORDER = (
    RunStatus.SUCCEEDED,
    SKIPPED,
    RunStatus.RUNNING,
    RunStatus.PENDING,
    RunStatus.INTERRUPTED,
    RunStatus.FAILED,
    RunStatus.TIMED_OUT,
    RunStatus.CANCELLED,
    GONE,
    NOT_RUN,
)


def status_of(item: BatchItemRow) -> str:
    """Return the status of an entry's run, or why it has none."""
    if item.skipped:
        return SKIPPED
    if item.run is not None:
        return item.run.status
    return GONE if item.run_id else NOT_RUN


def batch_counts_now(items: Sequence[BatchItemRow]) -> dict[str, int]:
    """Return {status: entries}, the good ones first, none that is 0."""
    counts = Counter(map(status_of, items))
    return {str(status): counts[status] for status in _ORDER if counts[status]}


def batches_table(
    batches: Sequence[BatchDetail], *, now_ms: int, width: int | None
) -> list[Line]:
    """Return a header and one line per batch, cut to `width` cells when given."""
    names = short_ids([one.batch.batch_id for one in batches])
    rows = [
        [
            names[one.batch.batch_id],
            sanitize(one.batch.name),
            str(len(one.items)),
            _counts(one.items),
            instant(one.batch.created_ms),
            age(one.batch.created_ms, now_ms),
        ]
        for one in batches
    ]
    head, *body = table(_BATCHES, rows, right=frozenset({2}), width=width)
    return [line(Span(head, Style.DIM)), *map(line, body)]


def batch_card(detail: BatchDetail, *, now_ms: int, width: int | None) -> list[Line]:
    """Return a batch with one line per entry, cut to `width` cells when given."""
    batch, items = detail.batch, detail.items
    names = entry_names((one.position, one.dag, one.params) for one in items)
    runs = short_ids([one.run_id for one in items if one.run_id])
    rows = [_row(one, names[one.position], runs, now_ms) for one in items]
    head, *body = table(_ENTRIES, rows, right=frozenset({1, 5}), width=width)
    started = f"{instant(batch.created_ms)}  {age(batch.created_ms, now_ms)}"
    return [
        line(Span(sanitize(batch.name), Style.BOLD), f"  batch {batch.batch_id}"),
        line(f"{counted(len(items), 'run')}: {_counts(items)}  {started}"),
        line(Span(sanitize(batch.file), Style.DIM)),
        line(Span(head, Style.DIM)),
        *(_styled(one, text) for one, text in zip(items, body, strict=True)),
    ]


def _counts(items: Sequence[BatchItemRow]) -> str:
    counts = batch_counts_now(items)
    return ", ".join(f"{count} {words(status)}" for status, count in counts.items())


def _row(item: BatchItemRow, name: str, runs: dict[str, str], now_ms: int) -> list[str]:
    run, skipped = item.run, sanitize(item.skipped)
    if item.run_id:
        skipped = skipped.replace(item.run_id, runs[item.run_id])
    is_timed = run is not None and not item.skipped
    return [
        _glyph(item),
        str(item.position),
        name,
        runs.get(item.run_id, ""),
        words(status_of(item)),
        duration(run_length_ms(run, now_ms)) if run is not None and is_timed else "",
        skipped or ("" if run is None else sanitize(run.error)),
    ]


def _glyph(item: BatchItemRow) -> str:
    if item.skipped:
        return SKIP_GLYPH
    return RUN_GLYPHS[RunStatus.PENDING if item.run is None else item.run.status]


def _styled(item: BatchItemRow, text: str) -> Line:
    is_quiet = item.skipped or item.run is None
    style = Style.DIM if is_quiet or item.run is None else RUN_STYLES[item.run.status]
    return line(Span(text[:1], style), text[1:])
