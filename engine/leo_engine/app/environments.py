"""What the tasks of a run find in their environment, for people to read."""

from collections.abc import Mapping
from typing import NoReturn

from leo_engine.app.history import history
from leo_engine.app.types import TaskEnvironment, Variable
from leo_engine.clock import SystemClock
from leo_engine.config import Settings
from leo_engine.errors import ExecutorUnavailableError, LeoError, UnknownTaskError
from leo_engine.ports import RunStore
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.workplace import Workplace
from leo_engine.spec.model import Approval, Dag, HttpCall, SubDag, Task
from leo_engine.spec.nearest import nearest


def environment_of(
    store: RunStore,
    settings: Settings,
    environ: Mapping[str, str],
    prefix: str,
    task_id: str,
) -> TaskEnvironment:
    """Return the environment of a task of a run; writes nothing. O(journal).

    Raises:
        RunNotFoundError: no such run.
        UnknownTaskError: the run has no such task.
        LeoError: it has no environment, or a template or a file of it is wrong.
    """
    run = store.find_run(prefix)
    machine, _ = history(store, run)
    if machine is None:
        message = f"run {run.run_key} has not begun: nothing of it has an environment"
        raise LeoError(message)
    names = [task.id for task in machine.dag.tasks]
    if task_id not in names:
        raise UnknownTaskError(task_id, nearest(task_id, names))
    task = machine.dag.tasks[machine.index(task_id)]
    _check_kind(task)
    workplace = Workplace(
        run=run,
        machine=machine,
        folders=RunFolders.within(
            settings.folder, settings.state_folder, run.file, run.run_id
        ),
        environ=environ,
        executor_of=_nothing_runs,
        clock=SystemClock(),
    )
    attempt = max(1, machine.board.attempt[machine.index(task_id)])
    found = workplace.environment(task, attempt)
    return TaskEnvironment(
        task=task_id,
        attempt=attempt,
        variables=tuple(
            Variable(name, found[name], _origin(name, task, machine.dag))
            for name in sorted(found)
        ),
        inherits=not task.clean_env and task.container is None,
    )


def _check_kind(task: Task) -> None:
    action = task.action
    if isinstance(action, HttpCall | SubDag | Approval):
        kind = {HttpCall: "a request", SubDag: "a run of its own"}.get(type(action))
        message = f"task {task.id!r} is {kind or 'a question'}: it has no environment"
        raise LeoError(message)


def _origin(name: str, task: Task, dag: Dag) -> str:
    for secret in task.secrets:
        if secret.name == name:
            return f"secret {secret.source}"
    if name.startswith("LEO_") or (name == "PWD" and task.container is None):
        return "leo-tui"
    if name in dict(task.env):
        return "task"
    return "DAG" if name in dict(dag.env) else "dotenv"


def _nothing_runs(task: Task) -> NoReturn:
    raise ExecutorUnavailableError(task.id)
