"""Which runs in memory a limit is against."""

from collections import Counter
from collections.abc import Iterable

from leo_engine.ports import RemovedRun, Retention
from leo_engine.state.status import RUN_TERMINAL
from leo_engine.testing.stored_run import StoredRun


def condemned(
    runs: Iterable[StoredRun], limits: Retention, now_ms: int
) -> list[RemovedRun]:
    """Return the runs to remove, oldest first."""
    doomed: list[RemovedRun] = []
    newer: Counter[str] = Counter()
    for run in sorted(runs, key=StoredRun.age, reverse=True):
        row = run.row
        if row.status not in RUN_TERMINAL or run.lease.owner:
            continue
        if reason := run.reason_to_remove(limits, now_ms, newer[row.dag]):
            removed = RemovedRun(run_id=row.run_id, dag=row.dag, reason=reason)
            doomed.insert(0, removed)
        newer[row.dag] += 1
    return doomed


def exceeds(runs: Iterable[StoredRun], limits: Retention, now_ms: int) -> bool:
    """Tell whether a limit is exceeded by more than a twentieth."""
    rows = [run.row for run in runs if run.row.status in RUN_TERMINAL]
    oldest_ms = min((row.ended_ms or row.created_ms for row in rows), default=now_ms)
    most = max(Counter(row.dag for row in rows).values(), default=0)
    return _is_well_over(now_ms - oldest_ms, limits.older_than_ms) or _is_well_over(
        most, limits.keep_runs
    )


def _is_well_over(value: int, limit: int | None) -> bool:
    return limit is not None and value > limit + limit // 20
