"""A stretch of time on a row of cells: what falls where, and the axis above it."""

from collections.abc import Iterator
from typing import NamedTuple

from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, clock, stopwatch
from leo_tui.viewmodels.spans import Line, Span

SHORTEST_MS = SECOND_MS
LONGEST_MS = 400 * DAY_MS

_STEPS_MS = (
    *(100, 200, 500),
    *(step * SECOND_MS for step in (1, 2, 5, 10, 20, 30)),
    *(step * MINUTE_MS for step in (1, 2, 5, 10, 20, 30)),
    *(step * HOUR_MS for step in (1, 2, 4, 8, 12)),
    *(step * DAY_MS for step in (1, 2, 5, 10, 20, 50, 100)),
)
_LEAST_GAP = 2
"""Cells between a label and the next tick."""
_LEAST_STEP_CELLS = 8


class TimeWindow(NamedTuple):
    """What is seen of time: `length_ms` from `begin_ms` on."""

    begin_ms: int
    length_ms: int

    def cell(self, at_ms: int, width: int) -> int:
        """Return the cell of a moment; below 0 or from `width` on when it is unseen."""
        return (at_ms - self.begin_ms) * width // self.length_ms

    def at_ms(self, cell: int, width: int) -> int:
        """Return the first moment of a cell."""
        return self.begin_ms + cell * self.length_ms // max(1, width)

    @property
    def end_ms(self) -> int:
        """The first moment that is not seen any more."""
        return self.begin_ms + self.length_ms

    def zoomed(self, factor: float, around_ms: int) -> "TimeWindow":
        """Return a window `factor` times as long; one moment stays in its place."""
        length_ms = round(self.length_ms * factor)
        length_ms = min(LONGEST_MS, max(SHORTEST_MS, length_ms))
        share = (around_ms - self.begin_ms) / self.length_ms
        return TimeWindow(around_ms - round(length_ms * share), length_ms)

    def panned(self, share: float) -> "TimeWindow":
        """Return the window moved by a share of its own length."""
        return self._replace(begin_ms=self.begin_ms + round(self.length_ms * share))

    def holds(self, at_ms: int) -> bool:
        """Tell whether a moment is seen."""
        return self.begin_ms <= at_ms < self.end_ms


def fitted(begin_ms: int, end_ms: int) -> TimeWindow:
    """Return the window over a whole run, with a little room at the end."""
    length_ms = max(0, end_ms - begin_ms)
    room_ms = length_ms // 50
    return TimeWindow(begin_ms, max(SHORTEST_MS, length_ms + room_ms + 1))


class Mark(NamedTuple):
    """A moment that the axis names: `now`."""

    at_ms: int
    label: str


def axis(
    window: TimeWindow, origin_ms: int, width: int, mark: Mark
) -> tuple[Line, Line]:
    """Return the labels and the ruler; times count from `origin_ms`."""
    labels = [" "] * width
    ruler = ["─"] * width
    if window.holds(mark.at_ms):
        cell = window.cell(mark.at_ms, width)
        ruler[cell:] = " " * (width - cell)
        _write(labels, max(0, min(cell, width - len(mark.label))), mark.label)
    step_ms = _step_ms(window, width)
    for at_ms in _ticks(window, origin_ms, step_ms):
        cell = window.cell(at_ms, width)
        _write(labels, cell, _label(at_ms - origin_ms, step_ms))
        if ruler[cell] == "─":
            ruler[cell] = "┼" if cell else "├"
    if window.holds(mark.at_ms):
        ruler[window.cell(mark.at_ms, width)] = "┊"
    return (Span("".join(labels), Style.DIM),), (Span("".join(ruler), Style.DIM),)


def _ticks(window: TimeWindow, origin_ms: int, step_ms: int) -> Iterator[int]:
    first = -(-(window.begin_ms - origin_ms) // step_ms)
    at_ms = origin_ms + first * step_ms
    while at_ms < window.end_ms:
        yield at_ms
        at_ms += step_ms


def _step_ms(window: TimeWindow, width: int) -> int:
    """Return the smallest round step whose labels do not touch."""
    for step_ms in _STEPS_MS:
        room = step_ms * width // window.length_ms
        label = cells(_label(window.length_ms, step_ms))
        if room >= max(_LEAST_STEP_CELLS, label + _LEAST_GAP):
            return step_ms
    return window.length_ms


def _label(offset_ms: int, step_ms: int) -> str:
    sign = "-" if offset_ms < 0 else ""
    text = clock if step_ms < SECOND_MS and abs(offset_ms) < MINUTE_MS else stopwatch
    return sign + text(abs(offset_ms))


def _write(row: list[str], cell: int, text: str) -> None:
    """Write a label where there is room for it and a gap, or not at all."""
    end = cell + len(text)
    around = row[max(0, cell - 1) : end + 1]
    if end <= len(row) and all(sign == " " for sign in around):
        row[cell:end] = text
