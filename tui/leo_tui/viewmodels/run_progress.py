"""How far a run is: a fold of the rows that each journal write changed."""

import heapq
from collections.abc import Collection

from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RUN_TERMINAL, TERMINAL, TaskStatus
from leo_tui.viewmodels.task_lines import needs_a_person

_ACTIVE = frozenset({TaskStatus.RUNNING, TaskStatus.BACKOFF})
_ENOUGH_SETTLED = 3
"""Tasks that must have settled before their pace says anything about the rest."""


class RunProgress:
    """One run, as far as it is known.

    `active` holds the tasks that run, wait for a retry or for somebody: {task: row}.
    """

    def __init__(self, run: RunRow, expected_ms: int | None = None) -> None:
        self.run = run
        self.active: dict[str, TaskRow] = {}
        self._expected_ms = expected_ms
        self._statuses: dict[str, TaskStatus] = {}
        self._counts = dict.fromkeys(TaskStatus, 0)
        self._fresh: set[str] = set()
        """Tasks that settled since this start of the run, whose pace says something."""

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.run.status in RUN_TERMINAL

    def apply(self, run: RunRow, write: JournalWrite) -> None:
        """Take in one write; O(changed rows)."""
        self.run = run
        for row in write.tasks:
            self._take(row)

    def count(self, status: TaskStatus) -> int:
        """Return how many tasks are in `status`; hooks that never start are not."""
        if status is not TaskStatus.PENDING:
            return self._counts[status]
        begun = sum(self._counts.values()) - self._counts[TaskStatus.PENDING]
        return max(0, self.run.total - begun)

    @property
    def done(self) -> int:
        """Tasks that have settled, at most the total."""
        return min(self._settled(), self.run.total)

    def elapsed_ms(self, now_ms: int) -> int:
        """Return how long this generation has been running."""
        return max(0, now_ms - self._begun_ms)

    def remaining_ms(self, now_ms: int) -> int | None:
        """Return how much longer it will take, None when there is nothing to go by.

        From the predicted makespan while that holds, else from the pace so far.
        """
        elapsed_ms = self.elapsed_ms(now_ms)
        if self._expected_ms is not None and elapsed_ms < self._expected_ms:
            return self._expected_ms - elapsed_ms
        settled = len(self._fresh)
        if settled < _ENOUGH_SETTLED:
            return None
        return elapsed_ms * (self.run.total - self.done) // settled

    @property
    def _begun_ms(self) -> int:
        return self.run.started_ms or self.run.created_ms

    def _settled(self) -> int:
        return sum(self._counts[status] for status in TERMINAL)

    def _take(self, row: TaskRow) -> None:
        before = self._statuses.get(row.task)
        if before is not None:
            self._counts[before] -= 1
        self._counts[row.status] += 1
        self._statuses[row.task] = row.status
        if row.ended_ms is not None and row.ended_ms >= self._begun_ms:
            self._fresh.add(row.task)
        else:
            self._fresh.discard(row.task)
        if row.status in _ACTIVE or needs_a_person(row):
            self.active[row.task] = row
        else:
            self.active.pop(row.task, None)


def longest_running(
    runs: Collection[RunProgress], count: int
) -> list[tuple[RunProgress, TaskRow]]:
    """Return up to `count` active tasks over all runs, the oldest start first."""
    active = ((run, row) for run in runs for row in run.active.values())
    return heapq.nsmallest(count, active, key=lambda pair: pair[1].started_ms or 0)
