"""A batch for programs: one JSON object on a line of its own for what happens to it.

The first keys are the same in every line: `version`, `batch_id`, `at_ms`, `kind`
(`batch_begun`, `entry_begun`, `entry_waits`, `entry_ended`, `batch_ended`). Keys are
added, never renamed or removed, as long as `version` stays 1. The events of each run
are in the store: `leo-tui export RUN`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from leo_engine.app.batch_types import BatchEntry, BatchResult, EntryChoice, EntryResult
from leo_engine.app.types import RunResult
from leo_engine.ports import BatchRow, Clock, JournalWrite, RunRow
from leo_tui.headless.background_writer import BackgroundWriter
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.batch_counts import batch_counts
from leo_tui.viewmodels.spans import line

VERSION = 1

_ENCODE = msgspec.json.Encoder().encode


class BatchStream:
    """Writes what happens to standard output; notices go to people on the other."""

    def __init__(self, output: Terminal, people: Terminal, clock: Clock) -> None:
        self._writer = BackgroundWriter(output.fileno())
        self._people = people
        self._clock = clock
        self._batch_id = ""
        self._lines: list[bytes] = []

    def on_batch(self, batch: BatchRow, total: int) -> None:
        """Write which batch it is."""
        self._batch_id = batch.batch_id
        fields = {
            "name": batch.name,
            "file": batch.file,
            "plan_hash": batch.plan_hash,
            "total": total,
        }
        self._note("batch_begun", fields)

    def on_entry_begun(self, choice: EntryChoice, run: RunRow) -> None:
        """Write which run an entry has."""
        fields = {
            "action": choice.action,
            "reason": choice.reason,
            "run_id": run.run_id,
        }
        self._note("entry_begun", {**_entry(choice.entry), **fields})

    def on_entry_waits(self, entry: BatchEntry, why: str) -> None:
        """Write what an entry waits for."""
        self._note("entry_waits", {**_entry(entry), "reason": why})

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Do nothing."""

    def on_entry_ended(self, result: EntryResult) -> None:
        """Write what became of an entry."""
        choice, run = result.choice, result.run
        fields = {
            "action": choice.action,
            "reason": choice.reason,
            "run_id": choice.run_id if run is None else run.run_id,
            "status": None if run is None else run.status,
            "error": result.error,
            "started_ms": None if run is None else run.started_ms,
            "ended_ms": None if run is None else run.ended_ms,
        }
        self._note("entry_ended", {**_entry(choice.entry), **fields})

    def on_batch_ended(self, result: BatchResult) -> None:
        """Write the sums."""
        counts = batch_counts(result)._asdict()
        self._note("batch_ended", {"total": result.total, **counts})

    def tick(self) -> None:
        """Write what was noted."""
        lines, self._lines = self._lines, []
        self._writer.write(b"".join(lines).decode())

    def notice(self, text: str) -> None:
        """Tell people."""
        self._people.print([line(sanitize(text))])

    def close(self, results: Sequence[RunResult]) -> None:
        """Wait until everything is written."""
        self.tick()
        self._writer.close()

    def _note(self, kind: str, fields: Mapping[str, object]) -> None:
        head = {
            "version": VERSION,
            "batch_id": self._batch_id,
            "at_ms": self._clock.now_ms(),
            "kind": kind,
        }
        self._lines.append(_ENCODE({**head, **fields}) + b"\n")


def _entry(entry: BatchEntry) -> dict[str, object]:
    return {"position": entry.position, "dag": entry.dag, "params": entry.params}
