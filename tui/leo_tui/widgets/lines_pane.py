"""A panel of lines that were made elsewhere: details, problems, meters, definitions."""

from collections.abc import Callable, Sequence

from textual.geometry import Size

from leo_tui.viewmodels.panels.page import Page, Target
from leo_tui.viewmodels.spans import Line, cut_line, line, text_of
from leo_tui.widgets.row_view import RowView

Paging = Callable[[int], Page]
"""Makes the page for a width in cells."""

_NOTHING = Page(())


class LinesPane(RowView):
    """Scrolls a page; lines that lead somewhere can be opened.

    The page is made again when the width changes, and whenever `show` is called. The
    cursor stays on its line number: the lines are facts, not things. A pane that is
    `still` has no cursor and no focus, and is as high as its page.
    """

    DEFAULT_CSS = """
    LinesPane.still { height: auto; overflow-y: auto; }
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
        empty: str = "",
        still: bool = False,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_class(still, "still")
        self.can_focus = not still
        self.has_cursor = not still
        self._paging: Paging | None = None
        self._page = _NOTHING
        self._made_for = 0
        self._empty = empty

    @property
    def page(self) -> Page:
        """What is shown."""
        return self._page

    def show(self, paging: Paging | None, *, from_top: bool = False) -> None:
        """Show another page, or this one as it is by now.

        `from_top`: it is about something else, so the cursor goes to its beginning.
        """
        self._paging = paging
        self._make()
        if from_top:
            self.move_cursor(0)

    def target(self) -> Target | None:
        """Return where the line under the cursor leads."""
        return self._page.targets.get(self.cursor)

    def text(self) -> str:
        """Return the whole page, to copy or to save."""
        return self._page.text()

    def selected_text(self) -> str:
        """Return the marked lines, or the one under the cursor, to copy."""
        rows = sorted(self.marks) or [self.cursor]
        lines = self._page.lines
        texts = (text_of(lines[row]) for row in rows if 0 <= row < len(lines))
        return "\n".join(text.rstrip() for text in texts)

    def row_count(self) -> int:
        """Return the number of lines."""
        return len(self._page.lines)

    def row_line(self, row: int, width: int) -> Line:
        """Return a line."""
        return cut_line(self._page.lines[row], width)

    def row_of(self, key: object) -> int | None:
        """Return the line of that number."""
        is_there = isinstance(key, int) and 0 <= key < self.row_count()
        return key if is_there and isinstance(key, int) else None

    def empty_lines(self, width: int) -> Sequence[Line]:
        """Return what was given for a page without lines."""
        return (cut_line(line(f" {self._empty}"), width),) if self._empty else ()

    def on_resize(self) -> None:
        """Make the page anew for another width."""
        if self._room() != self._made_for:
            self._make()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of a pane that is as high as its page."""
        del container, viewport
        self._make_for(max(0, width - 1))
        return max(1, self.row_count())

    def _make(self) -> None:
        before = self.row_count()
        self._make_for(self._room())
        if not self.has_cursor and self.row_count() != before:
            self.refresh(layout=True)

    def _make_for(self, width: int) -> None:
        """Make the page; one that says the same again is not drawn again."""
        self._made_for = width
        # Before the first layout there is no width to make it for.
        is_ready = self._paging is not None and width > 0
        page = self._paging(width) if self._paging and is_ready else _NOTHING
        if page == self._page:
            return
        has_other_lines = page.lines != self._page.lines
        self._page = page
        if has_other_lines and self.is_attached:
            self.refresh_rows()

    def _room(self) -> int:
        """Return the cells of a line: without the scrollbar and the column of signs."""
        return max(0, self.scrollable_content_region.width - 1)
