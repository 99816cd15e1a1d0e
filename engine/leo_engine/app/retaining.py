"""Removing ended runs with their folders: when asked to, or as `leo.toml` says."""

import os
from pathlib import Path

from leo_engine.app.staging import Staging
from leo_engine.app.types import Removed
from leo_engine.errors import RunBusyError
from leo_engine.ports import Clock, Retention, RunRow, RunStore
from leo_engine.scheduler.kept_output import kept_bytes

_HOUR_MS = 3_600_000
_MARK = "retained"
"""File whose time says when retention was last applied by itself."""


class Retaining:
    """Ended runs of one folder, kept within limits."""

    def __init__(
        self, *, store: RunStore, clock: Clock, state_folder: Path, staging: Staging
    ) -> None:
        self._store = store
        self._clock = clock
        self._state_folder = state_folder
        self._staging = staging

    def collect(self, limits: Retention, *, dry_run: bool) -> list[Removed]:
        """Remove ended runs, then their folders; a dry run only says which."""
        doomed = self._store.remove(limits, dry_run=True).runs
        removed = [self._removed(one.run_id) for one in doomed]
        if dry_run:
            return removed
        gone = self._remove(limits)
        return [one for one in removed if one.run_id in gone]

    def delete(self, run: RunRow) -> Removed:
        """Remove one run with its folders, whatever the limits.

        Raises:
            RunBusyError: it has not ended, or somebody goes on with it.
        """
        removed = self.collect(Retention(run_id=run.run_id), dry_run=False)
        if not removed:
            message = (
                f"run {run.run_id} of {run.dag} has not ended: only what is over can "
                "be deleted"
            )
            raise RunBusyError(run.run_id, message)
        return removed[0]

    def apply_when_due(self, limits: Retention) -> None:
        """Remove what is well over the limits, at most once an hour.

        The first time in a folder only begins the hour.
        """
        mark = self._state_folder / _MARK
        now_ms = self._clock.now_ms()
        is_first = not mark.exists()
        if not is_first and 0 <= now_ms - mark.stat().st_mtime * 1000 < _HOUR_MS:
            return
        mark.touch(mode=0o600)
        os.utime(mark, (now_ms / 1000, now_ms / 1000))
        if is_first:
            return
        if self._store.exceeds(limits):
            self._remove(limits)

    def _remove(self, limits: Retention) -> set[str]:
        """Remove runs with their logs and staging; return their ids."""
        import shutil  # noqa: PLC0415 -- as long as the rest of this module

        gone = {one.run_id for one in self._store.remove(limits, dry_run=False).runs}
        for run_id in gone:
            shutil.rmtree(self._logs(run_id), ignore_errors=True)
        self._staging.free_all(gone, "its run was removed")
        return gone

    def _removed(self, run_id: str) -> Removed:
        run = self._store.find_run(run_id)
        folders = (self._logs(run_id), self._staging.folder(run_id))
        files = (path for folder in folders for path in folder.rglob("*"))
        size_bytes = sum(
            kept_bytes(path.lstat()) for path in files if not path.is_dir()
        )
        return Removed(run_id, run.dag, run.status, run.created_ms, size_bytes)

    def _logs(self, run_id: str) -> Path:
        return self._state_folder / "runs" / run_id
