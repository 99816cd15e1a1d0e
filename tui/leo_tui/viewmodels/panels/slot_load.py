"""How many slots were in use when: cheap to keep up, cheap to plot."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from leo_engine.spec.model import ExecutorName
from leo_engine.state.rows import AttemptRow
from leo_tui.viewmodels.panels.time_window import TimeWindow


class SlotLoad:
    """The starts and ends of every attempt that takes a slot, in order of time."""

    def __init__(self) -> None:
        self._starts = _Moments()
        self._ends = _Moments()
        self._known: dict[tuple[str, int], bool] = {}
        """{(task, attempt): whether its end is known}."""

    def take(self, attempts: Iterable[AttemptRow]) -> None:
        """Take rows in, known ones too; O(log n) for what comes in order of time."""
        for row in attempts:
            key = (row.task, row.attempt)
            is_over = self._known.get(key)
            if is_over or row.executor == ExecutorName.ENGINE:
                continue
            if is_over is None:
                self._starts.add(row.started_ms)
            self._known[key] = row.ended_ms is not None
            if row.ended_ms is not None:
                self._ends.add(row.ended_ms)

    def first_ms(self, default_ms: int) -> int:
        """Return the earliest start; `default_ms` when there is none."""
        return self._starts.first(default_ms)

    def plot(self, window: TimeWindow, width: int, now_ms: int) -> list[float | None]:
        """Return the mean per cell; None for cells that have not begun."""
        edges = [min(now_ms, window.at_ms(cell, width)) for cell in range(width + 1)]
        return [
            self._mean(begin_ms, end_ms) if end_ms > begin_ms else None
            for begin_ms, end_ms in pairwise(edges)
        ]

    def _mean(self, begin_ms: int, end_ms: int) -> float:
        area = self._starts.area(begin_ms, end_ms) - self._ends.area(begin_ms, end_ms)
        return area / (end_ms - begin_ms)


class _Moments:
    """Moments in order, and how many of them lay before any other."""

    def __init__(self) -> None:
        self._sorted: list[int] = []
        self._sums: Sequence[int] = (0,)
        """Sums of the first 0, 1, 2 … moments, made anew when one was added."""

    def add(self, at_ms: int) -> None:
        insort(self._sorted, at_ms)

    def first(self, default_ms: int) -> int:
        return self._sorted[0] if self._sorted else default_ms

    def until(self, at_ms: int) -> int:
        return bisect_right(self._sorted, at_ms)

    def area(self, begin_ms: int, end_ms: int) -> int:
        """Return the integral of `until` over the time between."""
        if len(self._sums) <= len(self._sorted):
            self._sums = list(accumulate(self._sorted, initial=0))
        return self._integral(end_ms) - self._integral(begin_ms)

    def _integral(self, at_ms: int) -> int:
        count = self.until(at_ms)
        return count * at_ms - self._sums[count]
