"""For pipes, files and plain terminals: a line per task that settles, no controls."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import TaskRow
from leo_tui.headless.background_writer import BackgroundWriter
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.units import counted
from leo_tui.viewmodels.closing_report import closing_report
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import Line, line
from leo_tui.viewmodels.task_lines import task_line

Output = Callable[[str, str, int], Iterable[Line]]
"""(run id, task, attempt) -> the lines that attempt wrote."""

_MOST_READ = 50
"""Tasks whose output is read in one go, so that the engine soon has its turn again."""


class PlainReporter:
    """Prints lines in the order in which tasks settle, each task's output below it."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        folder: str | None,
        output: Output | None = None,
        several: bool = False,
    ) -> None:
        self._terminal = terminal
        self._writer = BackgroundWriter(terminal.fileno())
        self._folder = folder
        self._output = output or _no_output
        self._shows_output = output is not None
        self._several = several
        self._known: set[str] = set()
        self._lines: list[Line] = []
        self._unread: deque[tuple[str, str, int, Line]] = deque()

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Note a line for each task that settled; O(changed rows)."""
        if run.run_id not in self._known:
            self._lines.append(self._greet(run))
        for row in write.tasks:
            if row.generation != run.generation:
                continue
            spans = task_line(row, run.dag if self._several or run.parent_run else "")
            if spans is not None:
                self._tell(run.run_id, row, spans)

    def tick(self) -> None:
        """Print what was noted, and some of the tasks whose output has to be read.

        Not at each write: waking the writer ten times a second is enough, and far
        cheaper than a thousand times.
        """
        lines, self._lines = self._lines, []
        self._print(lines)
        if self._writer.is_idle:
            self._print_unread(_MOST_READ)

    def notice(self, text: str) -> None:
        """Print one line."""
        self._lines.append(line(sanitize(text)))
        self.tick()

    def close(self, results: Sequence[RunResult]) -> None:
        """Print what is left and the closing report, and wait until it is written."""
        self.tick()
        while self._unread:
            self._print_unread(1)
            self._writer.wait_for_room()
        self._print(closing_report(results, self._folder))
        self._writer.close()

    def _tell(self, run_id: str, row: TaskRow, spans: Line) -> None:
        if self._shows_output:
            self._unread.append((run_id, row.task, row.attempt, spans))
        else:
            self._lines.append(spans)

    def _greet(self, run: RunRow) -> Line:
        self._known.add(run.run_id)
        tasks = counted(run.total, "task")
        return line(f"▸ {sanitize(run.dag)}  {tasks}  run {short_id(run.run_id)}")

    def _print_unread(self, most: int) -> None:
        for _ in range(min(most, len(self._unread))):
            run_id, task, attempt, spans = self._unread.popleft()
            self._print(chain([spans], self._output(run_id, task, attempt)))

    def _print(self, lines: Iterable[Line]) -> None:
        text = "".join(f"{self._terminal.render(spans)}\n" for spans in lines)
        if text:
            self._writer.write(text)


def _no_output(_run_id: str, _task: str, _attempt: int) -> Iterable[Line]:
    return ()
