"""A run's record, audited and exported."""

import tarfile
from io import BytesIO
from pathlib import Path

from leo_engine.app.history import stored_dag
from leo_engine.app.looking import Looking
from leo_engine.app.retelling import Retelling
from leo_engine.app.types import Finding
from leo_engine.config import Settings
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.survey import start_counts
from leo_engine.ids import path_segment
from leo_engine.ports import RunRow, RunStore
from leo_engine.state.audit import first_violation

_ERROR = "error"


class Upkeep:
    """Audits and exports."""

    def __init__(self, settings: Settings, store: RunStore, looking: Looking) -> None:
        self._settings = settings
        self._store = store
        self._looking = looking

    def verify(self, prefix: str) -> list[Finding]:
        """Return what is wrong with a run's journal, rows, logs and records; or []."""
        run = self._store.find_run(prefix)
        subject = f"run {run.run_id}"
        found = first_violation(
            ((stored.seq, stored.event) for stored in self._store.events(run.run_key)),
            lambda dag_hash: stored_dag(self._store, dag_hash),
        )
        if found is not None:
            return [Finding(subject, _ERROR, found)]
        messages = [
            *self._differences(run),
            *self._missing_logs(run),
            *self._repeated_starts(run),
        ]
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
            and _was_started(row.handle)
            and not (folder / path_segment(row.task) / f"{row.attempt}.log").exists()
        ]

    def _repeated_starts(self, run: RunRow) -> list[str]:
        """Return attempts that were started twice, by the records that remain."""
        counts = start_counts(self._settings.record_folder, run.run_id)
        return [
            f"attempt {key.attempt} of {key.task} was started {count} times"
            for key, count in counts.items()
            if count > 1
        ]

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


def _was_started(handle: str) -> bool:
    """Tell whether a warden is known to have started what the handle stands for."""
    return bool(handle) and ProcessHandle.parse(handle).pid > 0


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o600
    archive.addfile(member, BytesIO(content))
