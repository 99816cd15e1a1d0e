"""The part of the facade that looks at runs; it changes and takes over nothing."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from leo_engine.app import asking
from leo_engine.app.premises import Premises
from leo_engine.app.types import (
    Arrivals,
    LoadedDag,
    LogFile,
    Remains,
    ResumePreview,
    RunComparison,
    RunDetail,
    RunEdit,
    RunResult,
    RunRows,
    TaskEnvironment,
)
from leo_engine.errors import ConfigError, SpecError
from leo_engine.ports import Observer, RunFilter, RunRow
from leo_engine.spec.model import Dag

if TYPE_CHECKING:
    from leo_engine.app.following import RunFollower
    from leo_engine.app.resuming import Resumption
    from leo_engine.app.story import Story

_NONE: Mapping[str, str] = MappingProxyType({})


class RunViews(Premises):
    """Runs as they stand: listed, shown, compared, their output, what would run."""

    def runs(self, wanted: RunFilter) -> list[RunRow]:
        """Return the runs that match."""
        return self._opened().runs(wanted) if self._has_store() else []

    def find(self, prefix: str) -> RunRow:
        """Return the run whose id begins so, or that `latest` names."""
        return self._opened().find_run(prefix)

    def revision(self) -> int:
        """Return a number that moves when any process has stored something.

        Costs microseconds. A run whose owner dies moves nothing.
        """
        return self._opened().revision() if self._has_store() else 0

    def follower(self, prefix: str, told_seq: int = 0) -> "RunFollower":
        """Return what tells of a run as it goes on, from its first event on.

        Of the first `told_seq` events nothing is told.

        Raises:
            RunNotFoundError: no such run.
        """
        from leo_engine.app.following import RunFollower  # noqa: PLC0415 -- few commands follow

        return RunFollower(self._opened(), self.find(prefix), told_seq)

    def story(self, prefix: str) -> "Story":
        """Return a run moment by moment, to be replayed. O(journal).

        Raises:
            RunNotFoundError: no such run.
        """
        from leo_engine.app.story import story_of  # noqa: PLC0415 -- only for screens

        return story_of(self._opened(), self.find(prefix))

    def dag_of(self, run: RunRow) -> Dag:
        """Return the DAG as it was when the run, or its generation, began."""
        from leo_engine.app.history import stored_dag  # noqa: PLC0415 -- few commands look

        return stored_dag(self._opened(), run.dag_hash)

    def durations(self, dag: str) -> Mapping[str, int]:
        """Return {task: median milliseconds of recent successes}."""
        return self._opened().durations(dag) if self._has_store() else {}

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

    def run_rows(self, prefix: str) -> RunRows:
        """Return one run as it is stored; costs no more than to read it."""
        return self._looking().rows(prefix)

    def run_detail(self, prefix: str) -> RunDetail:
        """Return one run, whole: what waits for what is worked out from its journal."""
        return self._looking().detail(prefix)

    def environment(self, prefix: str, task: str) -> TaskEnvironment:
        """Return what a task of a run finds in its environment, secrets masked.

        Raises:
            LeoError: no such run or task, it has none, or a template of it is wrong.
        """
        from leo_engine.app.environments import environment_of  # noqa: PLC0415 -- seldom wanted

        return environment_of(
            self._opened(), self.settings, self._environ, prefix, task
        )

    def remains(self, prefix: str) -> Mapping[str, Remains]:
        """Return {task: what is left of it} of an interrupted run, else nothing."""
        return self._looking().remains(self.find(prefix))

    def logs(
        self, prefix: str, task: str = "", attempt: int | None = None
    ) -> list[LogFile]:
        """Return the logs of the latest attempts, or of attempt `attempt`."""
        return self._looking().logs(prefix, task, attempt)

    def masks(self, prefix: str, task: str) -> tuple[str, ...]:
        """Return the secrets that a task's output must not show, as known here."""
        return self._looking().masks(self.find(prefix), task)

    def read_log(self, log: LogFile) -> Iterator[str]:
        """Return the lines of a log with their ends, secrets masked."""
        return self._looking().read_log(log)

    def arrivals(self, log: LogFile) -> Arrivals:
        """Return when the output of an attempt arrived, to a fifth of a second or so.

        At most 4,096 notes, so the longer an attempt the coarser.
        """
        from leo_engine.app.arrivals import arrivals_of  # noqa: PLC0415 -- only for screens

        return arrivals_of(log.path)

    def follow_log(self, prefix: str, task: str = "") -> AsyncIterator[tuple[str, str]]:
        """Return (task, line) as output is written, until the task or run is over."""
        return self._looking().follow(prefix, task)

    def compare(self, before: str, after: str) -> RunComparison:
        """Return two runs side by side."""
        return self._looking().compare(before, after)

    def diff_run(self, prefix: str, loaded: LoadedDag) -> RunEdit:
        """Return how a file differs from the version of a run, and what moving does."""
        from leo_engine.app.moving import edit_of  # noqa: PLC0415 -- only for screens

        return edit_of(self._opened(), self.find(prefix), loaded)

    def part_like(self, prefix: str, loaded: LoadedDag) -> LoadedDag:
        """Return as much of a file as a run is of: mostly all.

        Raises:
            ConfigError: the file has none of the run's tasks any more.
            SpecValidationError: they use by now what tasks hand on that the run lacks.
        """
        from leo_engine.app.parts import as_in  # noqa: PLC0415 -- only for screens

        return as_in(self._opened(), self.find(prefix), loaded)

    def preview_resume(
        self, prefix: str, params: Mapping[str, str] = _NONE
    ) -> ResumePreview:
        """Return what a resume would keep and run, and why."""
        from leo_engine.app import resuming  # noqa: PLC0415 -- rare

        run = self._opened().find_run(prefix)
        return resuming.plan(self._opened(), run, self._current(run), params).preview

    def is_edited(self, prefix: str) -> bool:
        """Tell whether a run's file is valid and another version by now."""
        run = self.find(prefix)
        try:
            loaded = self._current(run)
        except (SpecError, ConfigError):
            return False
        return loaded is not None and loaded.version.dag_hash != run.dag_hash

    def _retry_over_file(
        self, run: RunRow, tasks: Sequence[str], *, downstream: bool
    ) -> "Resumption | None":
        from leo_engine.app.resuming import plan_retry_over_file  # noqa: PLC0415 -- rare

        return plan_retry_over_file(
            self.settings.folder,
            self._opened(),
            run,
            tuple(tasks),
            downstream=downstream,
        )

    def preview_retry(
        self,
        prefix: str,
        tasks: Sequence[str] = (),
        *,
        downstream: bool = False,
        edited: bool = False,
    ) -> ResumePreview:
        """Return what a retry would run again, and what waits for that.

        With `edited`, over the file as it is now.
        """
        from leo_engine.app import resuming  # noqa: PLC0415 -- rare

        run = self.find(prefix)
        if edited and (
            wanted := self._retry_over_file(run, tasks, downstream=downstream)
        ):
            return wanted.preview
        asking.refuse_unknown(self._opened(), run, tasks)
        return resuming.preview_retry(
            self._opened(), run, tuple(tasks), downstream=downstream
        )
