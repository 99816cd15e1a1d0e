"""The few lines that show a batch under way, whatever the number of its entries."""

from collections.abc import Mapping

from leo_engine.app.batch_types import EntryAction, EntryChoice
from leo_engine.state.status import RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, pad
from leo_tui.theme import RUN_GLYPHS, RUN_STYLES, SKIP_GLYPH, Style
from leo_tui.units import elapsed
from leo_tui.viewmodels.batch_progress import BatchProgress
from leo_tui.viewmodels.run_progress import RunProgress
from leo_tui.viewmodels.spans import Line, Span, cut_line, joined, line

_MOST_RUNS = 12
_MOST_WAITS = 3
_BAR_CELLS = 24


def batch_block(
    batch: BatchProgress,
    names: Mapping[int, str],
    *,
    now_ms: int,
    columns: int,
    rows: int,
) -> list[Line]:
    """Return at most `rows` lines of at most `columns` cells; O(what is shown)."""
    lines = [_head(batch, now_ms), _counts(batch), *_waits(batch)]
    room = min(_MOST_RUNS, rows - len(lines))
    if room > 0:
        lines += _runs(batch, names, now_ms, room)
    return [cut_line(spans, columns) for spans in lines[: max(rows, 0)]]


def _head(batch: BatchProgress, now_ms: int) -> Line:
    share = batch.ended / batch.total if batch.total else 1.0
    filled = round(share * _BAR_CELLS)
    remaining_ms = batch.remaining_ms(now_ms)
    left = "" if remaining_ms is None else f"  about {elapsed(remaining_ms)} left"
    return line(
        Span(sanitize(batch.name), Style.BOLD),
        f"  {batch.ended}/{batch.total}  ",
        Span("━" * filled, Style.GOOD),
        Span("─" * (_BAR_CELLS - filled), Style.DIM),
        f"  {int(share * 100)} %  {elapsed(now_ms - batch.begun_ms)}",
        Span(left, Style.DIM),
    )


def _counts(batch: BatchProgress) -> Line:
    counted = (
        (RunStatus.SUCCEEDED, batch.succeeded),
        (RunStatus.RUNNING, len(batch.running)),
        (RunStatus.FAILED, batch.failed),
        (RunStatus.PENDING, batch.waiting),
    )
    spans = [
        Span(f"{RUN_GLYPHS[status]} {count}", RUN_STYLES[status])
        for status, count in counted
        if count
    ]
    if batch.skipped:
        spans.append(Span(f"{SKIP_GLYPH} {batch.skipped}", Style.DIM))
    return (Span("  "), *joined(spans, "  "))


def _waits(batch: BatchProgress) -> list[Line]:
    shown = list(batch.waits.values())[:_MOST_WAITS]
    return [line("  ", Span(sanitize(why), Style.CARE)) for why in shown]


def _runs(
    batch: BatchProgress, names: Mapping[int, str], now_ms: int, room: int
) -> list[Line]:
    under_way = len(batch.running)
    shown = batch.oldest(under_way if under_way <= room else room - 1)
    titles = [names[choice.entry.position] for choice, _ in shown]
    width = max(map(cells, titles), default=0)
    lines = [
        _run(choice, progress, pad(title, width), now_ms)
        for (choice, progress), title in zip(shown, titles, strict=True)
    ]
    if under_way > len(shown):
        lines.append(line(f"  … and {under_way - len(shown)} more"))
    return lines


def _run(choice: EntryChoice, progress: RunProgress, title: str, now_ms: int) -> Line:
    status = RunStatus.RUNNING
    done = f"{progress.done}/{progress.run.total}"
    followed = "  (followed)" if choice.action is EntryAction.FOLLOW else ""
    return line(
        "  ",
        Span(RUN_GLYPHS[status], RUN_STYLES[status]),
        f" {title}  {done}  {elapsed(progress.elapsed_ms(now_ms))}{followed}",
    )
