"""Whether a run that is under way can go on, as it stands, over another version."""

from collections.abc import Iterator

from leo_engine.spec.model import Approval, Task
from leo_engine.state.board import Board
from leo_engine.state.course import Course
from leo_engine.state.hooks import Stage
from leo_engine.state.trigger_rule import Verdict, verdict


def refusal(course: Course, board: Board) -> str:
    """Return the first thing in the way, one line; "" when there is nothing.

    `board` is that of the course, carried over to the other version.
    """
    if course.stage is not Stage.TASKS:
        return "its tasks are over"
    if course.halted:
        return f"no task of it starts any more: {course.halted}"
    return next(_in_the_way(course.board, board), "")


def _in_the_way(old: Board, board: Board) -> Iterator[str]:
    index = board.layout.graph.index
    for number, task in enumerate(old.layout.dag.tasks):
        if not old.has_begun(number):
            continue
        twin = index.get(task.id)
        if twin is None:
            yield f"{task.id} has started, and is not in the file any more"
            continue
        new = board.layout.dag.tasks[twin]
        if task.is_hook != new.is_hook:
            yield f"{task.id} has started, and is {_kind(new)} now"
        elif number in old.running and not _goes_on_as(task, new):
            yield f"{task.id} runs, and is run otherwise now"
        elif not old.is_settled(number) and _asks(task) is not _asks(new):
            yield f"{task.id} has started, and asks somebody now"
        elif not task.is_hook:
            yield from _disordered(board, twin, task, new)


def _disordered(board: Board, number: int, old: Task, new: Task) -> Iterator[str]:
    """Yield what a task that has started would have to wait for."""
    added = [name for name in new.upstream if name not in old.upstream]
    if not added:
        return
    if verdict(new.trigger_rule, board.tallies.upstream(number)) is not Verdict.RUN:
        yield f"{new.id} has started, and would have to wait for {', '.join(added)}"


def _goes_on_as(old: Task, new: Task) -> bool:
    """Tell whether a running attempt can be waited for, and masked, as the new task."""
    return (
        type(old.action) is type(new.action)
        and old.executor == new.executor
        and old.secrets == new.secrets
        and old.register == new.register
    )


def _asks(task: Task) -> bool:
    return isinstance(task.action, Approval)


def _kind(task: Task) -> str:
    return "a hook" if task.is_hook else "no hook"
