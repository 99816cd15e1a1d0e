"""The executors of this process, each made when a DAG first needs it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from leo_engine.app.types import Finding
from leo_engine.clock import SystemClock
from leo_engine.errors import ExecutorUnavailableError
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.warden_link import WardenProcess
from leo_engine.ports import Executor
from leo_engine.spec.model import Dag, ExecutorName, HttpCall, Task

if TYPE_CHECKING:
    from leo_engine.executors.docker_container import DockerContainers
    from leo_engine.executors.docker_leftovers import Judge, Leftover

_RECORDS_KEPT = 50
_HAVE = frozenset(ExecutorName) - {ExecutorName.KUBERNETES}
_ASKED = (ExecutorName.DOCKER,)
"""Depend on what may be missing: asked before a run begins."""


class Executors:
    """Names the adapters; `of` picks one for a task."""

    def __init__(
        self,
        *,
        record_folder: Path,
        base_env: Mapping[str, str],
        warden: WardenProcess | None = None,
    ) -> None:
        self._record_folder = record_folder
        self._base_env = base_env
        self._warden = warden
        self._runs_folder = record_folder.with_name("runs")
        self.host_rules = HostRules()
        """Which hosts requests may go to, by `leo.toml` as it is now."""
        self._container_mark = record_folder.parent / "containers"
        """Is there as long as the folder may have containers."""
        self._uses_containers = False
        """Whether this process may be about to make one."""
        self._made: dict[ExecutorName, Executor] = {}
        self._makers: Mapping[ExecutorName, Callable[[], Executor]] = {
            ExecutorName.SUBPROCESS: self._processes,
            ExecutorName.HTTP: self._requests,
            ExecutorName.DOCKER: self._containers,
        }

    def of(self, task: Task) -> Executor:
        """Return the executor that a task runs on.

        Raises:
            ExecutorUnavailableError: this version has none for it.
        """
        if task.executor is ExecutorName.DOCKER:
            # Each time: another process may just have found none and taken it away.
            self._uses_containers = True
            self._container_mark.touch()
        if task.executor not in self._made and (problem := missing(task)):
            raise ExecutorUnavailableError(problem)
        return self._get(task.executor)

    def _get(self, name: ExecutorName) -> Executor:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._makers[name]()
        return made

    def _processes(self) -> Executor:
        warden, self._warden = self._warden, None
        return LocalProcesses(
            record_folder=self._record_folder, base_env=self._base_env, warden=warden
        )

    def _requests(self) -> Executor:
        from leo_engine.executors.http_request import HttpRequests  # noqa: PLC0415 -- httpx takes 100 ms

        return HttpRequests(
            runs_folder=self._runs_folder,
            clock=SystemClock(),
            rules=lambda: self.host_rules,
        )

    def _containers(self) -> Executor:
        from leo_engine.executors.docker_container import DockerContainers  # noqa: PLC0415 -- only for containers

        folder = str(self._record_folder.parent)
        return DockerContainers(folder=folder, clock=SystemClock())

    @property
    def containers(self) -> "DockerContainers | None":
        """The executor of containers; None as long as the folder never needed it."""
        if not self._container_mark.exists():
            return None
        return cast("DockerContainers", self._get(ExecutorName.DOCKER))

    async def reclaim(self, judge: "Judge", note: "Callable[[Leftover], None]") -> None:
        """Remove containers whose attempts are over; `note` each before.

        Raises:
            ExecutorUnavailableError: it cannot be done now.
        """
        containers = self.containers
        if containers is None or await containers.reclaim(judge, note):
            return
        if not self._uses_containers:
            self._container_mark.unlink(missing_ok=True)

    async def preflight(self, dags: Iterable[Dag]) -> None:
        """Ask every executor that the DAGs need whether it can be used.

        Raises:
            ExecutorUnavailableError: one cannot; says what to do about it.
        """
        first = {task.executor: task for dag in dags for task in dag.tasks}
        for name, task in first.items():
            if name in _ASKED:
                await self.of(task).preflight()

    def add(self, executor: Executor) -> None:
        """Use an executor that was made elsewhere."""
        self._made[executor.name] = executor

    async def tidy(self, is_under_way: Callable[[str], bool]) -> None:
        """Delete old records of ended processes once there are many of them.

        `is_under_way` says of a run id whether the run may still ask for one.
        """
        processes = self._made.get(ExecutorName.SUBPROCESS)
        if not isinstance(processes, LocalProcesses):
            return
        if len(os.listdir(self._record_folder)) > _RECORDS_KEPT:  # noqa: PTH208 -- once a session
            await processes.prune(lambda key: is_under_way(key.run_id))

    async def aclose(self) -> None:
        """Let go of all of them; attempts go on."""
        for executor in self._made.values():
            await executor.aclose()
        if self._warden is not None:
            # Nothing ran in a process: it ends when nobody is there.
            self._warden.link.close()


def missing(task: Task, insisted: str = "") -> str:
    """Return why this version cannot run a task; "" when it can.

    `insisted` is the executor that the whole invocation was told to use.
    """
    if insisted not in ("", *_HAVE):
        return f"task {task.id!r}: this version has no {insisted} executor yet"
    if insisted == ExecutorName.HTTP:
        is_request = isinstance(task.action, HttpCall)
        return "" if is_request else f"task {task.id!r} is no HTTP request"
    if insisted == ExecutorName.DOCKER and task.executor is ExecutorName.SUBPROCESS:
        return f"task {task.id!r}: to run in Docker it needs an 'image'"
    if task.executor in _HAVE:
        return ""
    return (
        f"task {task.id!r} needs the {task.executor} executor, "
        "which this version does not have yet"
    )


def refuse_missing(dag: Dag, insisted: str) -> None:
    """Raise `ExecutorUnavailableError` when a task of the DAG cannot run here."""
    reasons = [reason for task in dag.tasks if (reason := missing(task, insisted))]
    if reasons:
        raise ExecutorUnavailableError("\n".join(reasons))


def executor_findings(dags: Iterable[Dag] = ()) -> list[Finding]:
    """Return for each executor whether it can be used, and which DAGs need it."""
    needing = [
        dag.name
        for dag in dags
        if any(task.executor is ExecutorName.DOCKER for task in dag.tasks)
    ]
    return [
        Finding("executor subprocess", "ok", "a process of this machine for each task"),
        Finding("executor http", "ok", "requests of leo-tui itself, by httpx"),
        _docker_finding(needing),
        *(
            Finding(f"executor {name}", "warning", "this version does not have it yet")
            for name in ExecutorName
            if name not in _HAVE
        ),
    ]


def _docker_finding(needing: Sequence[str]) -> Finding:
    from leo_engine.executors.docker_client import described  # noqa: PLC0415 -- rare

    needed = f"; needed by {', '.join(needing)}" if needing else ""
    try:
        return Finding("executor docker", "ok", f"{described()}{needed}")
    except ExecutorUnavailableError as error:
        severity = "error" if needing else "warning"
        return Finding("executor docker", severity, f"{error}{needed}")
