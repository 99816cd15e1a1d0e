"""The window on a log: which lines it shows, and how it moves over them.

A place counts the lines that can be shown, from 0: all of them, or those that a filter
has left. Only what is in view is wrapped; a position is a line, and a row of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from leo_tui.text.line_set import LineSet
from leo_tui.text.search import Query, last_failure
from leo_tui.viewmodels.output.log_lines import TAIL_BYTES, LineSource
from leo_tui.viewmodels.output.shown_line import Runs, ShownLine, shown, wrapped
from leo_tui.viewmodels.output.times import Times

_CACHED_LINES = 512
_UP_A_THIRD = 3
_PAN_CELLS = 8
_MOST_BETWEEN = 4
"""Lines that lie apart are read one by one when so many are between them."""
_LOOKED_FOR_ERRORS = 2000


@dataclass(slots=True)
class WindowState:
    """Where somebody has got to in an output; kept while another one is shown."""

    top: int = 0
    """The number of the first line in view, unless it follows."""
    row: int = 0
    """The first row of it, when it is wrapped."""
    follows: bool = True
    """Stays at the end."""
    wraps: bool = True
    pan: int = 0
    times: Times = Times.OFF
    cursor: int | None = None
    """The line that was jumped to or clicked."""
    anchor: int | None = None
    """Where the selection begins that ends at the cursor."""
    query: Query | None = None
    filters: bool = False


class Row(NamedTuple):
    """A row of the window."""

    line: ShownLine
    row: int
    """Which of the line's rows."""
    runs: Runs


class LogWindow:
    """A window of some width and height on lines."""

    def __init__(self, lines: LineSource, state: WindowState) -> None:
        self._whole = lines
        self._tail: LineSource | None = None
        """What is shown until all lines are found."""
        self.state = state
        self.only: LineSet | None = None
        """The lines that a filter has left."""
        self.below = 0
        """How many rows are needed below the last line."""
        self._width = 80
        self._height = 24
        self._renewals = lines.renewals
        self._first = lines.first
        self._cache: dict[int, ShownLine] = {}

    @property
    def lines(self) -> LineSource:
        """The lines it is on: all of them, or the last ones until they are found."""
        return self._tail or self._whole

    @property
    def knows_numbers(self) -> bool:
        """Whether the numbers of its lines are those in the file."""
        return self._tail is None

    @property
    def height(self) -> int:
        """How many rows it has."""
        return self._height

    def take_state(self, state: WindowState) -> None:
        """Go where somebody was; what they were remembered by stays this one's own."""
        for field in fields(state):
            setattr(self.state, field.name, getattr(state, field.name))

    def resize(self, width: int, height: int) -> None:
        """Take another width for the text, and height."""
        self._width, self._height = max(width, 1), max(height, 1)

    def forget(self) -> None:
        """Make all lines anew: what they are made of is different."""
        self._cache.clear()

    def take_growth(self) -> None:
        """Go on with the lines as they are now."""
        if self._first != self._whole.first:
            # The first one there is tells of those that are gone.
            self._first = self._whole.first
            self._cache.clear()
        if self._renewals != self._whole.renewals:
            self._renewals = self._whole.renewals
            self._tail = None
            self._cache.clear()
            self.state.top = self.state.row = 0
            self.state.cursor = self.state.anchor = None
        elif self._tail is not None:
            self._tail.extend(TAIL_BYTES)
            number = self._whole.line_of_tail(self._tail)
            if number is not None:
                self._leave_tail(number)
        elif self.state.follows and not self._whole.is_whole:
            self._tail = self._whole.tail()
            self._cache.clear()
            if self._tail is not None:
                self._tail.extend(2 * TAIL_BYTES)

    def leave_tail(self) -> None:
        """Go over to all lines now, wherever the end of them is."""
        if self._tail is not None:
            self._tail = None
            self._cache.clear()

    def _leave_tail(self, number: int) -> None:
        self.leave_tail()
        state = self.state
        state.top += number
        if state.cursor is not None:
            state.cursor += number
        if state.anchor is not None:
            state.anchor += number

    def count(self) -> int:
        """Return how many lines can be shown."""
        if self.only is not None:
            return len(self.only)
        return self.lines.count - self.lines.first

    def place_of(self, line: int) -> int:
        """Return the place of a line, or of the next one that can be shown."""
        if self.only is not None:
            return self.only.rank(line)
        return max(line - self.lines.first, 0)

    def line_at(self, place: int) -> int:
        """Return the number of the line at a place."""
        if self.only is not None:
            return self.only[place] if place < len(self.only) else 0
        return place + self.lines.first

    def top_place(self) -> int:
        """Return the place of the first line in view."""
        return self._top()[0]

    def last_top(self) -> tuple[int, int]:
        """Return place and row of the first line in view when the end is in view."""
        height = max(self._height - self.below, 1)
        count = self.count()
        if not self.state.wraps:
            return max(count - height, 0), 0
        place = count
        left = height
        for line in reversed(self._fetch(max(count - height, 0), height)):
            place -= 1
            left -= len(self._rows_of(line))
            if left <= 0:
                return place, -left
        return 0, 0

    def rows(self) -> list[Row]:
        """Return the rows in view."""
        place, first = self._top()
        rows: list[Row] = []
        for line in self._fetch(place, self._height):
            for number, runs in enumerate(self._rows_of(line)):
                if number >= first:
                    rows.append(Row(line, number, runs))
            first = 0
            if len(rows) >= self._height:
                break
        return rows[: self._height]

    def scroll(self, rows: int) -> None:
        """Move by rows; moving up, it stops to follow."""
        place, row = self._top()
        if rows < 0:
            self.state.follows = False
        if not self.state.wraps:
            place += rows
        else:
            place, row = self._wrapped_move(place, row, rows)
        self._put(place, row)

    def go_to_place(self, place: int) -> None:
        """Put a line at the top."""
        self.state.follows = False
        self._put(place, 0)

    def go_to_top(self) -> None:
        """Show the beginning."""
        self.leave_tail()
        self.go_to_place(0)

    def go_to_end(self) -> None:
        """Show the end from now on."""
        self.state.follows = True
        self.state.cursor = self.state.anchor = None

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, and bring it into view."""
        state = self.state
        in_view = [row.line.number for row in self.rows()]
        state.cursor, state.anchor = line, None
        state.follows, was_top = False, self._top()
        if line in in_view[: max(len(in_view) - self.below, 1)]:
            self._put(*was_top)
        else:
            self._put(*self._above(self.place_of(line)))

    def pan(self, steps: int) -> None:
        """Move sideways, when lines are not wrapped."""
        if not self.state.wraps:
            self.state.pan = max(self.state.pan + steps * _PAN_CELLS, 0)

    def toggle_wrap(self) -> None:
        """Wrap long lines, or do not; the first line in view stays."""
        place, _ = self._top()
        self.state.wraps = not self.state.wraps
        self.state.pan = 0
        if not self.state.follows:
            self._put(place, 0)

    def set_only(self, only: LineSet | None) -> None:
        """Leave only some lines in view, or all; the first in view stays."""
        if only is not None:
            self.leave_tail()
        line = self.line_at(self.top_place())
        self.only = only
        if not self.state.follows:
            self._put(self.place_of(line), 0)

    def select(self, line: int) -> None:
        """Put the cursor on a line in view, and stay."""
        top = self._top()
        self.state.follows = False
        self.state.cursor, self.state.anchor = line, None
        self._put(*top)

    def select_to(self, line: int) -> None:
        """Select from where the selection began to a line."""
        if self.state.anchor is None:
            self.state.anchor = self.state.cursor
        self.state.cursor = line

    def rows_above(self, row: Row) -> Sequence[Runs]:
        """Return the rows of the same line above one of them."""
        return self._rows_of(row.line)[: row.row]

    def current(self) -> int | None:
        """Return the line that a person is at; None when there is none.

        That is where the cursor is, unless it was scrolled out of view.
        """
        state = self.state
        shown_lines = [row.line.number for row in self.rows()]
        if state.cursor in shown_lines or state.anchor is not None:
            return state.cursor
        if not shown_lines:
            return None
        return shown_lines[-1 if state.follows else 0]

    def selected(self) -> range:
        """Return the numbers of the selected lines, or of the current one."""
        current = self.current()
        if current is None:
            return range(0)
        anchor = current if self.state.anchor is None else self.state.anchor
        return range(min(anchor, current), max(anchor, current) + 1)

    def last_error(self) -> int | None:
        """Return the line near the end that tells of a failure; None without one."""
        lines = self.lines
        first = lines.first
        if lines.count - lines.first > _LOOKED_FOR_ERRORS:
            first = lines.count - _LOOKED_FOR_ERRORS
        texts = [line.text for line in lines.lines(first, _LOOKED_FOR_ERRORS)]
        place = last_failure(b"\n".join(texts))
        return None if place is None else first + place

    def has_looked_everywhere(self) -> bool:
        """Whether `last_error` has seen every line."""
        count = self.lines.count - self.lines.first
        return (
            self.knows_numbers and self.lines.is_whole and (count <= _LOOKED_FOR_ERRORS)
        )

    def _top(self) -> tuple[int, int]:
        if self.state.follows:
            return self.last_top()
        top = self.place_of(self.state.top), self.state.row
        return min(top, self.last_top())

    def _put(self, place: int, row: int) -> None:
        place, row = max(min((place, row), self.last_top()), (0, 0))
        self.state.top, self.state.row = self.line_at(place), row

    def _above(self, place: int) -> tuple[int, int]:
        """Return the top that has a line a third of the way down the window."""
        rows = self._height // _UP_A_THIRD
        if not self.state.wraps:
            return place - rows, 0
        return self._wrapped_move(place, 0, -rows)

    def _wrapped_move(self, place: int, row: int, rows: int) -> tuple[int, int]:
        # All at once, what is asked for one by one below.
        self._fetch(max(place + min(rows, 0), 0), abs(rows) + 1)
        row += rows
        while row < 0 and place > 0:
            place -= 1
            row += self._rows_at(place)
        while row > 0 and place < self.count():
            high = self._rows_at(place)
            if row < high:
                break
            row -= high
            place += 1
        return place, max(row, 0)

    def _rows_at(self, place: int) -> int:
        lines = self._fetch(place, 1)
        return len(self._rows_of(lines[0])) if lines else 1

    def _rows_of(self, line: ShownLine) -> list[Runs]:
        return wrapped(line.runs, self._width) if self.state.wraps else [line.runs]

    def _fetch(self, place: int, count: int) -> Sequence[ShownLine]:
        """Return shown lines from a place on, made once."""
        if self.only is not None:
            numbers = self.only.slice(place, count)
        else:
            first = place + self.lines.first
            numbers = list(range(first, min(first + count, self.lines.count)))
        # A thread may find the end of the last line while it is read without.
        ended = self.lines.ended
        self._make([number for number in numbers if number not in self._cache])
        lines = [self._cache[number] for number in numbers if number in self._cache]
        if self._cache and len(self._cache) > _CACHED_LINES:
            self._cache = {line.number: line for line in lines}
        # It has no end yet, and may be longer the next time.
        self._cache.pop(ended, None)
        return lines

    def _make(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        count = numbers[-1] - numbers[0] + 1
        ranges = [(numbers[0], count)]
        if count > _MOST_BETWEEN * len(numbers):
            ranges = [(number, 1) for number in numbers]
        for first, wanted in ranges:
            for line in self.lines.lines(first, wanted):
                self._cache[line.number] = shown(line)
