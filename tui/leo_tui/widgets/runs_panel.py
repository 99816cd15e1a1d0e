"""The runs of the chosen file."""

from collections.abc import Hashable, Mapping, Sequence

from leo_engine.ports import RunRow
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.panels.run_rows import (
    matches,
    run_line,
    usual_lines,
)
from leo_tui.viewmodels.spans import Line, line
from leo_tui.viewmodels.wrapping import wrapped_lines
from leo_tui.widgets.row_view import RowView

_FOOT_FROM_ROWS = 8
"""Rows high enough for what is usual below the runs."""


class RunsPanel(RowView):
    """A row for each run, newest first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._all: list[RunRow] = []
        self._runs: list[RunRow] = []
        self._usual: Sequence[Line] = ()
        self._now_ms = 0
        self.hint: Sequence[Line] = ()
        """What to do where there is no run."""
        self.filter_text = ""

    def show(
        self, runs: Sequence[RunRow], now_ms: int, empty: Sequence[Line] = ()
    ) -> None:
        """Show runs of one DAG as they are now; the marks of another's are gone.

        `empty` is shown when there are none.
        """
        self.hint = empty
        if {run.dag for run in self._all} != {run.dag for run in runs}:
            self.clear_marks()
        self._all, self._now_ms = list(runs), now_ms
        self._usual = usual_lines(runs)
        self._take_over()

    def update_runs(self, runs: Mapping[str, RunRow]) -> None:
        """Take in rows of some of the runs."""
        self._all = [runs.get(run.run_id, run) for run in self._all]
        self._take_over()

    def set_filter(self, text: str) -> None:
        """Show only runs with such a number or status: `41`, `failed`."""
        self.filter_text = text.strip()
        self._take_over()

    def clear_filter(self) -> bool:
        """Show all runs; False when they are shown already."""
        if not self.filter_text:
            return False
        self.set_filter("")
        return True

    def footer(self) -> str:
        """Return what can be done, or how many runs the filter lets through."""
        if not self.filter_text:
            return "= compare marked" if len(self.marks) > 1 else ""
        return f"{len(self._runs)} of {len(self._all)} · /{sanitize(self.filter_text)}"

    def _take_over(self) -> None:
        """Draw what differs from what is shown."""
        old = self._runs
        self._runs = [run for run in self._all if matches(run, self.filter_text)]
        if [run.run_id for run in old] != [run.run_id for run in self._runs]:
            self.refresh_rows()
            return
        for row, run in enumerate(self._runs):
            if run != old[row] or not run.ended_ms:
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
        """Return what to do with a file that has never run, or with the filter."""
        if self._all:
            text = f" 0 of {len(self._all)} match {sanitize(self.filter_text)!r}."
            return (line(text), line(" esc clears."))
        return wrapped_lines(self.hint, width)
