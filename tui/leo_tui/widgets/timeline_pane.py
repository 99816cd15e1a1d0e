"""The Gantt chart of a run: rows that scroll between an axis and two plots."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from textual.geometry import Region
from textual.strip import Strip

from leo_tui.viewmodels.panels import timeline_lines
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.spans import Line, line
from leo_tui.widgets.row_view import RowView

_LEAST_ROWS = 5
"""Rows that are shown before there is any room for the foot."""


class TimelinePane(RowView):
    """Draws a `Timeline`; the row's key is the number of the task."""

    head_rows = timeline_lines.HEAD_LINES

    def __init__(
        self,
        now_ms: Callable[[], int],
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._now_ms = now_ms
        self._timeline: Timeline | None = None
        self._drawn_ms = 0
        """The moment that is being drawn: one for all lines."""
        self._cpu: Sequence[tuple[int, float]] = ()
        self._foot: tuple[tuple[int, int], list[Line]] | None = None
        """(width, moment) and what was drawn for them."""

    @property
    def timeline(self) -> Timeline | None:
        """What is shown."""
        return self._timeline

    def show(self, timeline: Timeline | None) -> None:
        """Show another run, or none."""
        self._timeline = timeline
        self._change()

    def take(self, changed: Iterable[int]) -> None:
        """Take in tasks whose rows have changed, and draw once."""
        if self._timeline is not None:
            self._timeline.take(changed)
            self._change()

    def stand_at(self, at_ms: int | None) -> None:
        """Show the run as of a moment of a replay; None: as of the present."""
        if self._timeline is not None:
            self._timeline.moment_ms = at_ms
            self._redraw()

    def take_cpu(self, samples: Sequence[tuple[int, float]]) -> None:
        """Take the processor's load, (at_ms, percent), oldest first."""
        self._cpu = samples
        self._redraw()

    def tick(self) -> None:
        """Draw the time that has passed; nothing for a run that is over or replayed."""
        timeline = self._timeline
        if timeline is None or timeline.is_over or timeline.moment_ms is not None:
            return
        if timeline.follow_path(self._now_ms()):
            self._change()
        else:
            self.refresh()

    def task_number(self) -> int | None:
        """Return the task under the cursor."""
        rows = self._rows()
        return rows[self.cursor] if 0 <= self.cursor < len(rows) else None

    def show_task(self, number: int) -> None:
        """Put the cursor on a task, if it is shown."""
        row = self.row_of(number)
        if row is not None:
            self.move_cursor(row)

    def zoom_in(self) -> None:
        """Look closer, at the end of a live run or at the task under the cursor."""
        self._zoom(closer=True)

    def zoom_out(self) -> None:
        """Look at more time."""
        self._zoom(closer=False)

    def fit(self) -> None:
        """Show the whole run."""
        if self._timeline is not None:
            self._timeline.fit()
            self._redraw()

    def pan_left(self) -> None:
        """Look at earlier times."""
        self._pan(later=False)

    def pan_right(self) -> None:
        """Look at later times."""
        self._pan(later=True)

    def toggle_all(self) -> None:
        """Show all tasks, or only started ones."""
        if self._timeline is not None:
            self._timeline.toggle_all()
            self._change()

    def toggle_critical(self) -> None:
        """Show the critical path alone, or not."""
        if self._timeline is not None:
            self._timeline.toggle_critical(self._now_ms())
            self._change()

    def title(self, width: int) -> Line:
        """Return the legend, for the panel's upper border."""
        return timeline_lines.title(width)

    def subtitle(self) -> str:
        """Return how many tasks are shown, for the panel's lower border."""
        if self._timeline is None:
            return ""
        return timeline_lines.subtitle(self._timeline)

    def row_count(self) -> int:
        """Return how many tasks are shown."""
        return len(self._rows())

    def row_line(self, row: int, width: int) -> Line:
        """Return a task's bar."""
        rows = self._rows()
        if self._timeline is None or row >= len(rows):
            return ()
        return timeline_lines.row_line(
            self._timeline, rows[row], width=width, now_ms=self._drawn_ms
        )

    def row_key(self, row: int) -> Hashable:
        """Return the number of the task."""
        return self._rows()[row]

    def row_of(self, key: Hashable) -> int | None:
        """Return where a task is shown."""
        if self._timeline is None or not isinstance(key, int):
            return None
        return self._timeline.place_of(key)

    def head_line(self, row: int, width: int) -> Line:
        """Return the axis."""
        if self._timeline is None:
            return ()
        lines = timeline_lines.head_lines(
            self._timeline, width=width, now_ms=self._drawn_ms
        )
        return lines[row]

    def foot_count(self) -> int:
        """Return the lines of the plots, or 0 when rows need the room."""
        lines = timeline_lines.FOOT_LINES
        has_room = self.size.height >= self.head_rows + lines + _LEAST_ROWS
        return lines if has_room and self._timeline is not None else 0

    def foot_line(self, row: int, width: int) -> Line:
        """Return a line of the critical path or of the plots."""
        if self._timeline is None:
            return ()
        now_ms = self._drawn_ms
        drawn_for = (width, now_ms)
        if self._foot is None or self._foot[0] != drawn_for:
            lines = timeline_lines.foot_lines(
                self._timeline, width=width, now_ms=now_ms, cpu=self._cpu
            )
            self._foot = (drawn_for, lines)
        return self._foot[1][row]

    def empty_lines(self, width: int) -> Sequence[Line]:
        """Say that nothing has started."""
        del width
        if self._timeline is None:
            return (line(" No run is open."),)
        return (line(" No task has started yet. A shows all."),)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines of `crop`, all as of one moment."""
        self._drawn_ms = self._now_ms()
        return super().render_lines(crop)

    def _rows(self) -> Sequence[int]:
        if self._timeline is None:
            return ()
        return self._timeline.rows()

    def _zoom(self, *, closer: bool) -> None:
        if self._timeline is not None:
            number = self.task_number()
            self._timeline.zoom(self._now_ms(), closer=closer, number=number)
            self._redraw()

    def _pan(self, *, later: bool) -> None:
        if self._timeline is not None:
            self._timeline.pan(self._now_ms(), later=later)
            self._redraw()

    def _change(self) -> None:
        self._foot = None
        self.refresh_rows()

    def _redraw(self) -> None:
        self._foot = None
        self.refresh()
