"""Looking after the store and what surrounds it: verify, doctor, gc, export."""

import shutil
import tarfile
from io import BytesIO
from pathlib import Path

from leo_engine.app.history import stored_dag
from leo_engine.app.looking import Looking
from leo_engine.app.retelling import Retelling
from leo_engine.app.types import Finding, Removed
from leo_engine.config import Settings
from leo_engine.errors import LeoError
from leo_engine.ids import path_segment
from leo_engine.ports import Clock, Retention, RunFilter, RunRow, RunStore
from leo_engine.state.audit import first_violation
from leo_engine.state.status import RunStatus

_LITTLE_SPACE_BYTES = 1 << 30
_OK, _WARNING, _ERROR = "ok", "warning", "error"


class Upkeep:
    """Audits, repairs, removes and exports."""

    def __init__(
        self, settings: Settings, store: RunStore, looking: Looking, clock: Clock
    ) -> None:
        self._settings = settings
        self._store = store
        self._looking = looking
        self._clock = clock

    def verify(self, prefix: str) -> list[Finding]:
        """Return what is wrong with a run's journal, rows and logs; [] if sound."""
        run = self._store.find_run(prefix)
        subject = f"run {run.run_id}"
        found = first_violation(
            ((stored.seq, stored.event) for stored in self._store.events(run.run_key)),
            lambda dag_hash: stored_dag(self._store, dag_hash),
        )
        if found is not None:
            return [Finding(subject, _ERROR, found)]
        messages = [*self._differences(run), *self._missing_logs(run)]
        return [Finding(subject, _ERROR, message) for message in messages]

    def _differences(self, run: RunRow) -> list[str]:
        """Return where rows differ from the fold of the events."""
        retelling = Retelling(lambda dag_hash: stored_dag(self._store, dag_hash))
        tasks, attempts = {}, {}
        for stored in self._store.events(run.run_key):
            retelling.take(stored.event)
            rows = retelling.rows()
            tasks.update({row.task: row for row in rows.tasks})
            attempts.update({(row.task, row.attempt): row for row in rows.attempts})
        shown_tasks = {row.task: row for row in self._store.tasks(run.run_key)}
        shown_attempts = {
            (row.task, row.attempt): row for row in self._store.attempts(run.run_key)
        }
        return [
            *(
                f"task {name} is shown as {shown_tasks.get(name)}, its events say {row}"
                for name, row in tasks.items()
                if shown_tasks.get(name) != row
            ),
            *(
                f"attempt {number} of {name} differs from its events"
                for (name, number), row in attempts.items()
                if shown_attempts.get((name, number)) != row
            ),
        ]

    def _missing_logs(self, run: RunRow) -> list[str]:
        folder = self._settings.state_folder / "runs" / run.run_id
        return [
            f"the log of attempt {row.attempt} of {row.task} is gone"
            for row in self._store.attempts(run.run_key)
            if row.executor == "subprocess"
            and row.handle
            and not (folder / path_segment(row.task) / f"{row.attempt}.log").exists()
        ]

    def doctor(self, *, fix: bool) -> list[Finding]:
        """Return one finding for each thing that runs depend on."""
        return [
            *self._look_at_store(),
            self._look_at_disk(),
            self._look_at_clock(),
            *self._look_at_runs(),
            *self._look_at_folders(fix=fix),
        ]

    def _look_at_store(self) -> list[Finding]:
        damage = self._store.check()
        if not damage:
            return [Finding("store", _OK, f"{self._settings.state_folder} is sound")]
        remedy = "export what can be read, then move leo.db away"
        return [Finding("store", _ERROR, line, remedy) for line in damage]

    def _look_at_disk(self) -> Finding:
        free = shutil.disk_usage(self._settings.state_folder).free
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
            RunFilter(statuses=(RunStatus.INTERRUPTED,), limit=1000)
        )
        if not stale:
            return [Finding("runs", _OK, "every run under way has an owner")]
        return [
            Finding(
                f"run {run.run_id}",
                _WARNING,
                f"{run.dag} was interrupted: its engine is gone",
                f"leo-tui resume {run.run_id[:13]}",
            )
            for run in stale
        ]

    def _look_at_folders(self, *, fix: bool) -> list[Finding]:
        """Find folders of runs that the store does not know."""
        state = self._settings.state_folder
        orphans = [
            path
            for parent in (state / "runs", state / "staging")
            if parent.is_dir()
            for path in parent.iterdir()
            if not self._knows(path.name)
        ]
        if not orphans:
            return [Finding("folders", _OK, "every run folder belongs to a run")]
        if not fix:
            message = f"{len(orphans)} folders belong to no run"
            return [Finding("folders", _WARNING, message, "leo-tui doctor --fix")]
        for path in orphans:
            shutil.rmtree(path, ignore_errors=True)
        return [Finding("folders", _OK, f"removed {len(orphans)} folders of no run")]

    def _knows(self, run_id: str) -> bool:
        try:
            return self._store.find_run(run_id).run_id == run_id
        except LeoError:
            return False

    def collect(self, limits: Retention, *, dry_run: bool) -> list[Removed]:
        """Remove ended runs, then their folders; a dry run only says which."""
        doomed = self._store.remove(limits, dry_run=True).runs
        removed = [self._removed(one.run_id) for one in doomed]
        if not dry_run:
            gone = {
                one.run_id for one in self._store.remove(limits, dry_run=False).runs
            }
            removed = [one for one in removed if one.run_id in gone]
            for one in removed:
                for folder in self._folders(one.run_id):
                    shutil.rmtree(folder, ignore_errors=True)
        return removed

    def _removed(self, run_id: str) -> Removed:
        run = self._store.find_run(run_id)
        files = (path for folder in self._folders(run_id) for path in folder.rglob("*"))
        size_bytes = sum(path.lstat().st_size for path in files if not path.is_dir())
        return Removed(run_id, run.dag, run.status, run.created_ms, size_bytes)

    def _folders(self, run_id: str) -> tuple[Path, Path]:
        state = self._settings.state_folder
        return state / "runs" / run_id, state / "staging" / run_id

    def export(
        self, prefix: str, target: Path | None, *, with_logs: bool
    ) -> bytes | Path:
        """Return a run as JSON, or write an archive with masked logs to `target`."""
        run = self._store.find_run(prefix)
        document = self._store.export_run(run.run_key)
        if not with_logs:
            return document
        path = target or Path(f"{run.dag}-{run.run_id}.tar.gz")
        with tarfile.open(path, "w:gz") as archive:
            _add(archive, f"{run.run_id}/run.json", document)
            for row in self._store.attempts(run.run_key):
                for log in self._looking.logs(run.run_id, row.task, row.attempt):
                    text = "".join(self._looking.read_log(log))
                    name = f"{run.run_id}/{path_segment(row.task)}/{log.path.name}"
                    _add(archive, name, text.encode())
        path.chmod(0o600)
        return path


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o600
    archive.addfile(member, BytesIO(content))
