"""A workplace in a folder, for what attempts see and leave behind."""

from collections.abc import Mapping
from pathlib import Path

from leo_engine.errors import ExecutorUnavailableError
from leo_engine.ports import Executor, RunRow
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.workplace import Workplace
from leo_engine.spec.model import (
    Dag,
    Secret,
    Task,
)
from leo_engine.state.event import (
    AttemptFinished,
    AttemptStarted,
    RunStarted,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Outcome
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_clock import FakeClock

ENVIRON = {"HOME": "/home/ann", "API_TOKEN": "s3cr3t", "SEEN": "yes"}
START_BY_MS = 5_000
SECRETS = (Secret("TOKEN", "env:API_TOKEN"),)


class Place:
    """A workplace in a folder, on a machine that has run what a test says."""

    def __init__(
        self,
        folder: Path,
        spec: Dag,
        done: Mapping[str, Outcome] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        self.folder = folder
        self.machine = RunMachine(spec)
        self.machine.handle(RunStarted(at_ms=1, dag_hash="hash"))
        for task, outcome in (done or {}).items():
            self.machine.handle(AttemptStarted(at_ms=2, task=task, attempt=1))
            self.machine.handle(
                AttemptFinished(at_ms=3, task=task, attempt=1, outcome=outcome)
            )
        self.workplace = Workplace(
            run=RunRow(
                run_id="run",
                dag=spec.name,
                dag_hash="hash",
                file="test.toml",
                status=RunStatus.RUNNING,
                created_ms=1,
                params=params or {},
            ),
            machine=self.machine,
            folders=RunFolders(
                dag_folder=str(folder),
                run_folder=str(folder / "run"),
                staging=str(folder / "staging"),
            ),
            environ=ENVIRON,
            executor_of=no_executor,
            clock=FakeClock(),
        )

    def variables(self, task: str) -> dict[str, object]:
        """Return what the templates of a task may use."""
        return self.workplace.variables(self.workplace.task(task), 1)

    def env(self, task: str, attempt: int = 1) -> dict[str, str]:
        """Return the variables of an attempt."""
        request = self.workplace.request(
            self.workplace.task(task), attempt, START_BY_MS
        )
        return dict(request.env)

    async def settle(self, task: str, outcome: Outcome) -> Outcome:
        """Return an outcome with what the first attempt left behind."""
        return await self.workplace.settle(self.workplace.task(task), 1, outcome)


def no_executor(task: Task) -> Executor:
    raise ExecutorUnavailableError(task.id)
