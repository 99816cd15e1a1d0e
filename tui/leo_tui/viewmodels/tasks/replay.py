"""A run at any moment of its past, for looking through it forth and back.

Each moment holds the rows that changed then, as the journal told them. Going forward
keeps what every row replaces; going back puts that in again. So a step costs as much as
has changed in it, whichever way it goes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from leo_engine.ports import RunRow
from leo_engine.spec.model import Dag
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_tui.text.width import cells, pad
from leo_tui.theme import Style
from leo_tui.units import time_of_day
from leo_tui.viewmodels.spans import Line, Span, line, text_of
from leo_tui.viewmodels.tasks.run_model import RunModel

_LEAST_BAR = 8


class Moment(NamedTuple):
    """Rows that changed at one time, whole."""

    at_ms: int
    tasks: Sequence[TaskRow] = ()
    attempts: Sequence[AttemptRow] = ()
    run: RunRow | None = None
    """The run's row if it changed: its status, its generation."""


class _Former(NamedTuple):
    """What a moment replaced."""

    run: RunRow
    tasks: Sequence[TaskRow]
    attempts: Sequence[AttemptRow]
    made: Sequence[tuple[int, int]]
    """(task, number) of attempts that were not there before."""


class Replay:
    """One run, standing after some of its moments.

    `run` is the run's row before the first; the tasks begin as pending.
    """

    def __init__(self, dag: Dag, run: RunRow, moments: Sequence[Moment]) -> None:
        self.model = RunModel(dag, run)
        self._moments: Sequence[Moment] = ()
        self._times: list[int] = []
        """When each moment was; never falling, though clocks may be put back."""
        self.extend(moments)
        self._formers: list[_Former] = []

    @property
    def position(self) -> int:
        """How many moments lie behind."""
        return len(self._formers)

    @property
    def at_ms(self) -> int:
        """When the moment is that is shown; before the first: the run's creation."""
        if not self._formers:
            return self.model.run.created_ms
        return self._times[self.position - 1]

    @property
    def length_ms(self) -> int:
        """From the first moment to the last."""
        return self._times[-1] - self._times[0] if self._times else 0

    @property
    def is_at_end(self) -> bool:
        """Whether every moment lies behind."""
        return self.position == len(self._moments)

    def extend(self, moments: Sequence[Moment]) -> None:
        """Add later moments of a run that goes on; the position stays."""
        self._moments = [*self._moments, *moments]
        latest_ms = self._times[-1] if self._times else 0
        for moment in moments:
            latest_ms = max(latest_ms, moment.at_ms)
            self._times.append(latest_ms)

    def step(self, *, forward: bool) -> set[int]:
        """Go one moment on or back; return the tasks that changed."""
        return self.move(self.position + (1 if forward else -1))

    def to(self, at_ms: int) -> set[int]:
        """Go to a time: everything up to it lies behind; return what changed."""
        return self.move(bisect_right(self._times, at_ms))

    def move(self, position: int) -> set[int]:
        """Go to where `position` moments lie behind, or as near as there is."""
        wanted = max(0, min(position, len(self._moments)))
        changed: set[int] = set()
        while self.position < wanted:
            changed |= self._forward(self._moments[self.position])
        while self.position > wanted:
            changed |= self._back(self._formers.pop())
        return changed

    def bar(self, width: int) -> Line:
        """Return `▕━━━━━●────▏ 12:03:11  31/402` in `width` cells, for the header."""
        total = f"{len(self._moments):,}"
        # As wide at every moment, so that the bar keeps its length.
        count = pad(f"{self.position:,}/{total}", 2 * len(total) + 1)
        told = f" {time_of_day(self.at_ms)}  {count}"
        room = width - cells(told) - 2
        if room < _LEAST_BAR:
            return line(Span(told.strip()[: max(0, width)]))
        place = self._place(room)
        return line(
            Span("▕", Style.DIM),
            Span("━" * place, Style.BUSY),
            Span("●", Style.ACCENT),
            Span("─" * (room - place - 1), Style.DIM),
            Span("▏", Style.DIM),
            told,
        )

    def time_at(self, cell: int, width: int) -> int:
        """Return the time that a cell of a bar of `width` stands for."""
        if not self._times:
            return self.at_ms
        first_ms, last_ms = self._times[0], self._times[-1]
        share = max(0, min(cell, width - 1)) / max(1, width - 1)
        return first_ms + round((last_ms - first_ms) * share)

    def _place(self, room: int) -> int:
        if not self._formers:
            return 0
        first_ms, last_ms = self._times[0], self._times[-1]
        length_ms = max(1, last_ms - first_ms)
        return min(room - 1, (self.at_ms - first_ms) * (room - 1) // length_ms)

    def _forward(self, moment: Moment) -> set[int]:
        model = self.model
        known = [t for t in moment.tasks if t.task in model.index]
        tasks = [model.rows[model.index[t.task]] for t in known]
        attempts: list[AttemptRow] = []
        made: list[tuple[int, int]] = []
        for row in moment.attempts:
            number = model.index.get(row.task)
            if number is None:
                continue
            former = _attempt(model.attempts_of(number), row.attempt)
            if former is None:
                made.append((number, row.attempt))
            else:
                attempts.append(former)
        self._formers.append(_Former(model.run, tasks, attempts, made))
        return model.take(moment.run, moment.tasks, moment.attempts)

    def _back(self, former: _Former) -> set[int]:
        changed = self.model.forget(former.made)
        run = former.run if former.run is not self.model.run else None
        return changed | self.model.take(run, former.tasks, former.attempts)


def time_bar(header: Line) -> range:
    """Return the columns of the time bar in a header; none when it has no bar."""
    before, is_there, rest = text_of(header).partition("▕")
    bar, has_end, _ = rest.partition("▏")
    start = cells(before) + 1
    return range(start, start + cells(bar)) if is_there and has_end else range(0)


def _attempt(attempts: Sequence[AttemptRow], number: int) -> AttemptRow | None:
    place = bisect_left(attempts, number, key=lambda row: row.attempt)
    if place < len(attempts) and attempts[place].attempt == number:
        return attempts[place]
    return None
