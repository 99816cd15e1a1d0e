"""Which tasks a reset touches: those named, and those they held back."""

from collections.abc import Iterable

from leo_engine.state.board import Board
from leo_engine.state.status import TaskStatus
from leo_engine.state.trigger_rule import Verdict, verdict

_WAITING = frozenset({TaskStatus.READY, TaskStatus.BACKOFF})


def tasks_to_reset(board: Board, named: Iterable[int]) -> list[int]:
    """Return the named tasks and, after them, the dependents they held back.

    A dependent was held back when it is upstream_failed, cancelled along with the run,
    or skipped for another reason than its own condition. What ran keeps its result: to
    run it again, it has to be named.
    """
    found = list(dict.fromkeys(named))
    seen = set(found)
    downstream = board.layout.graph.downstream
    for task in found:  # grows while it is read: it is its own queue
        for after in downstream[task]:
            if after not in seen and _is_held_back(board, after):
                seen.add(after)
                found.append(after)
    return found


def _is_held_back(board: Board, task: int) -> bool:
    match board.status[task]:
        case TaskStatus.UPSTREAM_FAILED:
            return True
        case TaskStatus.CANCELLED | TaskStatus.SKIPPED:
            return task not in board.by_itself
        case _:
            return False


def tasks_to_recall(board: Board, reset: Iterable[int]) -> list[int]:
    """Return dependents that wait to start although their upstream runs again.

    To be asked once the reset tasks are pending. Dependents whose rule is content
    without the reset task may start all the same.
    """
    found: dict[int, None] = {}
    for task in reset:
        for after in board.layout.graph.downstream[task]:
            if board.status[after] in _WAITING or after in board.asked:
                rule = board.layout.dag.tasks[after].trigger_rule
                if verdict(rule, board.tallies.upstream(after)) is not Verdict.RUN:
                    found[after] = None
    return list(found)
