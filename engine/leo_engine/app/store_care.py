"""The part of the facade that looks after what is stored: audits, repairs, removals."""

from pathlib import Path
from typing import TYPE_CHECKING

from leo_engine.app import catalogue
from leo_engine.app.executors import Executors, executor_findings
from leo_engine.app.premises import Premises
from leo_engine.app.types import Finding, Removed
from leo_engine.errors import StoreError
from leo_engine.loader.folder_settings import FolderSettings, read_folder_settings
from leo_engine.ports import AuditEntry, Retention

if TYPE_CHECKING:
    from leo_engine.app.doctor import Doctor
    from leo_engine.app.housekeeping import Housekeeping
    from leo_engine.app.upkeep import Upkeep


class StoreCare(Premises):
    """What was stored: audited, repaired, removed, exported."""

    def export(
        self, prefix: str, target: Path | None, *, with_logs: bool
    ) -> bytes | Path:
        """Return a run as JSON, or write an archive of it with its logs to `target`."""
        return self._upkeep().export(prefix, target, with_logs=with_logs)

    def verify(self, prefix: str) -> list[Finding]:
        """Audit a run's journal against the rules and against what is shown of it."""
        return self._upkeep().verify(prefix)

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """Return what was deleted or ended, and why; newest first."""
        return self._opened().audit(limit) if self._has_store() else []

    def doctor(self, *, fix: bool = False) -> list[Finding]:
        """Look at everything runs depend on; one finding for each.

        It asks daemons, and waits for them: not to be called from a running loop. `fix`
        repairs what needs no decision.
        """
        from leo_engine.app.interpreters import interpreter_findings  # noqa: PLC0415 -- rare

        files = catalogue.load_catalogue(self.settings.folder)
        found = [
            catalogue.finding(files),
            *executor_findings(one.dag for one in files.dags),
            *interpreter_findings(files.dags),
        ]
        if self._has_store():
            try:
                found += self._doctor().examine(fix=fix)
            except StoreError as error:
                found.append(Finding("store", "error", str(error)))
        return found

    def gc(self, limits: Retention, *, dry_run: bool) -> list[Removed]:
        """Remove ended runs with their logs; no limit given removes nothing."""
        housekeeping = self._housekeeping(read_folder_settings(self.settings.folder))
        removed = housekeeping.retaining.collect(limits, dry_run=dry_run)
        if not dry_run:
            housekeeping.staging.sweep()
        return removed

    def delete_run(self, prefix: str) -> Removed:
        """Remove an ended run with its logs and staging; return what it was.

        Raises:
            RunNotFoundError: no such run.
            RunBusyError: it has not ended, or somebody goes on with it.
        """
        run = self._opened().find_run(prefix)
        return self._housekeeping(None).retaining.delete(run)

    def _housekeeping(self, folder_settings: FolderSettings | None) -> "Housekeeping":
        from leo_engine.app.housekeeping import Housekeeping  # noqa: PLC0415 -- rare

        return Housekeeping(
            store=self._opened(),
            clock=self._clock,
            state_folder=self.settings.state_folder,
            folder_settings=folder_settings,
        )

    def _doctor(self) -> "Doctor":
        from leo_engine.app.doctor import Doctor  # noqa: PLC0415 -- rare

        return Doctor(
            store=self._opened(),
            clock=self._clock,
            state_folder=self.settings.state_folder,
            housekeeping=self._housekeeping(read_folder_settings(self.settings.folder)),
            looking=self._looking(),
            executors=Executors(record_folder=self.settings.record_folder, base_env={}),
        )

    def _upkeep(self) -> "Upkeep":
        from leo_engine.app.upkeep import Upkeep  # noqa: PLC0415 -- rare

        return Upkeep(self.settings, self._opened(), self._looking())
