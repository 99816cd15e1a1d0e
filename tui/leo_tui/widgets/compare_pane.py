"""Two runs side by side, as a table to look through, sort, copy and save."""

from collections.abc import Hashable

from leo_tui.viewmodels.panels.comparison import HEAD_LINES, Comparison
from leo_tui.viewmodels.panels.task_contrast import TaskContrast
from leo_tui.viewmodels.spans import Line, line
from leo_tui.widgets.row_view import RowView

_TEXT_WIDTH = 120
"""Of what is copied and saved, whatever the terminal's width."""


class ComparePane(RowView):
    """Draws a `Comparison`; what is opened or marked is a task's id."""

    head_rows = HEAD_LINES

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._comparison: Comparison | None = None

    @property
    def comparison(self) -> Comparison | None:
        """What is shown."""
        return self._comparison

    def show(self, comparison: Comparison | None) -> None:
        """Show two other runs, or the same as they are by now, in the order chosen."""
        if comparison is not None and self._comparison is not None:
            comparison.look_as(self._comparison)
        self._comparison = comparison
        self.refresh_rows()

    def task_id(self) -> str | None:
        """Return the id of the task under the cursor; None on another line."""
        row = self.cursor
        shown = self._comparison.rows()[row] if self._comparison and row >= 0 else None
        return shown.task if isinstance(shown, TaskContrast) else None

    def toggle_all(self) -> None:
        """Show all tasks, or only differences."""
        if self._comparison is not None:
            self._comparison.toggle_all()
            self.refresh_rows()

    def sort_next(self) -> None:
        """Order by the next column."""
        self._sort(forward=True)

    def sort_previous(self) -> None:
        """Order by the column before."""
        self._sort(forward=False)

    def title(self, width: int) -> Line:
        """Return the two runs, for the header."""
        return () if self._comparison is None else self._comparison.title(width)

    def subtitle(self) -> str:
        """Return how many differences there are, for the panel's lower border."""
        return "" if self._comparison is None else self._comparison.subtitle()

    def text(self) -> str:
        """Return all that is shown, to copy or to save."""
        return "" if self._comparison is None else self._comparison.text(_TEXT_WIDTH)

    def row_count(self) -> int:
        """Return how many lines there are below the head."""
        return 0 if self._comparison is None else len(self._comparison.rows())

    def row_line(self, row: int, width: int) -> Line:
        """Return a line of the table."""
        if self._comparison is None:
            return ()
        return self._comparison.row_line(row, width)

    def row_key(self, row: int) -> Hashable:
        """Return the task's id; other lines go by their number."""
        shown = self._comparison.rows()[row] if self._comparison else None
        return shown.task if isinstance(shown, TaskContrast) else row

    def head_line(self, row: int, width: int) -> Line:
        """Return a line of the head."""
        if self._comparison is None:
            return line("No runs to compare.") if row == 0 else ()
        return self._comparison.head_lines(width)[row]

    def _sort(self, *, forward: bool) -> None:
        if self._comparison is not None:
            self._comparison.sort(forward=forward)
            self.refresh_rows()
