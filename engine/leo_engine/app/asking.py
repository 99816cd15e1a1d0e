"""What one process asks of a run that perhaps another drives."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from leo_engine.errors import RunEndedError, UnknownTaskError
from leo_engine.ports import Clock, RunRequest, RunRow, RunStore
from leo_engine.spec.nearest import nearest
from leo_engine.state.status import RunStatus


class Requesting(ABC):
    """The requests that whoever drives a run grants."""

    _clock: Clock

    def cancel(self, prefix: str, tasks: Sequence[str] = (), *, by: str) -> RunRow:
        """Ask for the end of a run, or of tasks of it; done by whoever drives it."""
        return self._ask(prefix, "cancel", tasks, by=by)

    def pause(self, prefix: str, *, by: str) -> RunRow:
        """Ask that a run start nothing more for now."""
        return self._ask(prefix, "pause", by=by)

    def unpause(self, prefix: str, *, by: str) -> RunRow:
        """Ask that a run go on starting."""
        return self._ask(prefix, "unpause", by=by)

    def approve(
        self, prefix: str, task: str, *, approved: bool, by: str, note: str = ""
    ) -> RunRow:
        """Answer an approval task."""
        action = "approve" if approved else "refuse"
        return self._ask(prefix, action, [task], by=by, note=note)

    def _retrying(self, tasks: Sequence[str], *, downstream: bool) -> RunRequest:
        return RunRequest(
            action="retry",
            tasks=tuple(tasks),
            downstream=downstream,
            at_ms=self._clock.now_ms(),
        )

    def _marking(
        self, tasks: Sequence[str], *, skipped: bool, by: str, note: str
    ) -> RunRequest:
        return RunRequest(
            action="mark_skipped" if skipped else "mark_ok",
            tasks=tuple(tasks),
            by=by,
            note=note,
            at_ms=self._clock.now_ms(),
        )

    def _ask(
        self,
        prefix: str,
        action: str,
        tasks: Sequence[str] = (),
        *,
        by: str,
        note: str = "",
    ) -> RunRow:
        request = RunRequest(
            action=action,
            tasks=tuple(tasks),
            by=by,
            note=note,
            at_ms=self._clock.now_ms(),
        )
        return self._leave_request(prefix, request)

    @abstractmethod
    def _leave_request(self, prefix: str, request: RunRequest) -> RunRow:
        """Leave it where the run's owner finds it; return the run."""


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
