"""Which steps a task may take: the table is the rule, `Board.move` consults it.

    pending --> ready --> running --> succeeded | failed | cancelled
       |          |          |
       |          |          +--> backoff --> ready
       |          +--> succeeded | failed | cancelled      an approval was answered
       +--> failed | skipped | upstream_failed | cancelled

A reset takes a settled or running task back to pending. So does a reset of something
upstream with a task that waits for a slot or for its backoff.
"""

from collections.abc import Mapping

from leo_engine.state.status import TERMINAL, TaskStatus

_FROM_TERMINAL = frozenset({TaskStatus.PENDING})

LEGAL_MOVES: Mapping[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.PENDING: frozenset(
        {
            TaskStatus.READY,
            TaskStatus.FAILED,
            TaskStatus.SKIPPED,
            TaskStatus.UPSTREAM_FAILED,
            TaskStatus.CANCELLED,
        }
    ),
    TaskStatus.READY: frozenset(
        {
            TaskStatus.RUNNING,
            TaskStatus.SUCCEEDED,
            TaskStatus.FAILED,
            TaskStatus.CANCELLED,
            TaskStatus.PENDING,
        }
    ),
    TaskStatus.RUNNING: frozenset(
        {
            TaskStatus.SUCCEEDED,
            TaskStatus.FAILED,
            TaskStatus.CANCELLED,
            TaskStatus.BACKOFF,
            TaskStatus.PENDING,
        }
    ),
    TaskStatus.BACKOFF: frozenset(
        {TaskStatus.READY, TaskStatus.CANCELLED, TaskStatus.PENDING}
    ),
    **dict.fromkeys(TERMINAL, _FROM_TERMINAL),
}
"""{status: the statuses a task may take from there}."""
