"""How much of every task's upstream stands where, and how many tasks do.

Counters instead of scans: `Board.move` reports every step, and a step into or out of a
final status costs O(downstream of the task).
"""

from array import array
from collections.abc import Container

from leo_engine.state.layout import Layout
from leo_engine.state.status import TERMINAL, TaskStatus
from leo_engine.state.trigger_rule import Upstream


class Tallies:
    """The counts of one run. Hooks count for other hooks, never for the run."""

    def __init__(self, layout: Layout) -> None:
        size = len(layout.graph)
        self.open_count = size - len(layout.hooks.every)
        """Tasks not settled."""
        self.by_status = dict.fromkeys(TaskStatus, 0)
        """{status: how many tasks stand there}."""
        self.by_status[TaskStatus.PENDING] = self.open_count
        self.failures: dict[int, None] = {}
        """Tasks that failed and spoil the run, first one first."""
        self._tasks = layout.dag.tasks
        self._graph = layout.graph
        self._succeeded = array("i", [0]) * size
        self._skipped = array("i", [0]) * size
        self._cascading = array("i", [0]) * size
        self._failed = array("i", [0]) * size

    def upstream(self, task: int) -> Upstream:
        """Return how the upstream of a task stands."""
        return Upstream(
            len(self._graph.upstream[task]),
            self._succeeded[task],
            self._skipped[task],
            self._cascading[task],
            self._failed[task],
        )

    def count(
        self,
        task: int,
        source: TaskStatus,
        target: TaskStatus,
        cascading: Container[int],
    ) -> None:
        """Count one step; `cascading` are the skipped tasks whose skip cascades."""
        if source in TERMINAL:
            self._weigh(task, source, -1, cascading)
        if target in TERMINAL:
            self._weigh(task, target, 1, cascading)
        if not self._tasks[task].is_hook:
            self.by_status[source] -= 1
            self.by_status[target] += 1

    def _weigh(
        self, task: int, status: TaskStatus, by: int, cascading: Container[int]
    ) -> None:
        """Add to, or take from, what the dependents count of a settled task."""
        spec = self._tasks[task]
        if not spec.is_hook:
            self.open_count -= by
        if status is TaskStatus.SUCCEEDED:
            tally = self._succeeded
        elif status is TaskStatus.SKIPPED:
            tally = self._cascading if task in cascading else self._skipped
        elif status is TaskStatus.FAILED and spec.ignore_failure:
            tally = self._succeeded
        else:
            tally = self._failed
            if status is TaskStatus.FAILED and not spec.is_hook:
                self._note_failure(task, by)
        for after in self._graph.downstream[task]:
            tally[after] += by

    def _note_failure(self, task: int, by: int) -> None:
        if by > 0:
            self.failures[task] = None
        else:
            del self.failures[task]
