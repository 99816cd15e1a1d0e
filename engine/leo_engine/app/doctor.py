"""Looking at everything runs depend on, and repairing what needs no decision."""

import asyncio
import shutil
from pathlib import Path

from leo_engine.app.executors import Executors
from leo_engine.app.housekeeping import Housekeeping
from leo_engine.app.known_run import known_run
from leo_engine.app.looking import Looking
from leo_engine.app.types import Finding
from leo_engine.errors import ExecutorError
from leo_engine.executors.docker_leftovers import Leftover
from leo_engine.ports import AuditEntry, Clock, RunFilter, RunRow, RunStore
from leo_engine.state.status import RunStatus
from leo_engine.store.migrate import SCHEMA_VERSION

_LITTLE_SPACE_BYTES = 1 << 30
_OK, _WARNING, _ERROR = "ok", "warning", "error"
_FIX = "leo-tui doctor --fix"
_MOST_STALE = 1_000
_MOST_NAMED = 3


class Doctor:
    """Examines one folder's store, processes and folders."""

    def __init__(
        self,
        *,
        store: RunStore,
        clock: Clock,
        state_folder: Path,
        housekeeping: Housekeeping,
        looking: Looking,
        executors: Executors,
    ) -> None:
        self._executors = executors
        self._store = store
        self._clock = clock
        self._state_folder = state_folder
        self._reconciler = housekeeping.reconciler
        self._staging = housekeeping.staging
        self._looking = looking

    def examine(self, *, fix: bool) -> list[Finding]:
        """Return one finding for each thing that runs depend on.

        `fix` stops processes and removes folders that nothing needs, each recorded.
        """
        return [
            *self._look_at_store(),
            self._look_at_disk(),
            self._look_at_clock(),
            *self._look_at_runs(),
            self._look_at_processes(fix=fix),
            *self._look_at_containers(fix=fix),
            self._look_at_staging(fix=fix),
            self._look_at_logs(fix=fix),
        ]

    def _look_at_store(self) -> list[Finding]:
        damage = self._store.check()
        if not damage:
            message = f"{self._state_folder} is sound, schema {SCHEMA_VERSION}"
            return [Finding("store", _OK, message)]
        remedy = "export what can be read, then move leo.db away"
        return [Finding("store", _ERROR, line, remedy) for line in damage]

    def _look_at_disk(self) -> Finding:
        free = shutil.disk_usage(self._state_folder).free
        message = f"{free / 1e9:.1f} GB free"
        if free < _LITTLE_SPACE_BYTES:
            remedy = "leo-tui gc --older-than 30d removes old runs and their logs"
            return Finding("disk", _WARNING, message, remedy)
        return Finding("disk", _OK, message)

    def _look_at_clock(self) -> Finding:
        newest = self._store.runs(RunFilter(limit=1))
        now_ms = self._clock.now_ms()
        if newest and newest[0].created_ms > now_ms:
            ahead_s = (newest[0].created_ms - now_ms) // 1000
            message = f"the newest run is {ahead_s} s in the future"
            return Finding("clock", _WARNING, message, "set the clock of this machine")
        return Finding("clock", _OK, "runs are in the past")

    def _look_at_runs(self) -> list[Finding]:
        stale = self._store.runs(
            RunFilter(statuses=(RunStatus.INTERRUPTED,), limit=_MOST_STALE)
        )
        if not stale:
            return [Finding("runs", _OK, "every run under way has an owner")]
        return [self._stale(run) for run in stale]

    def _stale(self, run: RunRow) -> Finding:
        message = f"{run.dag} was interrupted: its engine is gone"
        left = self._looking.remains(run)
        told = [f"{task} {remains.text}" for task, remains in left.items()]
        if told:
            message = f"{message}; {_some(told)}"
        remedy = f"leo-tui resume {run.run_id[:13]}"
        return Finding(f"run {run.run_id}", _WARNING, message, remedy)

    def _look_at_processes(self, *, fix: bool) -> Finding:
        found = self._reconciler.orphans()
        if not found:
            message = "none is left of an attempt that is over"
            return Finding("processes", _OK, message)
        left = [
            f"{len(one.processes)} of attempt {one.key.attempt} of {one.key.task}"
            for one in found
        ]
        if not fix:
            message = f"left of attempts that are over: {_some(left)}"
            return Finding("processes", _WARNING, message, _FIX)
        asyncio.run(self._reconciler.stop_orphans())
        return Finding("processes", _OK, f"stopped {_some(left)}")

    def _look_at_containers(self, *, fix: bool) -> list[Finding]:
        """Find containers of attempts that are over, if there may be any."""
        if self._executors.containers is None:
            return []
        try:
            found = asyncio.run(self._left_containers(fix=fix))
        except ExecutorError as error:
            return [Finding("containers", _WARNING, f"nobody can tell: {error}")]
        if not found:
            message = "none is left of an attempt that is over"
            return [Finding("containers", _OK, message)]
        left = _some([f"attempt {key.attempt} of {key.task}" for _, key, _ in found])
        if not fix:
            message = f"left of attempts that are over: {left}"
            return [Finding("containers", _WARNING, message, _FIX)]
        return [Finding("containers", _OK, f"removed those of {left}")]

    async def _left_containers(self, *, fix: bool) -> list[Leftover]:
        reconciler, containers = self._reconciler, self._executors.containers
        try:
            if containers is None:
                return []
            found = await containers.leftovers(reconciler.judge)
            if found and fix:
                await self._executors.reclaim(reconciler.judge, reconciler.note_removal)
            return found
        finally:
            await self._executors.aclose()

    def _look_at_staging(self, *, fix: bool) -> Finding:
        count = len(self._staging.expired()) + len(self._staging.orphans())
        if not count:
            return Finding("staging", _OK, "all that is kept is still wanted")
        if not fix:
            message = f"{count} folders are not wanted any more"
            return Finding("staging", _WARNING, message, _FIX)
        return Finding("staging", _OK, f"freed {self._staging.sweep()} folders")

    def _look_at_logs(self, *, fix: bool) -> Finding:
        """Find folders of logs whose runs the store does not know."""
        folder = self._state_folder / "runs"
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        orphans = [path for path in found if known_run(self._store, path.name) is None]
        if not orphans:
            return Finding("folders", _OK, "every run folder belongs to a run")
        if not fix:
            message = f"{len(orphans)} folders belong to no run"
            return Finding("folders", _WARNING, message, _FIX)
        for path in orphans:
            self._remove_logs(path)
        return Finding("folders", _OK, f"removed {len(orphans)} folders of no run")

    def _remove_logs(self, path: Path) -> None:
        entry = AuditEntry(
            at_ms=self._clock.now_ms(),
            action="removed logs",
            run_id=path.name,
            subject=f"runs/{path.name}",
            reason="no such run",
        )
        self._store.record(entry)
        shutil.rmtree(path, ignore_errors=True)


def _some(texts: list[str]) -> str:
    named = ", ".join(texts[:_MOST_NAMED])
    more = len(texts) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
