"""Everything that a store in memory knows about one run."""

from collections.abc import Callable, Iterable

import msgspec

from leo_engine.errors import LeaseLostError, StoreError
from leo_engine.ports import (
    AuditEntry,
    DagVersion,
    JournalWrite,
    Lease,
    PoolClaim,
    RemovedRun,
    Retention,
    RunRow,
    StoredEvent,
)
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus


class StoredRun:
    """A run, its lease, its projections and its journal."""

    def __init__(self, row: RunRow, lease: Lease, tasks: Iterable[TaskRow]) -> None:
        self.row = row
        self.lease = lease
        self.tasks = {task.task: task for task in tasks}
        self.attempts: dict[tuple[str, int], AttemptRow] = {}
        self.outputs: dict[str, OutputRow] = {}
        self.events: list[StoredEvent] = []
        self.claims: dict[tuple[str, int], PoolClaim] = {}
        self._refused_epoch: int | None = None
        self._refusal = StoreError()

    def age(self) -> tuple[int, int]:
        """Return what sorts runs oldest first."""
        return age(self.row)

    def hand_over(self, lease: Lease) -> None:
        """Give the run a new owner, whatever its former ones were refused."""
        self.lease = lease
        self._refused_epoch = None

    def refuse_or_admit(self, write: JournalWrite, failure: StoreError | None) -> None:
        """Admit the write, or refuse it and every later one of its owner.

        Raises:
            StoreError: why it is refused, `failure` first of all.
        """
        refusal = self._reason_to_refuse(write, failure)
        if refusal is not None:
            self._refused_epoch, self._refusal = write.epoch, refusal
            raise refusal

    def apply(self, write: JournalWrite) -> None:
        """Store a write that was admitted."""
        self.events += [
            StoredEvent(seq, event)
            for seq, event in enumerate(write.events, write.first_seq)
        ]
        self.tasks |= {row.task: row for row in write.tasks}
        self.attempts |= {(row.task, row.attempt): row for row in write.attempts}
        for attempt in write.attempts:
            if attempt.outcome:
                self.claims.pop((attempt.task, attempt.attempt), None)
        self._put_outputs(write.outputs)
        if write.run is not None:
            self.row = msgspec.structs.replace(
                write.run,
                run_key=self.row.run_key,
                run_id=self.row.run_id,
                created_ms=self.row.created_ms,
            )
            if write.run.status in RUN_TERMINAL:
                self.lease = msgspec.structs.replace(self.lease, owner="")

    def seen(self, *, is_owned: bool) -> RunRow:
        """Return the row as a reader sees it."""
        if is_owned or self.row.status in RUN_TERMINAL:
            return self.row
        return msgspec.structs.replace(self.row, status=RunStatus.INTERRUPTED)

    def attempts_of(self, task: str) -> list[AttemptRow]:
        """Return the attempts of a task, or of all when it is empty, by start."""
        rows = [row for row in self.attempts.values() if task in {"", row.task}]
        return sorted(rows, key=lambda row: (row.started_ms, row.task, row.attempt))

    def exported(self, row: RunRow, version: DagVersion) -> bytes:
        """Return everything as JSON, the run's row as a reader sees it."""
        whole = {
            "format": 1,
            "run": row,
            "dag_version": msgspec.structs.asdict(version)
            | {"resolved": msgspec.Raw(version.resolved)},
            "tasks": list(self.tasks.values()),
            "attempts": self.attempts_of(""),
            "outputs": [row for _, row in sorted(self.outputs.items())],
            "events": self.events,
        }
        return msgspec.json.encode(whole)

    def reason_to_remove(self, limits: Retention, now_ms: int, newer: int) -> str:
        """Return why retention is against the run; empty when it is not."""
        if limits.run_id == self.row.run_id:
            return "somebody asked for it"
        ended_ms = self.row.ended_ms or self.row.created_ms
        age_ms = limits.older_than_ms
        if age_ms is not None and now_ms - ended_ms > age_ms:
            return "too old"
        if limits.keep_runs is not None and newer >= limits.keep_runs:
            return f"{newer} newer runs of {self.row.dag!r} have ended"
        return ""

    def _reason_to_refuse(
        self, write: JournalWrite, failure: StoreError | None
    ) -> StoreError | None:
        if write.epoch == self._refused_epoch:
            return self._refusal
        if failure is not None:
            return failure
        if write.epoch != self.lease.epoch or not self.lease.owner:
            return lease_lost(self.row.run_key, write.epoch)
        due = len(self.events) + 1
        if write.events and write.first_seq != due:
            return StoreError(f"the journal goes on with event {due}")
        return None

    def _put_outputs(self, rows: Iterable[OutputRow]) -> None:
        for row in rows:
            self.outputs.pop(row.task, None)
            if row.output is not None or row.registered is not None:
                self.outputs[row.task] = row


def lease_lost(run_key: int, epoch: int) -> LeaseLostError:
    """Return the error for a former owner."""
    return LeaseLostError(f"run {run_key} is not owned under epoch {epoch} any more")


def busy_message(occupant: RunRow) -> str:
    """Return why a run has to wait."""
    return f"run {occupant.run_id} of {occupant.dag!r} is under way"


def owned_message(run: RunRow, lease: Lease) -> str:
    """Return why a run cannot be taken."""
    return f"run {run.run_id} of {run.dag!r} is driven by {lease.owner}"


def max_active_runs(run: RunRow) -> int:
    """Return how many runs may be active under the run's key."""
    wanted = run.options.get("max_active_runs", 1)
    return wanted if isinstance(wanted, int) and wanted > 0 else 1


def age(row: RunRow) -> tuple[int, int]:
    """Return what sorts runs oldest first."""
    return row.created_ms, row.run_key


def order(sort: str, now_ms: int) -> Callable[[RunRow], int | str]:
    """Return the key function of a `RunFilter.sort` other than `created`."""
    by: dict[str, Callable[[RunRow], int | str]] = {
        "duration": lambda row: _duration_ms(row, now_ms),
        "dag": lambda row: row.dag,
        "status": lambda row: row.status.value,
    }
    return by[sort]


def removal(run: RemovedRun, at_ms: int) -> AuditEntry:
    """Return how the removal of a run is recorded."""
    return AuditEntry(
        at_ms=at_ms,
        action="remove run",
        run_id=run.run_id,
        subject=run.dag,
        reason=run.reason,
    )


def _duration_ms(row: RunRow, now_ms: int) -> int:
    """Return how long it ran, or has been running; one that never did is shortest."""
    if row.started_ms is None:
        return -1
    return (now_ms if row.ended_ms is None else row.ended_ms) - row.started_ms
