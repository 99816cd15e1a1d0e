"""The part of the facade that looks at runs; it changes and takes over nothing."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import MappingProxyType

from leo_engine.app import asking
from leo_engine.app.premises import Premises
from leo_engine.app.types import (
    LogFile,
    Remains,
    ResumePreview,
    RunComparison,
    RunDetail,
    RunResult,
)
from leo_engine.ports import Observer, RunFilter, RunRow

_NONE: Mapping[str, str] = MappingProxyType({})


class RunViews(Premises):
    """Runs as they stand: listed, shown, compared, their output, what would run."""

    def runs(self, wanted: RunFilter) -> list[RunRow]:
        """Return the runs that match."""
        return self._opened().runs(wanted) if self._has_store() else []

    def find(self, prefix: str) -> RunRow:
        """Return the run whose id begins so, or that `latest` names."""
        return self._opened().find_run(prefix)

    async def watch(
        self, prefix: str, *, observer: Observer | None = None
    ) -> RunResult:
        """Follow a run, whoever drives it, until it has ended or nobody does.

        The observer is told of everything from its first event on.
        """
        from leo_engine.app.following import follow  # noqa: PLC0415 -- few commands wait

        run = await follow(self._opened(), self.find(prefix), observer)
        failed = self._looking().failed_tasks(run)
        return RunResult(run=run, followed=True, failed=failed)

    def run_detail(self, prefix: str) -> RunDetail:
        """Return one run, whole."""
        return self._looking().detail(prefix)

    def remains(self, prefix: str) -> Mapping[str, Remains]:
        """Return {task: what is left of it} of an interrupted run, else nothing."""
        return self._looking().remains(self.find(prefix))

    def logs(
        self, prefix: str, task: str = "", attempt: int | None = None
    ) -> list[LogFile]:
        """Return the logs of the latest attempts, or of attempt `attempt`."""
        return self._looking().logs(prefix, task, attempt)

    def read_log(self, log: LogFile) -> Iterator[str]:
        """Return the lines of a log with their ends, secrets masked."""
        return self._looking().read_log(log)

    def follow_log(self, prefix: str, task: str = "") -> AsyncIterator[tuple[str, str]]:
        """Return (task, line) as output is written, until the task or run is over."""
        return self._looking().follow(prefix, task)

    def compare(self, before: str, after: str) -> RunComparison:
        """Return two runs side by side."""
        return self._looking().compare(before, after)

    def preview_resume(
        self, prefix: str, params: Mapping[str, str] = _NONE
    ) -> ResumePreview:
        """Return what a resume would keep and run, and why."""
        from leo_engine.app import resuming  # noqa: PLC0415 -- rare

        run = self._opened().find_run(prefix)
        return resuming.plan(self._opened(), run, self._current(run), params).preview

    def preview_retry(
        self, prefix: str, tasks: Sequence[str] = (), *, downstream: bool = False
    ) -> ResumePreview:
        """Return what a retry would run again, and what waits for that."""
        from leo_engine.app import resuming  # noqa: PLC0415 -- rare

        run = self._opened().find_run(prefix)
        asking.refuse_unknown(self._opened(), run, tasks)
        return resuming.preview_retry(
            self._opened(), run, tuple(tasks), downstream=downstream
        )
