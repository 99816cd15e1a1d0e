"""What one process asks of a run that perhaps another drives."""

from collections.abc import Sequence

from leo_engine.errors import RunEndedError, UnknownTaskError
from leo_engine.ports import RunRequest, RunRow, RunStore
from leo_engine.spec.nearest import nearest
from leo_engine.state.status import RunStatus


def ask(store: RunStore, prefix: str, request: RunRequest) -> RunRow:
    """Leave a request for whoever drives the run; return the run as it is.

    Raises:
        RunNotFoundError: no such run.
        UnknownTaskError: it has no such task.
        RunEndedError: nobody drives it.
    """
    run = store.find_run(prefix)
    refuse_unknown(store, run, request.tasks)
    if run.status not in (RunStatus.RUNNING, RunStatus.PENDING):
        message = f"run {run.run_id} is {run.status}: nothing drives it"
        raise RunEndedError(message)
    store.request(run.run_key, request)
    return run


def refuse_unknown(store: RunStore, run: RunRow, tasks: Sequence[str]) -> None:
    """Raise `UnknownTaskError` for the first task that the run does not have."""
    if not tasks:
        return
    names = [row.task for row in store.tasks(run.run_key)]
    for task in tasks:
        if task not in names:
            raise UnknownTaskError(task, nearest(task, names))
