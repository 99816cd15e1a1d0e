"""Lets one that waits know each run as soon as it is stored, and passes all else on."""

from collections.abc import Sequence
from typing import Protocol

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_tui.headless.reporter import Reporter


class Listener(Protocol):
    """Whoever waits to hear what became of each DAG that was to be run."""

    def begun(self, run: RunRow, write: JournalWrite) -> None:
        """Hear of a run, with what was stored of it first."""

    def refused(self, dag: str, reason: str) -> None:
        """Hear why there is no run of a DAG."""


class Announcing:
    """A reporter in front of another one."""

    def __init__(self, reporter: Reporter, listener: Listener) -> None:
        self._reporter = reporter
        self._listener = listener
        self._known: set[str] = set()
        # Looked up once: these are called for every frame.
        self.tick = reporter.tick
        self.notice = reporter.notice

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Announce a run that nobody heard of; sub-DAGs belong to their parents."""
        if run.run_id not in self._known:
            self._known.add(run.run_id)
            if not run.parent_run:
                self._listener.begun(run, write)
        self._reporter.on_stored(run, write)

    def close(self, results: Sequence[RunResult]) -> None:
        """Pass it on."""
        self._reporter.close(results)
