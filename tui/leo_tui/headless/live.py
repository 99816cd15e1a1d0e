"""For terminals: one block of lines, redrawn in place while runs are under way.

What has to stay (failures, notices, output that was asked for) scrolls by above it. The
cursor is hidden meanwhile and always brought back.
Source: ECMA-48, 5th edition, section 8.3; DECTCEM in xterm's control sequences.
"""

from collections.abc import Callable, Iterable, Sequence

from leo_engine.app.types import RunResult
from leo_engine.ports import Clock, JournalWrite, RunRow
from leo_engine.state.status import TaskStatus
from leo_tui.headless.background_writer import BackgroundWriter
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells
from leo_tui.viewmodels.closing_report import closing_report
from leo_tui.viewmodels.progress_block import block
from leo_tui.viewmodels.run_progress import RunProgress
from leo_tui.viewmodels.spans import Line, line, text_of
from leo_tui.viewmodels.task_lines import task_line

_HIDE_CURSOR = "\x1b[?25l"
_SHOW_CURSOR = "\x1b[?25h"
_CLEAR_LINE_END = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"


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
        self._terminal = terminal
        self._clock = clock
        self._folder = folder
        self._expected_ms = expected_ms
        self._writer = BackgroundWriter(terminal.fileno())
        self._runs: dict[str, RunProgress] = {}
        self._above: list[Line] = []
        self._drawn: list[Line] = []
        self._writer.write(_HIDE_CURSOR)

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
        if not self._writer.is_idle:
            return
        columns, rows = self._terminal.size()
        lines = block(
            list(self._runs.values()),
            now_ms=self._clock.now_ms(),
            # The last column stays free: a full line wraps on some terminals.
            columns=columns - 1,
            rows=rows - 1,
        )
        if lines == self._drawn and not self._above:
            return
        self._writer.write(self._frame(lines, columns))
        self._drawn, self._above = lines, []

    def notice(self, text: str) -> None:
        """Let a line scroll by above the block."""
        self._above.append(line(sanitize(text)))
        self.tick()

    def close(self, results: Sequence[RunResult]) -> None:
        """Take the block away, leave the report, show the cursor."""
        self._runs.clear()
        self._above += closing_report(results, self._folder)
        columns, _ = self._terminal.size()
        self._writer.write(self._frame([], columns) + _SHOW_CURSOR)
        self._writer.close()

    def _frame(self, lines: Iterable[Line], columns: int) -> str:
        """Return what replaces the last block by the lines above and a new block."""
        height = sum(_rows_of(spans, columns) for spans in self._drawn)
        up = f"\x1b[{height}A" if height else ""
        fresh = [self._terminal.render(spans) for spans in (*self._above, *lines)]
        body = "".join(f"{text}{_CLEAR_LINE_END}\n" for text in fresh)
        return f"\r{up}{body}{_CLEAR_BELOW}"


def _rows_of(spans: Line, columns: int) -> int:
    """Return the rows a drawn line takes now: a narrower terminal has wrapped it."""
    return max(1, -(-cells(text_of(spans)) // columns))
