"""Where runs are kept, and who is told of what was stored."""

from collections.abc import Awaitable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from leo_engine.ports.batches import BatchItemKey, BatchItemRow, BatchRow
from leo_engine.ports.records import (
    AuditEntry,
    DagVersion,
    JournalWrite,
    Lease,
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

if TYPE_CHECKING:
    from asyncio import Future


class Journal(Protocol):
    """The write side of the store, as the run loop sees it."""

    def append(self, write: JournalWrite) -> "Future[int]":
        """Store one write; done when it is committed. Commits follow the calls' order.

        The write renews the lease when a third of it is over. The result is the lease
        as it is then: by the monotonic clock, until when the run is ours, unless this
        write ended it.

        Fails with `StoreError`: after one, nothing later of that run is stored either.
        """

    def flush(self) -> None:
        """Commit what is queued now rather than at the end of the loop's turn."""


class RunStore(Journal, Protocol):
    """The one SQLite file, seen from the engine.

    Sync methods may take milliseconds; reads never wait for a writer.
    """

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
        """Create a run, or say what is in the way.

        One transaction stores its row, DAG version, tasks and lease. `new` skips reuse,
        not busy. `run.options["max_active_runs"]` (default 1) may hold the key at once.
        The run, created or reused, is that of `batch_item` from the same moment on; for
        an entry of a batch the newest run with the same inputs is reused however it
        stands: two batches of one plan never make two.
        """

    def take(self, run_key: int, *, owner: str) -> Taken:
        """Make `owner` the owner of an ended or abandoned run.

        Raises:
            RunBusyError: it has a living owner, or other runs fill its key by now.
            RunNotFoundError: it does not exist.
        """

    def release(self, run_key: int, *, epoch: int) -> None:
        """Give the lease back."""

    def find_run(self, prefix: str) -> RunRow:
        """Return the run whose id begins so ("latest" and "last" name the newest).

        Raises:
            RunNotFoundError: none, or several (they are named).
        """

    def newest_run(self, dag: str, input_hash: str) -> RunRow | None:
        """Return the newest run of a DAG with these inputs; runs of sub-DAGs left out.

        None: there is none, or `input_hash` is empty.
        """

    def runs(self, wanted: RunFilter) -> list[RunRow]:
        """Return runs that match."""

    def tasks(self, run_key: int) -> list[TaskRow]:
        """Return every task of the run, in order of declaration."""

    def attempts(self, run_key: int, task: str = "") -> list[AttemptRow]:
        """Return the attempts of the run, or of one task of it, by start."""

    def outputs(self, run_key: int) -> list[OutputRow]:
        """Return what the tasks of the run have handed on so far."""

    def events(self, run_key: int, after_seq: int = 0) -> Iterator[StoredEvent]:
        """Return events by number, beginning after `after_seq`."""

    def dag_version(self, dag_hash: str) -> DagVersion:
        """Return a stored DAG version; raises `StoreError` when it is not there."""

    def durations(self, dag: str) -> dict[str, int]:
        """Return {task: median milliseconds of recent successes} over runs of `dag`."""

    def request(self, run_key: int, request: RunRequest) -> int:
        """Leave a request for the run's owner; return its number."""

    def open_requests(self, run_key: int) -> list[RunRequest]:
        """Return requests not yet answered, oldest first."""

    def answer(self, request_id: int, answer: str) -> None:
        """Mark a request as dealt with."""

    def answer_to(self, request_id: int) -> str | None:
        """Return how a request was dealt with; None when it is still open."""

    def heartbeat(self, run_key: int, *, epoch: int) -> Awaitable[int]:
        """Prolong the lease; return until when, by the monotonic clock.

        Fails with `LeaseLostError`: it has another owner, or none.
        """

    def lease(self, run_key: int) -> Lease | None:
        """Return who owns the run; None for a run that does not exist."""

    def keep_version(self, version: DagVersion) -> None:
        """Store a DAG version, for a resume that moves to it."""

    def claim_pool(self, claim: PoolClaim, *, limit: int) -> Awaitable[bool]:
        """Take slots of a pool if they are free in every process together.

        A claim goes with its attempt: storing the attempt's outcome gives it back.
        Claims of runs whose lease does not hold do not count. A claim larger than
        `limit` takes the whole pool.
        """

    def drop_claim(self, claim: PoolClaim) -> Awaitable[None]:
        """Give back what was taken for an attempt that was never started."""

    def revision(self) -> int:
        """Return a number that moves when any process, this one too, has committed.

        Costs microseconds. Compare it with an earlier one before looking for new
        events or requests.
        """

    def exceeds(self, retention: Retention) -> bool:
        """Tell whether a limit is exceeded by more than a twentieth. Milliseconds.

        Removing something at every start or end would cost more than it frees.
        """

    def remove(self, retention: Retention, *, dry_run: bool) -> Removed:
        """Remove ended runs; a run that did not end is kept whatever its age.

        What only they were needed for goes with them: DAG versions, batches.
        """

    def add_batch(self, batch: BatchRow, items: Sequence[BatchItemRow]) -> None:
        """Store a batch with all its entries."""

    def assign(
        self, item: BatchItemKey, *, run_id: str = "", skipped: str = ""
    ) -> None:
        """Say which run stands for an entry of a batch, or why it is skipped."""

    def batches(self, limit: int = 50) -> list[BatchRow]:
        """Return batches, newest first."""

    def find_batch(self, prefix: str) -> BatchRow:
        """Return the batch whose id begins so ("latest" and "last" name the newest).

        Raises:
            BatchNotFoundError: none, or several (they are named).
        """

    def batch_items(self, batch_id: str) -> list[BatchItemRow]:
        """Return the entries of a batch by position, each with its run as it is now."""

    def record(self, entry: AuditEntry) -> None:
        """Record what is about to be removed or ended."""

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """Return recorded deletions, newest first."""

    def put_staging(self, row: StagingRow) -> None:
        """Store what is known of a place of staging, in place of what was."""

    def staging(self) -> list[StagingRow]:
        """Return the staging that is not freed, oldest run first."""

    def free_staging(self, row: StagingRow, entry: AuditEntry) -> bool:
        """Record, together, that staging is freed and why; to be removed after that.

        False, and nothing is recorded, when the row is not as given any more: a resume
        wants the files again, or another process has freed them.
        """

    def export_run(self, run_key: int) -> bytes:
        """Return everything stored about a run as one JSON object with a `format`."""

    def check(self) -> list[str]:
        """Look for damage; one line for each finding. Reads the whole file."""

    def close(self) -> None:
        """Store what is queued and close the file."""


class Observer(Protocol):
    """Told of everything stored, in order, on the engine's thread; never raises."""

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """See what has just become durable of one run: events, rows they changed."""
