"""A window on a log, drawn by the line: rows, gutter, scrollbar, mouse.

Textual's own scroll position stays 0: the window knows where it is by line and row, and
the scrollbar is told. So growth costs no layout, and nothing moves while lines arrive.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.strip import Strip

from leo_tui.text.sanitize import sanitize
from leo_tui.text.search import Spans
from leo_tui.text.width import cells, cut, pad
from leo_tui.theme import Style
from leo_tui.viewmodels.output.log_window import LogWindow, Row
from leo_tui.viewmodels.output.shown_line import with_hits
from leo_tui.viewmodels.output.times import WIDTH, Times, time_text
from leo_tui.viewmodels.spans import Line, Span, cut_first
from leo_tui.viewmodels.wrapping import wrapped_lines
from leo_tui.widgets.ink import Inks, inks_of, strip
from leo_tui.widgets.output_ink import segments

_WHEEL_ROWS = 3
_LEFT_BUTTON = 1
_NUMBERS_FROM_WIDTH = 100
_HEAD_FROM_HEIGHT = 10
_MOST_LABEL_CELLS = 16
_ERROR_MARK = "▐"
_NO_LINE: Line = ()


class LogView(ScrollView, can_focus=True, inherit_bindings=False):
    """The rows of a log window, between a head and a closing line."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-view--selected"}
    DEFAULT_CSS = """
    LogView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .log-view--selected { background: $primary 35%; }
        &:ansi > .log-view--selected {
            background: ansi_default;
            text-style: underline;
        }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, classes=classes)
        self.window: LogWindow | None = None
        self.is_zoomed = False
        """Shows line numbers where there is room."""
        self._head: Sequence[Line] = ()
        self._closing_line: Line = _NO_LINE
        self._empty: Sequence[Line] = ()
        self._rows: Sequence[Row] = ()
        self._selected = range(0)
        self._label_cells = 0
        self._was_at_end = False
        self._is_dragging = False
        self._inks: Inks = {}
        self._under = self._under_selected = RichStyle.null()

    def say_around(
        self, heads: Sequence[Line], closing: Line, empty: Sequence[Line]
    ) -> None:
        """Say something else above and below; draw no more than is different."""
        given = [head for head in heads if head]
        head: list[Line] = [*given, ()] if given else []
        before = len(self._head), self._closing_line, list(self._empty)
        has_other_head = head != self._head
        self._head, self._closing_line, self._empty = head, closing, empty
        if (len(head), closing, list(empty)) != before:
            self.settle()
        elif has_other_head and self._heads():
            self.refresh(Region(0, 0, self.size.width, len(head)))

    def hits_in(self, text: str) -> Spans:
        """Return where in a shown line something was found."""
        del text
        return ()

    def has_times(self) -> bool:
        """Return whether it is known when lines were written."""
        return self.window is not None and self.window.lines.began_ms is not None

    def has_moved(self) -> None:
        """Take note that a person has moved the window."""
        self.settle()

    def cursor_down(self) -> None:
        """Move down by a row."""
        self.scroll_rows(1)

    def cursor_up(self) -> None:
        """Move up by a row, and follow no longer."""
        self.scroll_rows(-1)

    def cursor_half_down(self) -> None:
        """Move down by half of what is shown."""
        self.scroll_rows(max(1, self._height() // 2))

    def cursor_half_up(self) -> None:
        """Move up by half of what is shown."""
        self.scroll_rows(-max(1, self._height() // 2))

    def cursor_page_down(self) -> None:
        """Move down by what is shown."""
        self.scroll_rows(max(1, self._height() - 1))

    def cursor_page_up(self) -> None:
        """Move up by what is shown."""
        self.scroll_rows(-max(1, self._height() - 1))

    def cursor_top(self) -> None:
        """Show the beginning."""
        if self.window is not None:
            self.window.go_to_top()
            self.has_moved()

    def cursor_bottom(self) -> None:
        """Show the end, and follow it."""
        if self.window is not None:
            self.window.go_to_end()
            self.has_moved()

    def pan_left(self) -> None:
        """Show what lies to the left."""
        self._pan(-1)

    def pan_right(self) -> None:
        """Show what lies to the right."""
        self._pan(1)

    def scroll_rows(self, rows: int) -> None:
        """Move down by rows, or up."""
        if self.window is not None:
            self.window.scroll(rows)
            self.has_moved()

    def settle(self) -> None:
        """Measure, tell the scrollbar and draw anew; no layout."""
        if not self.is_attached:
            return
        if self.window is None:
            self._tell_scrollbar(0, 0)
        else:
            self._measure(self.window)
            self._tell_scrollbar(
                self.window.top_place(), self.window.last_top()[0] + self.size.height
            )
        self.refresh()

    def settle_growth(self) -> None:
        """Settle, but draw only when what is in view has changed."""
        window = self.window
        if window is None:
            return
        self._measure(window)
        if window.rows() != self._rows or self._was_at_end != self._is_at_end(window):
            self.settle()
        else:
            self._tell_scrollbar(
                window.top_place(), window.last_top()[0] + self.size.height
            )

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines of `crop`."""
        self._inks = inks_of(self)
        self._under = self.rich_style
        self._under_selected = self.get_component_rich_style("log-view--selected")
        if self.window is not None:
            self._measure(self.window)
            self._rows = self.window.rows()
            is_marked = self.window.state.cursor is not None
            self._selected = self.window.selected() if is_marked else range(0)
            self._was_at_end = self._is_at_end(self.window)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self.scrollable_content_region.width
        heads = self._heads()
        if y < len(heads):
            return self._own(cut_first(heads[y], width - 1), width)
        y -= len(heads)
        if self.window is None or not self._rows:
            lines = wrapped_lines(self._empty_lines(), max(1, width - 1))
            return self._own(lines[y] if y < len(lines) else _NO_LINE, width)
        if y < len(self._rows):
            return self._row(self.window, self._rows[y], width)
        is_closing = y == len(self._rows) and self._is_at_end(self.window)
        return self._own(self._closing_line if is_closing else _NO_LINE, width)

    def on_mount(self) -> None:
        """Show what there is."""
        self.settle()

    def on_resize(self) -> None:
        """Show as much as there is room for now."""
        self.settle()

    def on_scroll_to(self, message: ScrollTo) -> None:
        """Go where the scrollbar was dragged to."""
        message.stop()
        message.prevent_default()
        if self.window is not None and message.y is not None:
            self.window.go_to_place(round(message.y))
            self.has_moved()

    def on_scroll_up(self, message: ScrollUp) -> None:
        """Move up by a page: a click above the thumb."""
        message.stop()
        message.prevent_default()
        self.cursor_page_up()

    def on_scroll_down(self, message: ScrollDown) -> None:
        """Move down by a page: a click below the thumb."""
        message.stop()
        message.prevent_default()
        self.cursor_page_down()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down, or right with shift or ctrl."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up, or left with shift or ctrl."""
        self._wheel(event, -1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select lines."""
        line = self._line_under(event)
        if self.window is None or line is None or event.button != _LEFT_BUTTON:
            return
        self.window.select(line)
        self._is_dragging = True
        self.capture_mouse()
        self.has_moved()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to the line under the mouse; scroll beyond the edges."""
        if not self._is_dragging or self.window is None:
            return
        y = event.y - len(self._heads())
        beyond = -1 if y < 0 else int(y >= self._height())
        if beyond:
            self.window.scroll(beyond)
            self._rows = self.window.rows()
        line = self._line_under(event)
        if line is not None:
            self.window.select_to(line)
        self.has_moved()

    def on_mouse_up(self) -> None:
        """End to select lines."""
        if self._is_dragging:
            self._is_dragging = False
            self.release_mouse()

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self._pan(direction)
        else:
            self.scroll_rows(direction * _WHEEL_ROWS)

    def _pan(self, steps: int) -> None:
        if self.window is not None:
            self.window.pan(steps)
            self.has_moved()

    def _line_under(self, event: events.MouseEvent) -> int | None:
        y = event.y - len(self._heads())
        if not self._rows:
            return None
        return self._rows[max(0, min(y, len(self._rows) - 1))].line.number

    def _heads(self) -> Sequence[Line]:
        return self._head if self.size.height >= _HEAD_FROM_HEIGHT else ()

    def _height(self) -> int:
        return max(self.size.height - len(self._heads()), 1)

    def _measure(self, window: LogWindow) -> None:
        window.below = int(bool(self._closing_line))
        width = self.scrollable_content_region.width
        window.resize(width - self._gutter_cells(window), self._height())

    def _tell_scrollbar(self, place: int, high: int) -> None:
        if high != self.virtual_size.height:
            self.set_reactive(ScrollView.virtual_size, Size(self.size.width, high))
        self.vertical_scrollbar.window_virtual_size = high
        self.vertical_scrollbar.position = place

    def _is_at_end(self, window: LogWindow) -> bool:
        last = self._rows[-1].line.number if self._rows else 0
        return window.place_of(last) + 1 >= window.count()

    def _empty_lines(self) -> Sequence[Line]:
        return self._empty

    def _own(self, spans: Line, width: int) -> Strip:
        return strip((Span(" "), *spans), self._inks, self._under, width)

    def _row(self, window: LogWindow, row: Row, width: int) -> Strip:
        is_selected = row.line.number in self._selected
        under = self._under_selected if is_selected else self._under
        gutter = [
            Segment(span.text, under + self._inks[span.style])
            for span in self._gutter(window, row)
        ]
        runs = row.runs
        spans = self.hits_in(row.line.text)
        if spans:
            start = sum(
                len(run.text) for above in window.rows_above(row) for run in above
            )
            runs = with_hits(runs, [(a - start, b - start) for a, b in spans])
        text = segments(runs, under, self._inks[Style.HIT])
        pan = window.state.pan
        if pan:
            text = list(Strip(text).crop(pan))
        return Strip([*gutter, *text]).crop_extend(0, width, under)

    def _gutter_cells(self, window: LogWindow) -> int:
        number = len(f"{window.lines.count:,}") + 1 if self._has_numbers(window) else 0
        label = self._label_cells + 3 if self._label_cells else 0
        return number + label + 1 + self._time_cells(window)

    def _time_cells(self, window: LogWindow) -> int:
        is_on = window.state.times is not Times.OFF and self.has_times()
        return WIDTH + 1 if is_on else 0

    def _has_numbers(self, window: LogWindow) -> bool:
        return (
            self.is_zoomed
            and self.size.width >= _NUMBERS_FROM_WIDTH
            and window.knows_numbers
        )

    def _gutter(self, window: LogWindow, row: Row) -> Line:
        line, is_first = row.line, row.row == 0
        spans: list[Span] = []
        if self._label_cells:
            label = pad(cut(line.label, self._label_cells), self._label_cells)
            spans.append(Span(f"{label} │ ", Style.DIM))
        if self._has_numbers(window):
            digits = len(f"{window.lines.count:,}")
            number = f"{line.number + 1:,}" if is_first else ""
            spans.append(Span(number.rjust(digits), Style.DIM))
        is_error = line.is_error and is_first
        spans.append(Span(_ERROR_MARK, Style.BAD) if is_error else Span(" "))
        if self._has_numbers(window):
            spans.append(Span(" "))
        if self._time_cells(window):
            times, began_ms = window.state.times, window.lines.began_ms
            text = time_text(times, line.at_ms, line.since_ms, began_ms)
            shown = text if is_first else " " * WIDTH
            spans.append(Span(f"{shown} ", Style.DIM))
        return tuple(spans)

    def _use_labels(self, labels: Sequence[str]) -> None:
        """Keep room before the lines for whose they are."""
        widest = max((cells(sanitize(label)) for label in set(labels)), default=0)
        label_cells = min(widest, _MOST_LABEL_CELLS)
        if label_cells != self._label_cells:
            self._label_cells = label_cells
            self.settle()
