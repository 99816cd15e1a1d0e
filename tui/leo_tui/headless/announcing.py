"""Lets one that waits know each run as soon as it is stored, and passes all else on."""

from collections.abc import Callable, Sequence

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_tui.headless.reporter import Reporter

Announce = Callable[[RunRow, JournalWrite], None]
"""Is told of a run, with what was stored of it first."""


class Announcing:
    """A reporter in front of another one."""

    def __init__(self, reporter: Reporter, announce: Announce) -> None:
        self._reporter = reporter
        self._announce = announce
        self._known: set[str] = set()
        # Looked up once: these are called for every write and every frame.
        self.tick = reporter.tick
        self.notice = reporter.notice

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Announce a run that nobody heard of; sub-DAGs belong to their parents."""
        if run.run_id not in self._known:
            self._known.add(run.run_id)
            if not run.parent_run:
                self._announce(run, write)
        self._reporter.on_stored(run, write)

    def close(self, results: Sequence[RunResult]) -> None:
        """Pass it on."""
        self._reporter.close(results)
