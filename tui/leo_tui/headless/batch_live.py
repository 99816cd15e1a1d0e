"""A batch on a terminal: one calm block; what failed scrolls by above it."""

from collections.abc import Sequence

from leo_engine.app.batch_types import (
    BatchEntry,
    BatchResult,
    EntryChoice,
    EntryResult,
    LoadedPlan,
)
from leo_engine.app.types import RunResult
from leo_engine.ports import BatchRow, Clock, JournalWrite, RunRow
from leo_tui.headless.batch_plain import Closing
from leo_tui.headless.live_block import LiveBlock
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.batch_block import batch_block
from leo_tui.viewmodels.batch_lines import result_line
from leo_tui.viewmodels.batch_names import plan_names
from leo_tui.viewmodels.batch_progress import BatchProgress
from leo_tui.viewmodels.spans import Line, line


class BatchLiveReporter:
    """Keeps the block current; draws when the terminal has taken the last frame."""

    def __init__(
        self, terminal: Terminal, clock: Clock, plan: LoadedPlan, closing: Closing
    ) -> None:
        self._clock = clock
        self._names = plan_names(plan)
        self._closing = closing
        self._block = LiveBlock(terminal)
        self._above: list[Line] = []
        self._progress = BatchProgress(plan.name, len(plan.entries), clock.now_ms())

    def on_batch(self, batch: BatchRow, total: int) -> None:
        """Do nothing: the block is there."""

    def on_entry_begun(self, choice: EntryChoice, run: RunRow) -> None:
        """Show its run."""
        self._progress.begin(choice, run)

    def on_entry_waits(self, entry: BatchEntry, why: str) -> None:
        """Show what is in the way."""
        self._progress.wait(entry, why)

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Take in one write; O(changed rows)."""
        self._progress.apply(run, write)

    def on_entry_ended(self, result: EntryResult) -> None:
        """Count it, and let a failure scroll by."""
        self._progress.end(result)
        if not result.has_succeeded:
            name = self._names[result.choice.entry.position]
            self._above.append(result_line(result, name, self._clock.now_ms()))

    def on_batch_ended(self, result: BatchResult) -> None:
        """Keep the sums for the end."""
        took_ms = self._clock.now_ms() - self._progress.begun_ms
        self._above += self._closing(result, took_ms)

    def tick(self) -> None:
        """Draw a frame, unless nothing changed or the last one is not written yet."""
        room = self._block.room()
        if room is None:
            return
        columns, rows = room
        lines = batch_block(
            self._progress,
            self._names,
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
        """Take the block away, leave the sums, show the cursor."""
        self._block.close(self._above)
