"""How many entries of a batch came to which end."""

from typing import NamedTuple

from leo_engine.app.batch_types import BatchResult, EntryAction


class BatchCounts(NamedTuple):
    """Every entry is counted once."""

    succeeded: int
    skipped: int
    failed: int
    not_run: int
    """A stop came first."""


def batch_counts(result: BatchResult) -> BatchCounts:
    """Return the counts of a batch that has ended."""
    skipped = sum(one.choice.action is EntryAction.SKIP for one in result.results)
    good = sum(one.has_succeeded for one in result.results)
    return BatchCounts(
        succeeded=good - skipped,
        skipped=skipped,
        failed=len(result.results) - good,
        not_run=result.total - len(result.results),
    )
