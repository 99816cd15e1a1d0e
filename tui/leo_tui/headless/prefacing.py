"""Says something of a run before anything else of it, and passes all else on."""

from collections.abc import Mapping, Sequence

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_tui.headless.reporter import Reporter


class Prefacing:
    """A reporter in front of another one. `prefaces` is {run id: one line}."""

    def __init__(self, reporter: Reporter, prefaces: Mapping[str, str]) -> None:
        self._reporter = reporter
        self._prefaces = dict(prefaces)
        # Looked up once: these are called for every frame.
        self.tick = reporter.tick
        self.notice = reporter.notice

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Say it with the first that is stored of the run."""
        preface = self._prefaces.pop(run.run_id, "")
        if preface:
            self._reporter.notice(preface)
        self._reporter.on_stored(run, write)

    def close(self, results: Sequence[RunResult]) -> None:
        """Pass it on."""
        self._reporter.close(results)
