"""The runs of the chosen file."""

from collections.abc import Hashable, Mapping, Sequence

from leo_engine.ports import RunRow
from leo_tui.viewmodels.panels.run_rows import never_run_lines, run_line, usual_lines
from leo_tui.viewmodels.spans import Line
from leo_tui.widgets.row_view import RowView

_FOOT_FROM_ROWS = 8
"""Rows high enough for what is usual below the runs."""


class RunsPanel(RowView):
    """A row for each run, newest first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._runs: list[RunRow] = []
        self._usual: Sequence[Line] = ()
        self._now_ms = 0

    def show(self, runs: Sequence[RunRow], now_ms: int) -> None:
        """Show runs as they are now."""
        old, self._runs, self._now_ms = self._runs, list(runs), now_ms
        self._usual = usual_lines(runs)
        if [run.run_id for run in old] != [run.run_id for run in runs]:
            self.refresh_rows()
            return
        for row, run in enumerate(runs):
            if run != old[row] or not run.ended_ms:
                self.touch(row)

    def update_runs(self, runs: Mapping[str, RunRow]) -> None:
        """Take in rows of some of the runs."""
        for row, run in enumerate(self._runs):
            now = runs.get(run.run_id)
            if now is not None and now != run:
                self._runs[row] = now
                self.touch(row)

    def tick(self, now_ms: int) -> None:
        """Let the clocks of living runs go on."""
        self._now_ms = now_ms
        for row in self.rows_in_view():
            if not self._runs[row].ended_ms:
                self.touch(row)

    def cursor_run(self) -> str:
        """Return the id of the run under the cursor; empty when there is none."""
        return self._runs[self.cursor].run_id if self._runs else ""

    def marked_runs(self) -> Sequence[str]:
        """Return the ids of the marked runs, the older one first."""
        return sorted(str(key) for key in self.marked_keys)

    def go_to(self, run_id: str) -> None:
        """Put the cursor on a run."""
        row = self.row_of(run_id)
        if row is not None:
            self.move_cursor(row)

    def row_count(self) -> int:
        """Return how many runs are shown."""
        return len(self._runs)

    def row_key(self, row: int) -> Hashable:
        """Return the run's id."""
        return self._runs[row].run_id

    def row_line(self, row: int, width: int) -> Line:
        """Return a run's row."""
        return run_line(self._runs[row], self._now_ms, width)

    def foot_count(self) -> int:
        """Return the lines of what is usual, where there is room."""
        has_room = self.size.height >= _FOOT_FROM_ROWS
        return len(self._usual) if has_room else 0

    def foot_line(self, row: int, width: int) -> Line:
        """Return a line of what is usual."""
        del width
        return self._usual[row]

    def empty_lines(self, width: int) -> Sequence[Line]:
        """Return what to do with a file that has never run."""
        return never_run_lines(width)
