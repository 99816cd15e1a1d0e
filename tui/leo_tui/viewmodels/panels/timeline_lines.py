"""The Gantt chart of a run as lines: head, rows and foot share one axis of time."""

from collections.abc import Sequence
from typing import NamedTuple

from leo_engine.state.status import TERMINAL
from leo_tui.text.width import cells, cut_middle, pad
from leo_tui.theme import Style
from leo_tui.units import clock, stopwatch, time_of_day
from leo_tui.viewmodels.panels.plots import block_rows
from leo_tui.viewmodels.panels.time_window import Mark, TimeWindow, axis
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.panels.timeline_bars import LEGEND, bar
from leo_tui.viewmodels.spans import Line, Span, cut_line, line
from leo_tui.viewmodels.tasks.reasons import backoff_until_ms, countdown, slots
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

HEAD_LINES = 2
FOOT_LINES = 6
"""A gap, the critical path, a gap, two lines of slots, one of the processor."""

_NOTE_CELLS = 10
_GAP = " "
_ARROW = " → "
_SLOT_LINES = 2
_NARROW = 100
_WORDS_ALONE = frozenset(
    {TaskState.QUEUED, TaskState.BLOCKED, TaskState.SKIPPED, TaskState.PERSON}
)


class Widths(NamedTuple):
    """The columns of the chart; a gap lies between them."""

    name: int
    """Sign and name."""
    chart: int
    note: int

    @classmethod
    def of(cls, width: int) -> "Widths":
        """Share `width` cells out: most of them to the chart."""
        name = min(32, max(12, width * 21 // 100))
        note = min(_NOTE_CELLS, max(0, width - name - 20))
        return cls(name, max(1, width - name - note - 2 * len(_GAP)), note)


def head_lines(timeline: Timeline, *, width: int, now_ms: int) -> tuple[Line, Line]:
    """Return the labels of the axis and its ruler."""
    widths = Widths.of(width)
    end_ms = timeline.end_ms(now_ms)
    mark = Mark(end_ms, "end" if timeline.is_over else "now")
    window = timeline.window(now_ms)
    labels, ruler = axis(window, timeline.origin_ms, widths.chart, mark)
    title = Span(pad("task", widths.name) + _GAP, Style.DIM)
    room = Span(" " * (widths.name + len(_GAP)))
    return cut_line((title, *labels), width), cut_line((room, *ruler), width)


def row_line(timeline: Timeline, number: int, *, width: int, now_ms: int) -> Line:
    """Return one task: its sign and name, its bar, what to say of it."""
    widths = Widths.of(width)
    looks = LOOKS[timeline.model.states[number]]
    name = cut_middle(timeline.model.name(number), widths.name - 2)
    window = timeline.window(now_ms)
    drawn = bar(timeline.stretches_of(number, now_ms), window, widths.chart)
    note = _note(timeline, number, timeline.end_ms(now_ms))
    return cut_line(
        (
            Span(looks.glyph, looks.style),
            Span(f" {pad(name, widths.name - 2)}{_GAP}"),
            *drawn,
            Span(_GAP),
            Span(
                note,
                Style.PLAIN if timeline.model.rows[number].attempt else looks.style,
            ),
        ),
        width,
    )


def _note(timeline: Timeline, number: int, end_ms: int) -> str:
    row = timeline.model.rows[number]
    state = timeline.model.states[number]
    if state is TaskState.WAITING:
        return "—"
    if state in _WORDS_ALONE or row.started_ms is None:
        return LOOKS[state].word
    elapsed_ms = timeline.model.elapsed_ms(number, end_ms)
    if elapsed_ms is None:
        return LOOKS[state].word
    if state is TaskState.BACKOFF:
        until_ms = backoff_until_ms(timeline.model, number)
        return "" if until_ms is None else countdown(until_ms, end_ms)
    if state is TaskState.KEPT:
        return LOOKS[state].word
    took = clock(elapsed_ms)
    return f"{took} x{row.attempt}" if row.attempt > 1 else took


def foot_lines(
    timeline: Timeline,
    *,
    width: int,
    now_ms: int,
    cpu: Sequence[tuple[int, float]] = (),
) -> list[Line]:
    """Return the critical path, the expected end, and the plots of slots and processor.

    `cpu` is (at_ms, percent of the whole machine), oldest first.
    """
    widths = Widths.of(width)
    window = timeline.window(now_ms)
    end_ms = timeline.end_ms(now_ms)
    used = timeline.load.plot(window, widths.chart, end_ms)
    most = slots(timeline.model) or max(
        1, round(max((u or 0 for u in used), default=1))
    )
    top, bottom = block_rows(used, most, _SLOT_LINES)
    (busy,) = block_rows(_resampled(cpu, window, widths.chart), 100, 1)
    label = widths.name + len(_GAP) - 1
    plots = (
        (f"slots {most:>2} ", top),
        ("0 ", bottom),
        ("cpu 100%", busy),
    )
    drawn = (
        line(
            Span(pad(name, label, right=True) + "┤", Style.DIM), Span(plot, Style.BUSY)
        )
        for name, plot in plots
    )
    path = _path_line(timeline, width, now_ms)
    return [(), cut_line(path, width), (), *(cut_line(spans, width) for spans in drawn)]


def _path_line(timeline: Timeline, width: int, now_ms: int) -> Line:
    seen = timeline.outlook(now_ms)
    if not seen.path:
        return line(Span("critical path: nothing has started", Style.DIM))
    is_narrow = width < _NARROW
    label = "critical path so far: "
    if timeline.is_over or is_narrow:
        label = "path: " if is_narrow else "critical path: "
    end = _end(timeline, now_ms, is_narrow=is_narrow)
    names = _chain(timeline, seen.path, width - cells(label) - cells(end))
    return line(Span(label, Style.DIM), Span(names, Style.ACCENT), end)


def _end(timeline: Timeline, now_ms: int, *, is_narrow: bool) -> str:
    left = timeline.outlook(now_ms).remaining
    if left is None:
        return ""
    at = time_of_day(timeline.end_ms(now_ms) + left.expected_ms)
    around = stopwatch(left.uncertainty_ms)
    return f"  end {at} ±{around}" if is_narrow else f"    est. end {at} (±{around})"


def _chain(timeline: Timeline, path: Sequence[int], room: int) -> str:
    """Return `a → b → … → z`; without room for all, from what has not settled on."""
    names = [timeline.model.name(number) for number in path]
    whole = _ARROW.join(names)
    if cells(whole) <= room:
        return whole
    rows = timeline.model.rows
    settled = (n for n, task in enumerate(path) if rows[task].status not in TERMINAL)
    first = next(settled, 0)
    lead = f"…{_ARROW}" if first else ""
    *going, last = names[first:]
    left = room - cells(lead + last)
    kept: list[str] = []
    for name in going:
        left -= cells(name + _ARROW)
        if left < cells("…" + _ARROW) and len(kept) < len(going) - 1:
            kept.append("…")
            break
        kept.append(name)
    return cut_middle(lead + _ARROW.join([*kept, last]), room)


def _resampled(
    samples: Sequence[tuple[int, float]], window: TimeWindow, width: int
) -> list[float | None]:
    """Return the mean per cell; between two samples the later one counts."""
    sums: list[float] = [0.0] * width
    counts = [0] * width
    before = -1
    for at_ms, value in samples:
        cell = window.cell(at_ms, width)
        if 0 <= cell < width:
            sums[cell] += value
            counts[cell] += 1
            if 0 <= before < cell - 1:
                for between in range(before + 1, cell):
                    sums[between], counts[between] = value, 1
        before = cell
    return [
        total / count if count else None
        for total, count in zip(sums, counts, strict=True)
    ]


def title(width: int) -> Line:
    """Return the panel's title with the legend, for its upper border."""
    legend = (Span("Timeline   ", Style.BOLD), *LEGEND)
    more = "   sorted by start   + - zoom time   h l pan"
    return cut_line((*legend, Span(more)), width)


def subtitle(timeline: Timeline) -> str:
    """Return how many tasks are shown, for the panel's lower border."""
    shown = len(timeline.rows())
    total = f"{len(timeline.model.ids):,}".replace(",", " ")
    if timeline.is_critical_only:
        what = "critical path (C shows the others)"
    elif timeline.shows_all:
        what = "all (A shows only started)"
    else:
        what = "only started (A shows all)"
    return f"{shown:,}".replace(",", " ") + f" of {total} · {what}"
