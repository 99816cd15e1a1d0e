"""The Meters tab: the machine, the tasks that run, the largest that have ended."""

from collections.abc import Iterator
from heapq import nlargest

from leo_tui.text.width import cut_middle, pad
from leo_tui.theme import Style
from leo_tui.units import clock, short_size
from leo_tui.viewmodels.panels.meters import Meters, TaskMeter
from leo_tui.viewmodels.panels.page import Page, Target, TaskTarget
from leo_tui.viewmodels.panels.plots import block_rows
from leo_tui.viewmodels.panels.samples import RECENT, Recent
from leo_tui.viewmodels.spans import Line, Span, cut_line, line
from leo_tui.viewmodels.tasks.run_model import RunModel

_MOST_ENDED = 100
"""Of the tasks that have ended, those that took the most memory."""
_WHOLE = 100
_LABEL_CELLS = 5
_VALUE_CELLS = 12
_NARROWEST_NAME = 12
_WIDEST_NAME = 32
_COLUMN = 8
_COLUMNS = ("cpu", "rss", "peak", "procs")


def meters_page(meters: Meters, model: RunModel | None, width: int) -> Page:
    """Return the tab; lines of tasks lead to them. O(attempts)."""
    lines: list[Line] = [*_host(meters, width)]
    targets: dict[int, Target] = {}
    if model is None:
        return Page(lines, targets)
    for rows in (_running(meters, model, width), _ended(meters, model, width)):
        for spans, number in rows:
            if number is not None:
                targets[len(lines)] = TaskTarget(model.ids[number])
            lines.append(cut_line(spans, width))
    return Page(lines, targets)


def _host(meters: Meters, width: int) -> Iterator[Line]:
    total = meters.memory_total_bytes
    memory = f"{short_size(int(meters.memory.latest))}/{short_size(total)}"
    rows = (
        ("cpu", meters.cpu, _WHOLE, f"{meters.cpu.latest:.0f}%"),
        ("mem", meters.memory, total, memory),
        ("disk", meters.disk, meters.disk.highest, _rate(meters.disk)),
        ("net", meters.net, meters.net.highest, _rate(meters.net)),
    )
    room = min(RECENT, max(0, width - _LABEL_CELLS - _VALUE_CELLS - 1))
    for label, history, highest, value in rows:
        (plot,) = block_rows(history.last(room), highest, 1)
        yield cut_line(
            line(
                Span(pad(label, _LABEL_CELLS), Style.DIM),
                Span(pad(value, _VALUE_CELLS, right=True)),
                " ",
                Span(plot, Style.BUSY),
            ),
            width,
        )


def _rate(history: Recent) -> str:
    return f"{short_size(int(history.latest))}/s"


_Row = tuple[Line, int | None]


def _running(meters: Meters, model: RunModel, width: int) -> Iterator[_Row]:
    name = _name_cells(width)
    yield (), None
    yield _header("running", name), None
    busiest = sorted(meters.tasks, key=lambda number: -meters.tasks[number].cpu.latest)
    if not busiest:
        yield line(Span("no task runs", Style.DIM)), None
    room = min(RECENT, width - name - len(_COLUMNS) * _COLUMN - 1)
    for number in busiest:
        if number < len(model.ids):
            yield _task(meters.tasks[number], model.name(number), name, room), number


def _task(meter: TaskMeter, name: str, name_cells: int, room: int) -> Line:
    values = (
        f"{meter.cpu.latest:.0f}%",
        short_size(int(meter.rss.latest)),
        short_size(meter.peak_rss_bytes),
        str(meter.process_count),
    )
    (plot,) = block_rows(meter.cpu.last(room), max(_WHOLE, meter.cpu.highest), 1)
    return line(
        pad(cut_middle(name, name_cells), name_cells),
        _columns(values),
        " ",
        Span(plot, Style.BUSY),
    )


def _ended(meters: Meters, model: RunModel, width: int) -> Iterator[_Row]:
    name = _name_cells(width)
    ended = [
        (attempts[-1], number)
        for number in range(len(model.ids))
        if (attempts := model.attempts_of(number)) and attempts[-1].ended_ms is not None
    ]
    if not ended:
        return
    yield (), None
    yield _header("ended", name, ("cpu time", "peak", "took")), None
    for row, number in nlargest(
        _MOST_ENDED, ended, key=lambda pair: pair[0].peak_rss_bytes
    ):
        peak = row.peak_rss_bytes or meters.peaks.get(number, 0)
        took_ms = (row.ended_ms or row.started_ms) - row.started_ms
        values = (clock(row.cpu_ms), short_size(peak), clock(took_ms))
        shown = pad(cut_middle(model.name(number), name), name)
        yield line(shown, _columns(values, wide=1)), number
    if len(ended) > _MOST_ENDED:
        yield line(Span(f"… and {len(ended) - _MOST_ENDED} more", Style.DIM)), None


def _header(title: str, name: int, columns: tuple[str, ...] = _COLUMNS) -> Line:
    wide = 0 if columns is _COLUMNS else 1
    text = pad(cut_middle(title, name), name) + _columns(columns, wide=wide)
    return line(Span(text, Style.DIM))


def _columns(values: tuple[str, ...], *, wide: int = 0) -> str:
    return "".join(pad(value, _COLUMN + 2 * wide, right=True) for value in values)


def _name_cells(width: int) -> int:
    return max(_NARROWEST_NAME, min(_WIDEST_NAME, width - len(_COLUMNS) * _COLUMN - 8))
