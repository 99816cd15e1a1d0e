"""What holds of a machine between two events, checked from scratch. O(run).

For tests, after every event, and for `verify`, at the end of a journal: each count is
recomputed from the statuses, and nothing that could move is forgotten.
"""

from collections.abc import Iterator

from leo_engine.errors import StateError
from leo_engine.state.board import UNSET
from leo_engine.state.hooks import Stage
from leo_engine.state.machine import RunMachine
from leo_engine.state.status import TERMINAL, RunStatus, TaskStatus
from leo_engine.state.tallies import Tallies
from leo_engine.state.trigger_rule import Verdict, verdict

_UNSTARTED = frozenset({TaskStatus.PENDING, TaskStatus.READY, TaskStatus.BACKOFF})


def check(machine: RunMachine) -> None:
    """Raise `StateError` with everything that does not hold, one line each."""
    found = list(violations(machine))
    if found:
        raise StateError("\n".join(found))


def violations(machine: RunMachine) -> Iterator[str]:
    """Yield what does not hold, one line each."""
    yield from _tallies(machine)
    yield from _notes(machine)
    for task in range(len(machine.graph)):
        yield from _task(machine, task)
    yield from _hooks(machine)
    yield from _course(machine)


def _tallies(machine: RunMachine) -> Iterator[str]:
    board, found = machine.board, machine.board.tallies
    expected = Tallies(board.layout)
    for task, status in enumerate(board.status):
        expected.count(task, TaskStatus.PENDING, status, board.skips_on)
    if found.by_status != expected.by_status:
        yield f"counts are {found.by_status}, statuses say {expected.by_status}"
    if found.open_count != expected.open_count:
        yield f"{found.open_count} tasks said open, {expected.open_count} are"
    if set(found.failures) != set(expected.failures):
        yield f"failures are {found.failures}, statuses say {expected.failures}"
    for task, name in enumerate(machine.graph.ids):
        stands, should = found.upstream(task), expected.upstream(task)
        if stands != should:
            yield f"{name}: counts {stands}, not {should}"


def _notes(machine: RunMachine) -> Iterator[str]:
    """Check that what few tasks have is noted of those few only."""
    board = machine.board
    expected = {
        TaskStatus.RUNNING: board.running.keys(),
        TaskStatus.BACKOFF: board.backoff_until_ms.keys(),
    }
    for status, noted in expected.items():
        standing = {task for task, s in enumerate(board.status) if s is status}
        if standing != set(noted):
            yield f"{status} are {standing}, noted {set(noted)}"
    if any(board.status[task] is not TaskStatus.PENDING for task in board.asked):
        yield f"conditions asked of {board.asked}, not all pending"
    if any(board.status[task] is not TaskStatus.SKIPPED for task in board.skips_on):
        yield f"skips cascade from {board.skips_on}, not all skipped"


def _task(machine: RunMachine, task: int) -> Iterator[str]:
    board, name = machine.board, machine.task_id(task)
    status = board.status[task]
    if (board.ended_ms[task] != UNSET) is not (status in TERMINAL):
        yield f"{name}: {status}, ended at {board.ended_ms[task]}"
    if machine.dag.tasks[task].is_hook or machine.status is RunStatus.PENDING:
        return
    if machine.course.halted and status in _UNSTARTED:
        yield f"{name}: {status} though the run is halted"
    if status is TaskStatus.PENDING and task not in board.asked:
        rule = machine.dag.tasks[task].trigger_rule
        if verdict(rule, board.tallies.upstream(task)) is not Verdict.WAIT:
            yield f"{name}: pending though its upstream is decided"


def _hooks(machine: RunMachine) -> Iterator[str]:
    calls, board = machine.course.calls.caller, machine.board
    for hook in board.layout.hooks.every:
        status = board.status[hook]
        if hook in calls or status in TERMINAL or status is TaskStatus.PENDING:
            continue
        running = board.running.get(hook)
        if running is None or running.stop is None:
            yield f"{machine.task_id(hook)}: {status} though nothing called it"


def _course(machine: RunMachine) -> Iterator[str]:
    course, board = machine.course, machine.board
    if machine.status is RunStatus.PENDING:
        return
    if (course.stage is Stage.TASKS) is not bool(board.tallies.open_count):
        yield f"{course.stage!r} with {board.tallies.open_count} tasks open"
    if (course.stage is Stage.TASKS) and machine.is_finished:
        yield f"{machine.status} with tasks open"
    if course.stage is Stage.DONE:
        if course.ending is None or any(s not in TERMINAL for s in board.status):
            yield "done, but not settled"
    elif not (board.running or course.offers.is_paused or machine.outstanding(0)):
        yield "nothing is under way, and the run is not done"
