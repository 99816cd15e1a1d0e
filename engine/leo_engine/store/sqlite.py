"""The port `RunStore` on one SQLite file."""

import sqlite3
from asyncio import Future
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from leo_engine.ports import (
    AuditEntry,
    BatchItemKey,
    BatchItemRow,
    BatchRow,
    Busy,
    Clock,
    Created,
    DagVersion,
    Instant,
    JournalWrite,
    Lease,
    LeaseJudge,
    PoolClaim,
    Prepared,
    Removed,
    Retention,
    RunFilter,
    RunRequest,
    RunRow,
    StagingRow,
    StoredEvent,
    Taken,
)
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.store import (
    audit,
    batches,
    durations,
    event_log,
    leases,
    pools,
    prepare,
    queries,
    retention,
    run_requests,
    staging,
    upkeep,
)
from leo_engine.store.connection import LOCK_WAIT_MS, connect, make_file
from leo_engine.store.fault import translated
from leo_engine.store.finding import find_run
from leo_engine.store.leases import Renewal, Tenure
from leo_engine.store.migrate import bring_up_to_date
from leo_engine.store.readers import Readers
from leo_engine.store.writer import Writer


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How this process uses the store."""

    clock: Clock
    judge: LeaseJudge = Lease.is_live
    """Says whether a lease holds: give one that knows whether the owner lives."""
    lease_ms: int = 30_000
    """How long a run stays owned without a heartbeat or a write."""
    lock_wait_ms: int = LOCK_WAIT_MS
    """How long to wait while another process holds the file."""
    synced: bool = False
    """Every commit reaches the disk: safe from a loss of power as well."""


def open_store(path: Path, terms: Terms) -> "SqliteStore":
    """Open the database, with its folder made, created or migrated as needed.

    Raises:
        SchemaVersionError: a newer leo-tui wrote it.
        StoreError: it is damaged, not ours, locked, or cannot be written.
    """
    make_file(path)
    with translated(path):
        connection = connect(path, synced=terms.synced)
        try:
            bring_up_to_date(connection, path)
            return SqliteStore(connection, path, terms)
        except BaseException:
            connection.close()
            raise


class SqliteStore:
    """Runs in a file that several processes share.

    Safe to use from any thread. `append`, `heartbeat`, `claim_pool` and `drop_claim`
    need a running loop and do not block it; the other methods that write wait while
    another process holds the file.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, terms: Terms
    ) -> None:
        self._terms = terms
        self._readers = Readers(path)
        self._renewal = Renewal(clock=terms.clock, lease_ms=terms.lease_ms)
        self._writer = Writer(
            connection,
            path,
            renewal=self._renewal,
            synced=terms.synced,
            lock_wait_ms=terms.lock_wait_ms,
        )

    def append(self, write: JournalWrite) -> Future[int]:
        """Store one write at the end of this turn of the loop."""
        return self._writer.submit(write)

    def flush(self) -> None:
        """Commit what is queued now."""
        self._writer.flush()

    def prepare(
        self,
        run: RunRow,
        version: DagVersion,
        tasks: Iterable[TaskRow],
        *,
        owner: str,
        new: bool,
        batch_item: BatchItemKey | None = None,
    ) -> Prepared:
        """Create the run, or say what is in its way."""

        def create(cursor: sqlite3.Cursor) -> Prepared:
            is_open = batch_item is None or new
            answer = (None if is_open else prepare.standing(cursor, run)) or (
                prepare.prepare(
                    cursor, run, version, tasks, tenure=self._tenure(owner), new=new
                )
            )
            if isinstance(answer, Created):
                self._writer.committer.welcome(answer.run_key)
            if batch_item is not None and not isinstance(answer, Busy):
                run_id = run.run_id if isinstance(answer, Created) else answer.run_id
                batches.assign(cursor, batch_item, run_id, "")
            return answer

        return self._writer.call(create)

    def take(self, run_key: int, *, owner: str) -> Taken:
        """Make `owner` the owner."""

        def take_over(cursor: sqlite3.Cursor) -> Taken:
            taken = prepare.take_over(cursor, run_key, self._tenure(owner))
            self._writer.committer.welcome(run_key)
            if pools.has_claims(cursor, run_key):
                self._writer.committer.watch_claims(run_key)
            return taken

        return self._writer.call(take_over)

    def release(self, run_key: int, *, epoch: int) -> None:
        """Give the lease back."""
        self._writer.call(lambda cursor: leases.release(cursor, run_key, epoch))

    def heartbeat(self, run_key: int, *, epoch: int) -> Awaitable[int]:
        """Prolong the lease."""
        return self._writer.submit(
            lambda cursor: self._renewal.beat(cursor, run_key, epoch)
        )

    def keep_version(self, version: DagVersion) -> None:
        """Store a DAG version."""
        self._writer.call(lambda cursor: prepare.keep_version(cursor, version))

    def claim_pool(self, claim: PoolClaim, *, limit: int) -> Awaitable[bool]:
        """Take slots of a shared pool if they are free."""

        def take_slots(cursor: sqlite3.Cursor) -> bool:
            self._writer.committer.watch_claims(claim.run_key)
            return pools.claim(cursor, claim, limit, self._tenure(""))

        return self._writer.submit(take_slots)

    def drop_claim(self, claim: PoolClaim) -> Awaitable[None]:
        """Give the slots back."""
        key = (claim.run_key, claim.task, claim.attempt)
        return self._writer.submit(lambda cursor: pools.drop(cursor, [key]))

    def request(self, run_key: int, request: RunRequest) -> int:
        """Leave a request and return its number."""
        return self._writer.call(
            lambda cursor: run_requests.leave(cursor, run_key, request)
        )

    def answer(self, request_id: int, answer: str) -> None:
        """Record the answer to a request."""
        self._writer.call(
            lambda cursor: run_requests.answer(cursor, request_id, answer)
        )

    def find_run(self, prefix: str) -> RunRow:
        """Return the run whose id begins so."""
        with self._readers.look() as connection:
            return find_run(connection, prefix, self._present())

    def newest_run(self, dag: str, input_hash: str) -> RunRow | None:
        """Return the newest run of a DAG with these inputs."""
        with self._readers.look() as connection:
            return queries.newest_run(connection, dag, input_hash, self._present())

    def runs(self, wanted: RunFilter) -> list[RunRow]:
        """Return the runs that match."""
        with self._readers.look() as connection:
            return queries.runs(connection, wanted, self._present())

    def tasks(self, run_key: int) -> list[TaskRow]:
        """Return the tasks in order of declaration."""
        with self._readers.look() as connection:
            return queries.tasks(connection, run_key)

    def attempts(self, run_key: int, task: str = "") -> list[AttemptRow]:
        """Return the attempts by start."""
        with self._readers.look() as connection:
            return queries.attempts(connection, run_key, task)

    def outputs(self, run_key: int) -> list[OutputRow]:
        """Return what tasks handed on."""
        with self._readers.look() as connection:
            return queries.outputs(connection, run_key)

    def events(self, run_key: int, after_seq: int = 0) -> Iterator[StoredEvent]:
        """Return events by number, read a page at a time."""
        return event_log.events(self._readers, run_key, after_seq)

    def dag_version(self, dag_hash: str) -> DagVersion:
        """Return a stored DAG version."""
        with self._readers.look() as connection:
            return queries.dag_version(connection, dag_hash)

    def durations(self, dag: str) -> dict[str, int]:
        """Return {task: median milliseconds}."""
        with self._readers.look() as connection:
            return durations.medians(connection, dag)

    def open_requests(self, run_key: int) -> list[RunRequest]:
        """Return the requests not yet answered."""
        with self._readers.look() as connection:
            return run_requests.open_requests(connection, run_key)

    def answer_to(self, request_id: int) -> str | None:
        """Return the answer to a request."""
        with self._readers.look() as connection:
            return run_requests.answer_to(connection, request_id)

    def lease(self, run_key: int) -> Lease | None:
        """Return who owns the run."""
        with self._readers.look() as connection:
            return leases.lease_for(connection, run_key)

    def revision(self) -> int:
        """Return a number that moves with every commit."""
        return self._readers.revision()

    def add_batch(self, batch: BatchRow, items: Sequence[BatchItemRow]) -> None:
        """Store a batch with its entries."""
        self._writer.call(lambda cursor: batches.add(cursor, batch, items))

    def assign(
        self, item: BatchItemKey, *, run_id: str = "", skipped: str = ""
    ) -> None:
        """Say what became of an entry of a batch."""
        self._writer.call(lambda cursor: batches.assign(cursor, item, run_id, skipped))

    def batches(self, limit: int = 50) -> list[BatchRow]:
        """Return batches, newest first."""
        with self._readers.look() as connection:
            return batches.newest(connection, limit)

    def find_batch(self, prefix: str) -> BatchRow:
        """Return the batch whose id begins so."""
        with self._readers.look() as connection:
            return batches.find(connection, prefix)

    def batch_items(self, batch_id: str) -> list[BatchItemRow]:
        """Return the entries of a batch."""
        with self._readers.look() as connection:
            return batches.items(connection, batch_id, self._present())

    def record(self, entry: AuditEntry) -> None:
        """Record a deletion."""
        self._writer.call(lambda cursor: audit.record(cursor, entry))

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """Return recorded deletions, newest first."""
        with self._readers.look() as connection:
            return audit.newest(connection, limit)

    def put_staging(self, row: StagingRow) -> None:
        """Store what is known of a place of staging."""
        self._writer.call(lambda cursor: staging.put(cursor, row))

    def staging(self) -> list[StagingRow]:
        """Return the staging that is not freed."""
        with self._readers.look() as connection:
            return staging.held(connection)

    def free_staging(self, row: StagingRow, entry: AuditEntry) -> bool:
        """Record that staging is freed, and why."""
        return self._writer.call(lambda cursor: staging.free(cursor, row, entry))

    def check(self) -> list[str]:
        """Look for damage."""
        with self._readers.look() as connection:
            return upkeep.check(connection)

    def exceeds(self, limits: Retention) -> bool:
        """Tell whether a limit is well exceeded."""
        with self._readers.look() as connection:
            return retention.exceeds(connection, limits, self._terms.clock.now_ms())

    def remove(self, limits: Retention, *, dry_run: bool) -> Removed:
        """Remove ended runs."""
        with self._readers.look() as connection:
            if dry_run:
                return retention.preview(connection, limits, self._terms.clock.now_ms())
            removed = retention.remove(
                connection, self._writer.call, limits, self._terms.clock.now_ms()
            )
            upkeep.shrink(connection)
            return removed

    def export_run(self, run_key: int) -> bytes:
        """Return everything about a run as JSON."""
        from leo_engine.store.export import exported  # noqa: PLC0415 -- seldom needed

        run = self._run(run_key)
        return exported(
            run,
            self.dag_version(run.dag_hash),
            tasks=self.tasks(run_key),
            attempts=self.attempts(run_key),
            outputs=self.outputs(run_key),
            events=list(self.events(run_key)),
        )

    def close(self) -> None:
        """Store what is queued and close the file."""
        self._readers.close()
        self._writer.close()

    def _run(self, run_key: int) -> RunRow:
        with self._readers.look() as connection:
            return queries.run(connection, run_key, self._present())

    def _tenure(self, owner: str) -> Tenure:
        return Tenure(
            owner=owner,
            now=Instant.of(self._terms.clock),
            lease_ms=self._terms.lease_ms,
            judge=self._terms.judge,
        )

    def _present(self) -> queries.Present:
        return queries.Present(Instant.of(self._terms.clock), self._terms.judge)
