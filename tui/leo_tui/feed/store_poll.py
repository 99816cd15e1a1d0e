"""Runs of other processes: what they have stored since the last look."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from leo_engine.app import Engine
from leo_engine.errors import RunNotFoundError
from leo_engine.ports import JournalWrite, RunFilter, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.feed.inbox import Inbox

if TYPE_CHECKING:
    from leo_engine.app.following import RunFollower
    from leo_engine.state.rows import AttemptRow, TaskRow

MOST_RUNS = 200
"""Of one DAG, and of all DAGs together: what the lists show."""
_LOOK_ANYWAY = 8
"""Looks after which living runs are looked at though nothing was stored: that a
process is dead is written nowhere."""
_ACTIVE = frozenset({RunStatus.RUNNING, RunStatus.PENDING})


class StoreNews(NamedTuple):
    """Runs as they stand, newest first."""

    revision: int
    """Of the store: the same lists may come again after something has changed."""
    dag: str
    runs: Sequence[RunRow]
    """Of the DAG asked for."""
    recent: Sequence[RunRow]
    """Of every DAG."""

    @property
    def begins(self) -> str:
        """The id of the oldest run that `recent` would hold; empty: it holds all."""
        return self.recent[-1].run_id if len(self.recent) >= MOST_RUNS else ""

    def lacks(self, run_id: str) -> bool:
        """Tell whether a run of the DAG is not stored any more."""
        is_all = len(self.runs) < MOST_RUNS
        return is_all and all(run.run_id != run_id for run in self.runs)


class StorePoll:
    """Used on the reading thread only."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._revision = -1
        self._asked = ("", "")
        self._looks_left = 0
        self._follower: RunFollower | None = None
        self._followed = ""

    def look(self, engine: Engine, dag: str, run_id: str) -> StoreNews | None:
        """Return the lists if anything may have changed; news of the run go inside."""
        revision = engine.revision()
        if not revision:
            return None
        self._looks_left -= 1
        is_same = revision == self._revision and self._asked == (dag, run_id)
        if is_same and self._looks_left > 0:
            return None
        self._revision, self._asked = revision, (dag, run_id)
        recent = engine.runs(RunFilter(limit=MOST_RUNS))
        runs = engine.runs(RunFilter(dag=dag, limit=MOST_RUNS)) if dag else []
        # A run that is not there any more has no news: the lists tell it.
        with suppress(RunNotFoundError):
            self._follow(engine, run_id)
        is_alive = any(run.status in _ACTIVE for run in recent)
        self._looks_left = _LOOK_ANYWAY if is_alive else 1 << 30
        return StoreNews(revision, dag, runs, recent)

    def _follow(self, engine: Engine, run_id: str) -> None:
        """Put news of the opened run into the inbox, unless it is driven here."""
        if not run_id or self._inbox.is_own(run_id):
            self._follower, self._followed = None, ""
            return
        if run_id != self._followed:
            self._follower, self._followed = engine.follower(run_id), run_id
        if self._follower is None:
            return
        tasks: dict[str, TaskRow] = {}
        attempts: dict[tuple[str, int], AttemptRow] = {}
        latest: JournalWrite | None = None
        while (write := self._follower.news()) is not None:
            latest = write
            tasks |= {row.task: row for row in write.tasks}
            attempts |= {(row.task, row.attempt): row for row in write.attempts}
        if latest is not None and latest.run is not None:
            # All at once: a past told in pieces would be seen to happen again.
            latest.tasks, latest.attempts = [*tasks.values()], [*attempts.values()]
            self._inbox.on_read(latest.run, latest)
