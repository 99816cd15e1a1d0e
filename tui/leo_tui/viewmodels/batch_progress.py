"""How far a batch is: a fold of what its observer is told."""

from collections.abc import Collection

from leo_engine.app.batch_types import BatchEntry, EntryAction, EntryChoice, EntryResult
from leo_engine.ports import JournalWrite, RunRow
from leo_tui.viewmodels.run_progress import RunProgress

_ENOUGH_ENDED = 3
"""Entries that must have ended before their pace says anything about the rest."""


class BatchProgress:
    """The counts of a batch, its runs under way, and what waits for others."""

    def __init__(self, name: str, total: int, begun_ms: int) -> None:
        self.name = name
        self.total = total
        self.begun_ms = begun_ms
        self.succeeded = 0
        self.failed = 0
        self.skipped = 0
        self.running: dict[int, tuple[EntryChoice, RunProgress]] = {}
        """{position: what is done about the entry, and how far its run is}"""
        self.waits: dict[str, str] = {}
        """{DAG that is busy with something else: why}"""
        self._runs: dict[str, RunProgress] = {}

    @property
    def ended(self) -> int:
        """Entries that are done with."""
        return self.succeeded + self.failed + self.skipped

    @property
    def waiting(self) -> int:
        """Entries whose turn has not come."""
        return self.total - self.ended - len(self.running)

    def begin(self, choice: EntryChoice, run: RunRow) -> None:
        """Take in that an entry has a run."""
        progress = RunProgress(run)
        self._runs[run.run_id] = progress
        self.running[choice.entry.position] = (choice, progress)
        self.waits.pop(choice.entry.dag, None)

    def wait(self, entry: BatchEntry, why: str) -> None:
        """Take in that an entry has to wait for something else to end."""
        self._forget(entry)
        if why:
            self.waits[entry.dag] = why

    def apply(self, run: RunRow, write: JournalWrite) -> None:
        """Take in one write of a run; O(changed rows)."""
        progress = self._runs.get(run.run_id)
        if progress is not None:
            progress.apply(run, write)

    def end(self, result: EntryResult) -> None:
        """Take in what became of an entry."""
        self._forget(result.choice.entry)
        if result.choice.action is EntryAction.SKIP:
            self.skipped += 1
        elif result.has_succeeded:
            self.succeeded += 1
        else:
            self.failed += 1

    def remaining_ms(self, now_ms: int) -> int | None:
        """Return how much longer it will take at the pace so far; None: no idea."""
        ran = self.succeeded + self.failed
        if ran < _ENOUGH_ENDED:
            return None
        return (now_ms - self.begun_ms) * (self.total - self.ended) // ran

    def oldest(self, count: int) -> Collection[tuple[EntryChoice, RunProgress]]:
        """Return up to `count` of the runs under way, as they began."""
        return list(self.running.values())[:count]

    def _forget(self, entry: BatchEntry) -> None:
        _, progress = self.running.pop(entry.position, (None, None))
        if progress is not None:
            self._runs.pop(progress.run.run_id, None)
        self.waits.pop(entry.dag, None)
