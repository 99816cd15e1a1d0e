"""Looking at runs: details, logs, comparisons. Reads the store, changes nothing."""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from pathlib import Path

from leo_engine.app.comparing import compare_runs
from leo_engine.app.history import child_of, history, stored_dag
from leo_engine.app.logs import log_files, read_lines, tail_lines
from leo_engine.app.room import Room
from leo_engine.app.tail import Tail
from leo_engine.app.types import (
    FailedTask,
    LogFile,
    Remains,
    RemainsState,
    RunComparison,
    RunDetail,
    RunRows,
)
from leo_engine.app.wording import told
from leo_engine.config import Settings
from leo_engine.errors import ConfigError, RunNotFoundError, UnknownTaskError
from leo_engine.executors.memory import free_memory_bytes
from leo_engine.loader.folder_settings import FolderSettings, read_folder_settings
from leo_engine.ports import RunRow, RunStore
from leo_engine.scheduler.scrub import known_masks
from leo_engine.spec.definition_hash import definition_hashes
from leo_engine.spec.model import Dag, ExecutorName
from leo_engine.spec.nearest import nearest
from leo_engine.state.machine import RunMachine
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RUN_TERMINAL, TERMINAL, RunStatus, TaskStatus
from leo_engine.state.views import WaitsFor

TAIL_LINES = 20


class Looking:
    """The read side of the engine."""

    def __init__(
        self, settings: Settings, store: RunStore, environ: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._store = store
        self._environ = environ
        self._masks: dict[str, dict[str, tuple[str, ...]]] = {}

    def detail(self, prefix: str) -> RunDetail:
        """Return one run, whole."""
        found = self.rows(prefix)
        return RunDetail(
            run=found.run,
            tasks=found.tasks,
            attempts=found.attempts,
            waits=self._waits(found.run, found.tasks),
            remains=self.remains(found.run),
        )

    def rows(self, prefix: str) -> RunRows:
        """Return one run as it is stored."""
        run = self._store.find_run(prefix)
        return RunRows(
            run=run,
            tasks=tuple(self._store.tasks(run.run_key)),
            attempts=tuple(self._store.attempts(run.run_key)),
        )

    def remains(self, run: RunRow) -> Mapping[str, Remains]:
        """Return {task: what is left of it}; nothing unless the run is interrupted."""
        if run.status is not RunStatus.INTERRUPTED:
            return {}
        from leo_engine.app.remains import remains_of, remains_of_child  # noqa: PLC0415 -- seldom wanted

        attempts = [row for row in self._store.attempts(run.run_key) if not row.outcome]
        own = [row for row in attempts if row.executor != ExecutorName.ENGINE]
        left = remains_of(self._settings.record_folder, run, own)
        for row in attempts:
            if row.executor == ExecutorName.ENGINE:
                child = child_of(self._store, run.run_id, row)
                left[row.task] = remains_of_child(
                    child, {} if child is None else self.remains(child)
                )
        return left

    def _waits(self, run: RunRow, tasks: tuple[TaskRow, ...]) -> dict[str, str]:
        if run.status in RUN_TERMINAL:
            return {}
        machine, _ = history(self._store, run)
        if machine is None:
            return {}
        room = Room(machine, self._folder_settings(), free_memory_bytes)
        return {
            row.task: text
            for row in tasks
            if row.status not in TERMINAL
            and (text := _why(machine, room, row.task, run.status))
        }

    def _folder_settings(self) -> FolderSettings:
        try:
            return read_folder_settings(self._settings.folder)
        except ConfigError:
            # Who runs something is told; who only looks can be shown the rest.
            return FolderSettings()

    def logs(self, prefix: str, task: str, attempt: int | None) -> list[LogFile]:
        """Return the logs of a run, or of one task of it, by start.

        Raises:
            UnknownTaskError: the run has no such task.
            RunNotFoundError: the task has no such attempt.
        """
        run = self._store.find_run(prefix)
        attempts = self._store.attempts(run.run_key, task)
        if task and not attempts:
            self._explain_no_attempts(run, task)
        found = log_files(self._folder(run), attempts, attempt)
        if attempt is not None and task and not found:
            message = f"task {task!r} has no output of attempt {attempt}"
            raise RunNotFoundError(message)
        return found

    def _explain_no_attempts(self, run: RunRow, task: str) -> None:
        names = [row.task for row in self._store.tasks(run.run_key)]
        if task not in names:
            raise UnknownTaskError(task, nearest(task, names))

    def read_log(self, log: LogFile) -> Iterator[str]:
        """Return the lines of a log, masked."""
        run_id = log.path.parent.parent.name
        run = self._store.find_run(run_id)
        return read_lines(log.path, self.masks(run, log.task))

    async def follow(self, prefix: str, task: str) -> AsyncIterator[tuple[str, str]]:
        """Return (task, line) as lines are written, until the task, or run, is over."""
        run = self._store.find_run(prefix)
        self.logs(run.run_id, task, None)
        attempts = self._store.attempts(run.run_key, task)
        tail = Tail(self._folder(run), attempts, partial(self.masks, run))
        while True:
            is_over = self._is_over(run, task)
            attempts = self._store.attempts(run.run_key, task)
            lines = list(tail.read(attempts, is_over=is_over))
            for line in lines:
                yield line
            if is_over and not lines:
                return
            if not lines:
                await self._pause()

    async def _pause(self) -> None:
        import asyncio  # noqa: PLC0415 -- nothing else here waits

        await asyncio.sleep(0.1)

    def _is_over(self, run: RunRow, task: str) -> bool:
        now = self._store.find_run(run.run_id)
        if now.status in RUN_TERMINAL:
            return True
        if now.status is RunStatus.INTERRUPTED:
            return not self._still_writes(now, task)
        if not task:
            return False
        rows = {row.task: row for row in self._store.tasks(run.run_key)}
        return task in rows and rows[task].status in TERMINAL

    def _still_writes(self, run: RunRow, task: str) -> bool:
        """Tell whether a task that its engine has left behind still runs."""
        left = self.remains(run)
        wanted = left if not task else [task] if task in left else []
        return any(left[name].state is RemainsState.RUNS for name in wanted)

    def compare(self, before: str, after: str) -> RunComparison:
        """Return two runs side by side."""
        one, two = self.detail(before), self.detail(after)
        return compare_runs(one, two, self._hashes(one.run), self._hashes(two.run))

    def _hashes(self, run: RunRow) -> dict[str, str]:
        return definition_hashes(stored_dag(self._store, run.dag_hash), run.params)

    def failed_tasks(self, run: RunRow) -> tuple[FailedTask, ...]:
        """Return the tasks that failed for good, with the end of their output."""
        failed = [
            row
            for row in self._store.tasks(run.run_key)
            if row.status is TaskStatus.FAILED
        ]
        return tuple(self._failed(run, row) for row in failed)

    def _failed(self, run: RunRow, row: TaskRow) -> FailedTask:
        logs = log_files(
            self._folder(run), self._store.attempts(run.run_key, row.task), None
        )
        filled = [log for log in logs if log.size_bytes] or logs
        path = filled[-1].path if filled else None
        tail: tuple[str, ...] = ()
        if path is not None:
            tail = tail_lines(path, TAIL_LINES, self.masks(run, row.task))
        return FailedTask(
            task=row.task,
            attempt=row.attempt,
            reason=row.reason,
            log_path="" if path is None else str(path),
            tail=tail,
        )

    def masks(self, run: RunRow, task: str) -> tuple[str, ...]:
        """Return the secrets that a task's output must not show, as known here."""
        if run.run_id not in self._masks:
            self._masks[run.run_id] = self._masks_of(
                stored_dag(self._store, run.dag_hash), run
            )
        return self._masks[run.run_id].get(task, ())

    def _masks_of(self, dag: Dag, run: RunRow) -> dict[str, tuple[str, ...]]:
        folder = str((self._settings.folder / run.file).parent)
        return {
            task.id: known_masks(task.secrets, self._environ, folder)
            for task in dag.tasks
            if task.secrets
        }

    def _folder(self, run: RunRow) -> Path:
        return self._settings.state_folder / "runs" / run.run_id


def _why(machine: RunMachine, room: Room, task: str, status: RunStatus) -> str:
    """Return what a task waits for, one line; "" when for nothing."""
    waiting = machine.why(task)
    if waiting.waits_for is not WaitsFor.SLOT:
        return told(waiting)
    if status is RunStatus.INTERRUPTED:
        return "waits for the run to be gone on with"
    return room.why_none(machine.index(task)) or told(waiting)
