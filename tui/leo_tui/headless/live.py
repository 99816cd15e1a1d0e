"""For terminals: one block of lines, redrawn in place while runs are under way.

What has to stay (failures, notices, output that was asked for) scrolls by above it.
"""

from collections.abc import Callable, Sequence

from leo_engine.app.types import RunResult
from leo_engine.ports import Clock, JournalWrite, RunRow
from leo_engine.state.status import TaskStatus
from leo_tui.headless.live_block import LiveBlock
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.closing_report import closing_report
from leo_tui.viewmodels.progress_block import block
from leo_tui.viewmodels.run_progress import RunProgress
from leo_tui.viewmodels.spans import Line, line
from leo_tui.viewmodels.task_lines import task_line


class LiveReporter:
    """Keeps the block current; draws when the terminal has taken the last frame."""

    def __init__(
        self,
        terminal: Terminal,
        clock: Clock,
        *,
        folder: str | None,
        expected_ms: Callable[[RunRow], int | None] = lambda _: None,
    ) -> None:
        self._block = LiveBlock(terminal)
        self._clock = clock
        self._folder = folder
        self._expected_ms = expected_ms
        self._runs: dict[str, RunProgress] = {}
        self._above: list[Line] = []

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Take in one write; O(changed rows)."""
        progress = self._runs.get(run.run_id)
        if progress is None:
            progress = RunProgress(run, self._expected_ms(run))
            self._runs[run.run_id] = progress
        progress.apply(run, write)
        for row in write.tasks:
            if row.status is TaskStatus.FAILED and row.generation == run.generation:
                spans = task_line(row, run.dag if len(self._runs) > 1 else "")
                self._above.append(spans or ())

    def tick(self) -> None:
        """Draw a frame, unless nothing changed or the last one is not written yet."""
        room = self._block.room()
        if room is None:
            return
        columns, rows = room
        lines = block(
            list(self._runs.values()),
            now_ms=self._clock.now_ms(),
            columns=columns,
            rows=rows,
        )
        above, self._above = self._above, []
        self._block.draw(lines, above)

    def notice(self, text: str) -> None:
        """Let a line scroll by above the block."""
        self._above.append(line(sanitize(text)))
        self.tick()

    def close(self, results: Sequence[RunResult]) -> None:
        """Take the block away, leave the report, show the cursor."""
        self._runs.clear()
        self._block.close([*self._above, *closing_report(results, self._folder)])
