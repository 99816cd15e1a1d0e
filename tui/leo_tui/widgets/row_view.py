"""A list of rows drawn line by line: what every list and table of the screen is.

Its rows live in the subclass; here are the cursor, the marks and the scrolling. A
change of a row out of view costs nothing, a change in view repaints that row.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span
from leo_tui.widgets.ink import Inks, inks_of, strip

MARK = Span("*", Style.ACCENT)
"""In the first column of a row that is marked."""
NO_SIGN = Span(" ")

_MOST_SINGLE_ROWS = 8
"""More rows than these are repainted together, with all others in view."""
_DOUBLE = 2


class RowView(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with a cursor and marks; a subclass says how many there are and draws them.

    The cursor and the marks belong to what a row stands for (`row_key`), not to its
    place: they move with it when rows come and go.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-view--cursor",
        "row-view--cursor-unfocused",
    }
    DEFAULT_CSS = """
    RowView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .row-view--cursor { background: $block-cursor-background; }
        & > .row-view--cursor-unfocused {
            background: $block-cursor-blurred-background;
        }
        &:ansi > .row-view--cursor { background: ansi_default; text-style: reverse; }
        &:ansi > .row-view--cursor-unfocused {
            background: ansi_default;
            text-style: underline;
        }
    }
    """

    head_rows: ClassVar[int] = 0
    """Lines above the rows that do not scroll, drawn by `head_line`."""
    has_cursor = True
    """Whether the row under the cursor looks different."""

    class Moved(Message):
        """The cursor stands on something else; -1 when there are no rows."""

        def __init__(self, view: "RowView", row: int) -> None:
            super().__init__()
            self.view = view
            self.row = row

        @property
        def control(self) -> "RowView":
            """The view, by which handlers choose."""
            return self.view

    class Opened(Message):
        """A row was double-clicked, or opened with the key for it."""

        def __init__(self, view: "RowView", row: int) -> None:
            super().__init__()
            self.view = view
            self.row = row

        @property
        def control(self) -> "RowView":
            """The view, by which handlers choose."""
            return self.view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, classes=classes)
        self._cursor = 0
        self._cursor_key: Hashable = None
        self._top_key: Hashable = None
        self._marked: dict[Hashable, None] = {}
        self._last_mark: Hashable = None
        self._touched: set[int] = set()
        self._width = 0
        self._under = self._under_cursor = RichStyle.null()

    @property
    def inks(self) -> Inks:
        """The colours of the spans, as the app's theme has them."""
        return inks_of(self)

    def row_count(self) -> int:
        """Return how many rows there are."""
        raise NotImplementedError

    def row_line(self, row: int, width: int) -> Line:
        """Return a row in at most `width` cells, every text in it sanitised."""
        raise NotImplementedError

    def row_key(self, row: int) -> Hashable:
        """Return what a row stands for, the same wherever it moves."""
        return row

    def row_of(self, key: Hashable) -> int | None:
        """Return where something stands now; None when it is not shown."""
        return next(
            (row for row in range(self.row_count()) if self.row_key(row) == key), None
        )

    def row_sign(self, row: int) -> Span:
        """Return what stands in the first column, one cell."""
        return MARK if self.row_key(row) in self._marked else NO_SIGN

    def head_line(self, row: int, width: int) -> Line:
        """Return a line of the head, `row` from 0 to `head_rows - 1`."""
        raise NotImplementedError

    def foot_count(self) -> int:
        """Return how many lines below the rows do not scroll; may go by the height."""
        return 0

    def foot_line(self, row: int, width: int) -> Line:
        """Return a line of the foot, `row` from 0 to `foot_count() - 1`."""
        raise NotImplementedError

    def empty_lines(self, width: int) -> Sequence[Line]:
        """Return what to show when there are no rows."""
        del width
        return ()

    def post_moved(self) -> None:
        """Say that the cursor stands on something else."""
        self.post_message(self.Moved(self, self.cursor))

    def post_opened(self) -> None:
        """Say that the row under the cursor is opened."""
        self.post_message(self.Opened(self, self.cursor))

    def refresh_rows(self) -> None:
        """Show rows that came, went or changed places; O(rows) at worst.

        The cursor stays on what it was on, and that where it was on the screen. When it
        is gone, the cursor takes the row that came to stand there.
        """
        old_row, old_key = self._cursor, self._cursor_key
        offset = self.scroll_offset.y
        # The rows are others already: the cursor may have been beyond the last one.
        in_view = offset <= old_row < offset + self._rows_high()
        row = None if old_key is None else self.row_of(old_key)
        self._cursor = (
            min(old_row, max(self.row_count() - 1, 0)) if row is None else row
        )
        self._cursor_key = self._key_at(self._cursor)
        self._measure()
        if in_view:
            self._scroll_to_row(offset + self._cursor - old_row)
            self._keep_in_view()
        else:
            top = None if self._top_key is None else self.row_of(self._top_key)
            self._scroll_to_row(offset if top is None else top)
        self._top_key = self._key_at(self.scroll_offset.y)
        self._repaint()
        if self._cursor_key != old_key:
            self.post_moved()

    def touch(self, row: int) -> None:
        """Repaint a row if it is in view; O(1)."""
        if row in self._touched or len(self._touched) > _MOST_SINGLE_ROWS:
            return
        if row not in self.rows_in_view():
            return
        self._touched.add(row)
        if len(self._touched) > _MOST_SINGLE_ROWS:
            self.refresh()
            return
        y = row - self.scroll_offset.y + self.head_rows
        self.refresh(Region(0, y, self.size.width, 1))

    def rows_in_view(self) -> range:
        """Return the rows that the screen shows now."""
        top = self.scroll_offset.y
        return range(top, min(top + self._rows_high(), self.row_count()))

    @property
    def cursor(self) -> int:
        """The row under the cursor; -1 when there are no rows."""
        return self._cursor if self.row_count() else -1

    def move_cursor(self, to: int) -> None:
        """Put the cursor on a row, or on the nearest there is, and scroll to it."""
        row = max(0, min(to, self.row_count() - 1))
        key = self._key_at(row)
        has_moved = key != self._cursor_key
        old, self._cursor, self._cursor_key = self._cursor, row, key
        self.touch(old)
        self.touch(row)
        self._keep_in_view()
        if has_moved:
            self.post_moved()

    def cursor_down(self) -> None:
        """Move down."""
        self.move_cursor(self._cursor + 1)

    def cursor_up(self) -> None:
        """Move up."""
        self.move_cursor(self._cursor - 1)

    def cursor_half_down(self) -> None:
        """Move down by half of what is shown."""
        self.move_cursor(self._cursor + max(1, self._rows_high() // 2))

    def cursor_half_up(self) -> None:
        """Move up by half of what is shown."""
        self.move_cursor(self._cursor - max(1, self._rows_high() // 2))

    def cursor_page_down(self) -> None:
        """Move down by what is shown."""
        self.move_cursor(self._cursor + max(1, self._rows_high() - 1))

    def cursor_page_up(self) -> None:
        """Move up by what is shown."""
        self.move_cursor(self._cursor - max(1, self._rows_high() - 1))

    def cursor_top(self) -> None:
        """Move to the first row."""
        self.move_cursor(0)

    def cursor_bottom(self) -> None:
        """Move to the last row."""
        self.move_cursor(self.row_count() - 1)

    def open_cursor(self) -> None:
        """Open the row under the cursor."""
        if self.row_count():
            self.post_opened()

    @property
    def marks(self) -> set[int]:
        """The marked rows that are shown; O(marks)."""
        places = (self.row_of(key) for key in self._marked)
        return {row for row in places if row is not None}

    @property
    def marked_keys(self) -> Sequence[Hashable]:
        """What is marked, shown or not, in the order of marking."""
        return list(self._marked)

    def mark_toggle(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        key = self._key_at(self._cursor)
        if key is None:
            return
        if key in self._marked:
            del self._marked[key]
        else:
            self._marked[key] = None
        self._last_mark = key
        self.touch(self._cursor)

    def mark_range(self) -> None:
        """Mark everything from the row marked last to the cursor."""
        start = None if self._last_mark is None else self.row_of(self._last_mark)
        ends = sorted((self._cursor if start is None else start, self._cursor))
        self._mark(range(ends[0], ends[1] + 1))

    def mark_all(self) -> None:
        """Mark every row."""
        self._mark(range(self.row_count()))

    def clear_marks(self, but: Iterable[Hashable] = ()) -> None:
        """Take all marks away; mark what is named."""
        self._marked = dict.fromkeys(but)
        self._last_mark = None
        self.refresh()

    def _mark(self, rows: range) -> None:
        if not self.row_count():
            return
        self._marked.update((self.row_key(row), None) for row in rows)
        self._last_mark = self._cursor_key
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the lines of `crop`."""
        self._touched.clear()
        self._width = self.scrollable_content_region.width
        name = "cursor" if self.has_focus else "cursor-unfocused"
        self._under = self.rich_style
        self._under_cursor = self.get_component_rich_style(f"row-view--{name}")
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self._width
        if y < self.head_rows:
            head = self.head_line(y, width - 1)
            return strip((NO_SIGN, *head), self.inks, self._under, width)
        below = y - self.head_rows - self._rows_high()
        if 0 <= below < self.foot_count():
            foot = self.foot_line(below, width - 1)
            return strip((NO_SIGN, *foot), self.inks, self._under, width)
        row = self.scroll_offset.y + y - self.head_rows
        count = self.row_count()
        if row >= count:
            lines = () if count else self.empty_lines(width)
            spans = lines[row] if row < len(lines) else ()
            return strip(spans, self.inks, self._under, width)
        spans = (self.row_sign(row), *self.row_line(row, width - 1))
        is_under = row == self._cursor and self.has_cursor
        under = self._under_cursor if is_under else self._under
        return strip(spans, self.inks, under, width)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Remember what stands at the top."""
        super().watch_scroll_y(old_value, new_value)
        self._top_key = self._key_at(round(new_value))

    def on_mount(self) -> None:
        """Show what there is."""
        self.refresh_rows()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._measure()
        self._keep_in_view()

    def on_focus(self) -> None:
        """Draw the cursor as the one that keys move."""
        self.touch(self._cursor)

    def on_blur(self) -> None:
        """Draw the cursor as one that keys do not move."""
        self.touch(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor; open the row when it is clicked twice."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self.head_rows:
            return
        if offset.y - self.head_rows >= self._rows_high():
            return
        row = self.scroll_offset.y + offset.y - self.head_rows
        if row >= self.row_count():
            return
        # A row may have come in between the clicks: then it is another one.
        is_same = self.row_key(row) == self._cursor_key
        self.move_cursor(row)
        if is_same and event.chain >= _DOUBLE:
            self.open_cursor()

    def _key_at(self, row: int) -> Hashable:
        return self.row_key(row) if 0 <= row < self.row_count() else None

    def _rows_high(self) -> int:
        return max(self.size.height - self.head_rows - self.foot_count(), 0)

    def _measure(self) -> None:
        """Take the number of rows over without the layout that a plain set costs."""
        height = self.row_count() + self.head_rows + self.foot_count()
        if height == self.virtual_size.height:
            return
        self.set_reactive(ScrollView.virtual_size, Size(self.size.width, height))
        self.vertical_scrollbar.window_virtual_size = height

    def _keep_in_view(self) -> None:
        top, high = self.scroll_offset.y, self._rows_high()
        if not high:
            return
        if self._cursor < top:
            self._scroll_to_row(self._cursor)
        elif self._cursor >= top + high:
            self._scroll_to_row(self._cursor - high + 1)

    def _scroll_to_row(self, row: int) -> None:
        self.scroll_to(y=max(row, 0), animate=False, immediate=True)

    def _repaint(self) -> None:
        self._touched.clear()
        self.refresh()
