"""What the engine has stored since the screen last looked, the latest of each thing.

Filled on the engine's thread, emptied on the screen's. Whatever the pace of the one and
however long the other is held up, it holds one row for each task at most.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.feed.engine_log import EngineLog

_MOST_TROUBLES = 100
_MOST_RUNS = 1_000
_MOST_NAMED = 20
_OVER = RUN_TERMINAL | {RunStatus.INTERRUPTED}


class Trouble(NamedTuple):
    """Something that went wrong beside the tasks."""

    about: str
    """A run's id, a DAG's name, a path; empty: leo-tui itself."""
    message: str


class News(NamedTuple):
    """Everything that changed since the last look."""

    runs: Mapping[str, RunRow]
    """{run id: the row as it is now}."""
    tasks: Sequence[TaskRow]
    """Of the opened run."""
    attempts: Sequence[AttemptRow]
    troubles: Sequence[Trouble]
    files: frozenset[Path]
    """Files of the DAG folder that changed."""
    adopted: Sequence[RunRow] = ()
    """Runs that nobody looked after when this process took them over."""


class Inbox:
    """The observer that the screen's engine tells."""

    def __init__(self, log: EngineLog | None = None) -> None:
        self._log = log or EngineLog()
        self._lock = threading.Lock()
        self._opened = ""
        self._own: set[str] = set()
        self._session: dict[str, RunRow] = {}
        self._is_dirty = False
        self._waker: Callable[[], None] | None = None
        self._runs: dict[str, RunRow] = {}
        self._tasks: dict[str, TaskRow] = {}
        self._attempts: dict[tuple[str, int], AttemptRow] = {}
        self._troubles: list[Trouble] = []
        self._files: set[Path] = set()
        self._adopted: list[RunRow] = []

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Note what has become durable of a run of this process."""
        now = run if write.run is None else write.run
        with self._lock:
            if now.status in _OVER:
                self._own.discard(run.run_id)
            else:
                self._own.add(run.run_id)
            if not run.parent_run:
                self._note_in_session(now)
            self._take(now, write)

    def _note_in_session(self, run: RunRow) -> None:
        before = self._session.get(run.run_id)
        if before is None or before.status is not run.status:
            self._log.note(f"run {run.run_key} of {run.dag}: {run.status}")
        if run.run_id not in self._session and len(self._session) >= _MOST_RUNS:
            del self._session[next(iter(self._session))]
        self._session[run.run_id] = run

    def session_runs(self) -> Sequence[RunRow]:
        """Return the runs that were driven here, as they stood last; 1,000 at most."""
        with self._lock:
            return list(self._session.values())

    def on_read(self, run: RunRow, write: JournalWrite) -> None:
        """Note what has become durable of a run of another process."""
        with self._lock:
            self._take(run if write.run is None else write.run, write)

    def _take(self, run: RunRow, write: JournalWrite) -> None:
        self._note_news()
        self._runs[run.run_id] = run
        if run.run_id == self._opened:
            for row in write.tasks:
                self._tasks[row.task] = row
            for attempt in write.attempts:
                self._attempts[attempt.task, attempt.attempt] = attempt

    def on_trouble(self, about: str, error: Exception) -> None:
        """Note that something could not be done."""
        with self._lock:
            self._note_news()
            self._troubles = self._troubles[1 - _MOST_TROUBLES :]
            self._troubles.append(Trouble(about, str(error)))
        self._log.note_trouble(f"{about} {error}".strip(), error)

    def on_files(self, paths: frozenset[Path]) -> None:
        """Note that files of the folder have changed."""
        with self._lock:
            self._note_news()
            self._files |= paths
        names = sorted(path.name for path in paths)
        more = len(names) - _MOST_NAMED
        told = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" * (more > 0))
        self._log.note(f"changed in the folder: {told}")

    def on_adopted(self, runs: Sequence[RunRow]) -> None:
        """Note which interrupted runs go on here."""
        with self._lock:
            if runs:
                self._note_news()
            self._adopted += runs
        for run in runs:
            self._log.note(f"run {run.run_key} of {run.dag}: taken over")

    def open(self, run_id: str) -> None:
        """From now on, keep rows of this run and of no other."""
        with self._lock:
            self._opened = run_id
            self._tasks, self._attempts = {}, {}

    def forget(self, run_id: str) -> None:
        """A run has been deleted: what is told of it comes too late."""
        with self._lock:
            self._runs.pop(run_id, None)

    def is_own(self, run_id: str) -> bool:
        """Tell whether this process drives a run, going by what it was told of."""
        return run_id in self._own

    def wake(self, waker: Callable[[], None]) -> None:
        """Call `waker` once, on whatever thread, as soon as there is something new."""
        with self._lock:
            self._waker = waker
            if self._is_dirty:
                self._note_news()

    def _note_news(self) -> None:
        self._is_dirty = True
        waker, self._waker = self._waker, None
        if waker is not None:
            waker()

    def drain(self) -> News | None:
        """Return what has come since the last call, None when nothing has."""
        if not self._is_dirty:
            return None
        with self._lock:
            news = News(
                self._runs,
                list(self._tasks.values()),
                list(self._attempts.values()),
                self._troubles,
                frozenset(self._files),
                self._adopted,
            )
            self._is_dirty = False
            self._runs, self._tasks, self._attempts = {}, {}, {}
            self._troubles, self._files, self._adopted = [], set(), []
        return news
