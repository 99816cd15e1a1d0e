"""The files of the DAG folder."""

from collections.abc import Hashable, Sequence
from pathlib import Path

from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.panels.file_rows import (
    TABLE_CELLS,
    FileItem,
    file_head,
    file_line,
)
from leo_tui.viewmodels.spans import Line, line
from leo_tui.viewmodels.wrapping import wrapped_lines
from leo_tui.widgets.row_view import RowView


class FilesPanel(RowView):
    """A row for each file, by name; the cursor's is the file that is chosen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._all: Sequence[FileItem] = ()
        self._items: Sequence[FileItem] = ()
        self._now_ms = 0
        self._empty: Sequence[Line] = ()
        self.filter_text = ""

    def show(
        self, items: Sequence[FileItem], now_ms: int, empty: Sequence[Line] = ()
    ) -> None:
        """Show files as they are now; `empty` is shown when there are none."""
        is_other = empty != self._empty
        self._now_ms, self._empty = now_ms, empty
        old, self._all = self._items, items
        self._items = self._kept()
        if [item.path for item in old] != [item.path for item in self._items]:
            self.refresh_rows()
            return
        if is_other and not self._items:
            self.refresh()
        for row, item in enumerate(self._items):
            if item != old[row] or (item.run is not None and not item.run.ended_ms):
                self.touch(row)

    def _kept(self) -> Sequence[FileItem]:
        wanted = self.filter_text.casefold()
        return [item for item in self._all if wanted in item.path.name.casefold()]

    def set_filter(self, text: str) -> None:
        """Show files only whose name holds `text`."""
        self.filter_text = text
        self._items = self._kept()
        self.refresh_rows()

    def clear_filter(self) -> bool:
        """Show all files; False when they are shown already."""
        if not self.filter_text:
            return False
        self.set_filter("")
        return True

    def footer(self) -> str:
        """Return `6 of 7 · /ads` while some are hidden, else the order."""
        if not self.filter_text:
            return "sort: name"
        return f"{len(self._items)} of {len(self._all)} · /{sanitize(self.filter_text)}"

    def cursor_file(self) -> Path | None:
        """Return the file under the cursor."""
        return self._items[self.cursor].path if self._items else None

    def go_to(self, path: Path) -> None:
        """Put the cursor on a file."""
        row = self.row_of(path)
        if row is not None:
            self.move_cursor(row)

    @property
    def head_rows(self) -> int:  # type: ignore[override] # depends on the width
        """The names of the columns, where there are columns."""
        return 1 if self.size.width >= TABLE_CELLS and self._items else 0

    def head_line(self, row: int, width: int) -> Line:
        """Return the names of the columns."""
        del row
        return file_head(width)

    def row_count(self) -> int:
        """Return how many files there are."""
        return len(self._items)

    def row_key(self, row: int) -> Hashable:
        """Return the file's path."""
        return self._items[row].path

    def row_line(self, row: int, width: int) -> Line:
        """Return a file's row."""
        return file_line(self._items[row], self._now_ms, width)

    def empty_lines(self, width: int) -> Sequence[Line]:
        """Return what to do in a folder without files, or with the filter."""
        if self._all:
            text = f" 0 of {len(self._all)} match {sanitize(self.filter_text)!r}."
            return (line(text), line(" esc clears."))
        return wrapped_lines(self._empty, width)
