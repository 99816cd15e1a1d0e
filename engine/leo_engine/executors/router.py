"""Which executor runs a task, and whether there is one."""

from collections.abc import Iterable, Mapping

from leo_engine.errors import ExecutorUnavailableError
from leo_engine.ports import Executor
from leo_engine.spec.model import ExecutorName, PythonCall, Task


class Router:
    """The executors of this engine, by name."""

    def __init__(self, executors: Mapping[ExecutorName, Executor]) -> None:
        self._executors = dict(executors)

    def executor(self, task: Task) -> Executor:
        """Return the executor that runs `task`.

        Raises:
            ExecutorUnavailableError: this version has none that could.
        """
        if isinstance(task.action, PythonCall):
            raise ExecutorUnavailableError(
                f"task {task.id!r} calls {task.action.target!r}, and this version does "
                f"not run Python callables yet; say it as a `cmd`"
            )
        executor = self._executors.get(task.executor)
        if executor is None:
            raise ExecutorUnavailableError(
                f"task {task.id!r} needs the {task.executor} executor, which this "
                f"version does not have"
            )
        return executor

    async def preflight(self, tasks: Iterable[Task]) -> None:
        """Check every executor that `tasks` need, each once.

        Raises:
            ExecutorUnavailableError: some are missing or not usable; all are named.
        """
        problems: list[str] = []
        needed: dict[ExecutorName, Executor] = {}
        for task in tasks:
            if task.executor is ExecutorName.ENGINE:
                continue
            try:
                needed[task.executor] = self.executor(task)
            except ExecutorUnavailableError as error:
                problems.append(str(error))
        for executor in needed.values():
            try:
                await executor.preflight()
            except ExecutorUnavailableError as error:
                problems.append(str(error))
        if problems:
            raise ExecutorUnavailableError("\n".join(problems))

    async def aclose(self) -> None:
        """Close every executor."""
        for executor in self._executors.values():
            await executor.aclose()
