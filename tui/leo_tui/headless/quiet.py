"""For people beside a program that reads the events: nothing but how it ended."""

from collections.abc import Sequence

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.closing_report import closing_report
from leo_tui.viewmodels.spans import line


class QuietReporter:
    """Prints the closing report and notices, and nothing in between."""

    def __init__(self, terminal: Terminal, *, folder: str | None) -> None:
        self._terminal = terminal
        self._folder = folder

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Do nothing."""

    def tick(self) -> None:
        """Do nothing."""

    def notice(self, text: str) -> None:
        """Print one line."""
        self._terminal.print([line(sanitize(text))])

    def close(self, results: Sequence[RunResult]) -> None:
        """Print the closing report."""
        self._terminal.print(closing_report(results, self._folder))
