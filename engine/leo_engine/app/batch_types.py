"""The plain data of batches: what is to happen to each entry of a plan, what did."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from leo_engine.loader.batch_plan import LoadedPlan
from leo_engine.ports import BatchItemRow, BatchRow, Observer, RunRow
from leo_engine.spec.batch_entries import BatchEntry
from leo_engine.state.status import RunStatus

__all__ = [
    "BatchDetail",
    "BatchEntry",
    "BatchObserver",
    "BatchResult",
    "EntryAction",
    "EntryChoice",
    "EntryResult",
    "LoadedPlan",
]


class EntryAction(StrEnum):
    """What is done about an entry."""

    CREATE = "create"
    """A run of its own begins."""
    RESUME = "resume"
    """Its run has not succeeded: it goes on."""
    ADOPT = "adopt"
    """Its run lost its owner: it is taken over."""
    FOLLOW = "follow"
    """Its run is under way in another process."""
    SKIP = "skip"
    """Nothing: it has succeeded, or is in the plan before."""


class EntryChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about one entry, and why."""

    entry: BatchEntry
    action: EntryAction
    reason: str
    """One line."""
    run_id: str = ""
    """Of the run that is there already."""


class EntryResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one entry."""

    choice: EntryChoice
    run: RunRow | None = None
    """As it is now; None when there is none."""
    error: str = ""
    """Why it failed: its first failed task, or why it could not be run at all."""

    @property
    def has_succeeded(self) -> bool:
        """Whether there is nothing left to do for the entry; so it is when skipped."""
        if self.choice.action is EntryAction.SKIP:
            return True
        return self.run is not None and self.run.status is RunStatus.SUCCEEDED


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a batch ended."""

    batch: BatchRow
    total: int
    """Entries of the plan."""
    results: tuple[EntryResult, ...]
    """By position; entries that a stop kept from starting are left out."""

    @property
    def has_succeeded(self) -> bool:
        """Whether every entry has."""
        return len(self.results) == self.total and all(
            result.has_succeeded for result in self.results
        )


class BatchDetail(msgspec.Struct, frozen=True):
    """One batch with its entries, as they are now."""

    batch: BatchRow
    items: Sequence[BatchItemRow]
    """By position."""


class BatchObserver(Observer, Protocol):
    """Told of a batch as well as of its runs, on the engine's thread; never raises."""

    def on_batch(self, batch: BatchRow, total: int) -> None:
        """Hear that a batch of `total` entries is stored and begins."""

    def on_entry_begun(self, choice: EntryChoice, run: RunRow) -> None:
        """Hear that an entry has a run that this process drives or follows."""

    def on_entry_waits(self, entry: BatchEntry, why: str) -> None:
        """Hear that an entry, perhaps one that had begun, waits for its turn again.

        `why` is empty when it is its turn at once.
        """

    def on_entry_ended(self, result: EntryResult) -> None:
        """Hear what became of an entry; also of one that never began."""

    def on_batch_ended(self, result: BatchResult) -> None:
        """Hear how all of it ended."""
