"""A batch in pipes, files and plain terminals: a line per entry that ends."""

from collections.abc import Callable, Iterable, Sequence

from leo_engine.app.batch_types import (
    BatchEntry,
    BatchResult,
    EntryChoice,
    EntryResult,
    LoadedPlan,
)
from leo_engine.app.types import RunResult
from leo_engine.ports import BatchRow, Clock, JournalWrite, RunRow
from leo_tui.headless.background_writer import BackgroundWriter
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.units import counted
from leo_tui.viewmodels.batch_lines import result_line
from leo_tui.viewmodels.batch_names import plan_names
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import Line, line

Closing = Callable[[BatchResult, int], Sequence[Line]]
"""(result, how long it took in milliseconds) -> the last lines."""


class BatchPlainReporter:
    """Prints entries in the order in which they end."""

    def __init__(
        self, terminal: Terminal, clock: Clock, plan: LoadedPlan, closing: Closing
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._names = plan_names(plan)
        self._closing = closing
        self._writer = BackgroundWriter(terminal.fileno())
        self._lines: list[Line] = []
        self._begun_ms = clock.now_ms()

    def on_batch(self, batch: BatchRow, total: int) -> None:
        """Greet."""
        runs, name = counted(total, "run"), sanitize(batch.name)
        self._lines.append(line(f"▸ {name}  {runs}  batch {short_id(batch.batch_id)}"))

    def on_entry_begun(self, choice: EntryChoice, run: RunRow) -> None:
        """Do nothing: its end is told."""

    def on_entry_waits(self, entry: BatchEntry, why: str) -> None:
        """Do nothing: its end is told."""

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Do nothing."""

    def on_entry_ended(self, result: EntryResult) -> None:
        """Note a line."""
        name = self._names[result.choice.entry.position]
        self._lines.append(result_line(result, name, self._clock.now_ms()))

    def on_batch_ended(self, result: BatchResult) -> None:
        """Note the sums."""
        took_ms = self._clock.now_ms() - self._begun_ms
        self._lines += self._closing(result, took_ms)

    def tick(self) -> None:
        """Print what was noted."""
        lines, self._lines = self._lines, []
        self._print(lines)

    def notice(self, text: str) -> None:
        """Print one line."""
        self._lines.append(line(sanitize(text)))
        self.tick()

    def close(self, results: Sequence[RunResult]) -> None:
        """Print what is left and wait until it is written."""
        self.tick()
        self._writer.close()

    def _print(self, lines: Iterable[Line]) -> None:
        self._writer.write(
            "".join(f"{self._terminal.render(spans)}\n" for spans in lines)
        )
