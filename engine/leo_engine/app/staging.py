"""The folders that the tasks of a run share: how long each lives, and why it goes.

A folder is tracked from before it is made. When its run has succeeded it is freed; of
another end it is kept for a while, to look into and to resume from. What is removed is
recorded first, so that a crash leaves a folder too many and never a reason too few.
"""

import os
import re
from collections.abc import Collection
from pathlib import Path

import msgspec

from leo_engine.app.known_run import known_run
from leo_engine.ports import (
    AuditEntry,
    Clock,
    RunStore,
    StagingRow,
    StagingState,
)
from leo_engine.state.status import RUN_TERMINAL, RunStatus

FREED = "freed staging"
_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Staging:
    """The staging of one DAG folder. What frees waits for the disk: use a thread."""

    def __init__(
        self, *, store: RunStore, clock: Clock, state_folder: Path, ttl_ms: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._state_folder = state_folder
        self.ttl_ms = ttl_ms
        self._reclaimed: set[str] = set()
        """What was found without a run; if it can be removed it is gone."""

    def track(self, run_id: str) -> Path:
        """Begin to track the folder of a run, anew if it was kept; return its path."""
        row = StagingRow(
            run_id=run_id,
            place=f"staging/{run_id}",
            state=StagingState.ACTIVE,
            created_ms=self._clock.now_ms(),
        )
        self._store.put_staging(row)
        return self._state_folder / row.place

    def folder(self, run_id: str) -> Path:
        """Return where the tasks of a run share files."""
        return self._state_folder / "staging" / run_id

    def free_all(self, run_ids: Collection[str], reason: str) -> None:
        """Free the staging of these runs."""
        for row in self._store.staging():
            if row.run_id in run_ids:
                self._free(row, reason)

    def sweep(self) -> int:
        """Free what has served its time, keep what may be wanted; return how many went.

        Several processes may do it at once.
        """
        # Listed first: whatever is tracked after this is not among the names.
        names = self._names()
        rows = self._store.staging()
        held = {row.run_id for row in rows}
        freed = sum(self._settle(row) for row in rows)
        return freed + sum(self._reclaim(name) for name in names if name not in held)

    def orphans(self) -> list[str]:
        """Return the run ids of folders that the next `sweep` would reclaim."""
        names = self._names()
        held = {row.run_id for row in self._store.staging()}
        return [name for name in names if name not in held and self._is_orphan(name)]

    def expired(self) -> list[StagingRow]:
        """Return what is tracked and the next `sweep` would free."""
        return [row for row in self._store.staging() if self._verdict(row)]

    def _names(self) -> list[str]:
        try:
            names = os.listdir(self._state_folder / "staging")  # noqa: PTH208 -- after every run
        except FileNotFoundError:
            return []
        return [name for name in names if _RUN_ID.fullmatch(name)]

    def _settle(self, row: StagingRow) -> bool:
        reason = self._verdict(row)
        if reason:
            return self._free(row, reason)
        if row.state is StagingState.ACTIVE:
            self._keep_if_over(row)
        return False

    def _verdict(self, row: StagingRow) -> str:
        """Return why a place is to be freed; "" while it is not."""
        now_ms = self._clock.now_ms()
        is_past = row.keep_until_ms is not None and row.keep_until_ms <= now_ms
        if row.state is StagingState.KEPT and not is_past:
            return ""
        run = known_run(self._store, row.run_id)
        if run is None:
            return "its run was removed"
        if run.status is RunStatus.SUCCEEDED:
            return "its run succeeded"
        if is_past and run.status in RUN_TERMINAL:
            return f"its run ended as {run.status} longer ago than staging is kept"
        return ""

    def _keep_if_over(self, row: StagingRow) -> None:
        run = known_run(self._store, row.run_id)
        if run is None or run.status not in RUN_TERMINAL:
            return
        ended_ms = run.ended_ms or self._clock.now_ms()
        kept = msgspec.structs.replace(
            row, state=StagingState.KEPT, keep_until_ms=ended_ms + self.ttl_ms
        )
        self._store.put_staging(kept)

    def _free(self, row: StagingRow, reason: str) -> bool:
        if not self._store.free_staging(row, self.entry(row.run_id, reason)):
            return False
        _remove(self._state_folder / row.place)
        return True

    def _reclaim(self, run_id: str) -> bool:
        """Remove a folder that is not tracked, or that was freed and is still there."""
        if run_id in self._reclaimed or not self._is_orphan(run_id):
            return False
        self._reclaimed.add(run_id)
        self._store.record(self.entry(run_id, "nothing refers to it"))
        _remove(self.folder(run_id))
        return True

    def _is_orphan(self, run_id: str) -> bool:
        run = known_run(self._store, run_id)
        if run is None or run.status is RunStatus.SUCCEEDED:
            return True
        if run.status not in RUN_TERMINAL:
            return False
        try:
            changed_s = self.folder(run_id).stat().st_mtime
        except OSError:
            return False
        return changed_s * 1000 + self.ttl_ms <= self._clock.now_ms()

    def entry(self, run_id: str, reason: str) -> AuditEntry:
        """Return how it is recorded that the staging of a run goes."""
        return AuditEntry(
            at_ms=self._clock.now_ms(),
            action=FREED,
            run_id=run_id,
            subject=f"staging/{run_id}",
            reason=reason,
        )


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        # Few tasks leave anything there.
        import shutil  # noqa: PLC0415 -- 5 ms that most runs can do without

        shutil.rmtree(folder, ignore_errors=True)
