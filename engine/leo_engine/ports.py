"""What the engine's shells need from the world: Protocols and the data they take.

Every port has a fake in `leo_engine.testing` and one exam in `tests/contract/` that
fakes and real adapters both take.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from leo_engine.spec.model import Action, ExecutorName, Json
from leo_engine.state.event import Event
from leo_engine.state.outcome import Outcome
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import RunStatus

if TYPE_CHECKING:
    from asyncio import Future


class Clock(Protocol):
    """Time, in integer milliseconds."""

    def now_ms(self) -> int:
        """Return the wall clock: milliseconds since 1970."""

    def monotonic_ms(self) -> int:
        """Return a clock that never jumps; only differences mean something."""


class AttemptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, with every template rendered."""

    run_id: str
    dag: str
    task: str
    attempt: int
    action: Action
    env: Mapping[str, str]
    """Variables over the base environment; with `clean_env`, all there are."""
    clean_env: bool = False
    hidden: tuple[str, ...] = ()
    """Variables of the base environment that the attempt must not see."""
    working_dir: str
    """Absolute."""
    log_path: str
    """Absolute; the executor makes the file (0600) and its folder (0700)."""
    stdout_path: str = ""
    """Absolute; when given, stdout goes here and only stderr to `log_path`."""
    log_max_bytes: int | None = None


class Executor(Protocol):
    """Runs attempts somewhere.

    Handles are text, so that they can be stored and attached to after a restart.
    """

    name: ExecutorName

    async def preflight(self) -> None:
        """Raise `ExecutorUnavailableError`: what is missing, what to do about it."""

    async def start(self, request: AttemptRequest) -> str:
        """Launch, return the handle; raise `LaunchError` when nothing was launched."""

    async def wait(self, handle: str) -> Outcome:
        """Return how it ended: `Succeeded`, `Failed` or `Lost`, output not yet read.

        Cancelling ends the waiting, not the attempt.
        """

    async def stop(self, handle: str, grace_ms: int) -> None:
        """TERM, wait the grace, KILL; return when it is gone, as it may be already."""

    async def attach(self, handle: str) -> bool:
        """Find a stored handle again so that `wait` and `stop` work.

        False when there is nothing left to wait for: `wait` still returns the true
        outcome when one was recorded, else `Lost`.
        """

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the handle of an attempt whose launch was not recorded any more.

        None: it was never launched, and never will be. When nobody knows, the handle is
        one whose `wait` returns `Lost`.
        """

    async def ended_ms(self, handle: str) -> int | None:
        """Return when an attempt ended, by the wall clock; None: not recorded."""

    async def aclose(self) -> None:
        """Let go of everything that is not an attempt; attempts go on."""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run as people query it."""

    run_key: int = 0
    """Small integer that other tables refer to; 0 before it is stored."""
    run_id: str
    dag: str
    dag_hash: str
    """Key of `dag_versions`."""
    file: str
    """Path of the DAG file, relative to the DAG folder."""
    status: RunStatus
    generation: int = 1
    params: Mapping[str, Json] = {}
    options: Mapping[str, Json] = {}
    """How it was started: strategy, slots, executor … What `resume` starts from."""
    trigger: str = "cli"
    """cli, screen, schedule or sub-dag."""
    parent_run: str = ""
    parent_task: str = ""
    created_ms: int
    started_ms: int | None = None
    ended_ms: int | None = None
    paused: bool = False
    error: str = ""
    total: int = 0
    """Number of tasks, hooks not counted."""
    succeeded: int = 0
    failed: int = 0
    """Failed and upstream_failed, failures that are ignored not counted."""
    skipped: int = 0
    concurrency_key: str = ""
    input_hash: str = ""


class DagVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A DAG as it was when a run began, whole."""

    dag_hash: str
    """Hex BLAKE2b of `resolved`."""
    name: str
    source: str
    """The file's text; for a `*.dag.py`, the JSON it printed."""
    source_format: str
    """toml, yaml or json."""
    resolved: bytes
    """`spec.model.Dag` as JSON."""


class Created(msgspec.Struct, frozen=True):
    """The run is yours."""

    run_key: int
    epoch: int


class Reuse(msgspec.Struct, frozen=True):
    """The same DAG version with the same parameters is already under way: follow it."""

    run_id: str


class Busy(msgspec.Struct, frozen=True):
    """Something else holds the concurrency key."""

    occupant: str
    """Run id."""
    message: str


Prepared = Created | Reuse | Busy


class JournalWrite(msgspec.Struct, kw_only=True):
    """What one turn of the run loop wants stored, all or nothing, in one transaction.

    Rows are whole and replace what was there: by task, attempts also by number.
    """

    run_key: int
    epoch: int
    """A stale epoch is refused: `LeaseLostError` for the whole write."""
    first_seq: int
    """Number of the first event; numbers are gap-free per run and start at 1."""
    events: Sequence[Event]
    tasks: Sequence[TaskRow] = ()
    attempts: Sequence[AttemptRow] = ()
    outputs: Sequence[OutputRow] = ()
    run: RunRow | None = None
    """The run's row when it changed."""


class Journal(Protocol):
    """The write side of the store, as the run loop sees it."""

    def append(self, write: JournalWrite) -> "Future[None]":
        """Store one write; done when it is committed. Commits follow the calls' order.

        Fails with `StoreError`: after one, nothing later of that run is stored either.
        """

    def flush(self) -> None:
        """Commit what is queued now rather than at the end of the loop's turn."""


class StoredEvent(msgspec.Struct, frozen=True):
    """An event with its place in the run's journal."""

    seq: int
    event: Event


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list; newest first."""

    dag: str = ""
    statuses: tuple[RunStatus, ...] = ()
    since_ms: int | None = None
    """Created at or after."""
    limit: int = 50
    sort: str = "created"
    """created, duration, dag or status."""
    descending: bool = True


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Something another process wants of a run's owner."""

    request_id: int = 0
    action: str
    """cancel, pause, unpause, retry, approve or refuse."""
    tasks: tuple[str, ...] = ()
    downstream: bool = False
    by: str = ""
    note: str = ""
    at_ms: int


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a run, and until when."""

    run_key: int
    owner: str
    """What `prepare` or `take` was told; empty when nobody does."""
    epoch: int
    """Grows by one with every change of owner; writes carry it."""
    expires_ms: int
    """Wall clock."""
    beats: int = 0
    """Grows by one with every heartbeat: lets others watch a living owner without
    trusting the wall clock."""

    def is_live(self, now_ms: int) -> bool:
        """Tell whether somebody owns the run, going by the wall clock alone."""
        return bool(self.owner) and now_ms < self.expires_ms


LeaseJudge = Callable[[Lease, int], bool]
"""Says whether a lease holds at a time; `Lease.is_live`, or something that knows more
(the owner's process is gone). Called for leases with an owner only."""


class PoolClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt takes of a pool that several processes share."""

    run_key: int
    task: str
    attempt: int
    pool: str
    slots: int = 1


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Which ended runs to remove: those that any limit is against."""

    keep_runs: int | None = None
    """Newest runs to keep of each DAG."""
    older_than_ms: int | None = None
    """Ended longer ago than this."""
    max_bytes: int | None = None
    """Size of the database; the oldest runs go until it is estimated to fit."""


class RemovedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that retention removed, or would remove."""

    run_id: str
    dag: str
    reason: str
    """One line."""


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What retention did, or with a dry run would do."""

    runs: tuple[RemovedRun, ...] = ()
    """Oldest first. Their folders of logs are the caller's to remove."""
    dag_versions: int = 0
    """Versions that no run refers to any more."""
    freed_bytes: int = 0
    """Estimated for a dry run."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A deletion, as it was recorded with it."""

    at_ms: int
    action: str
    run_id: str = ""
    subject: str = ""
    reason: str = ""


class RunStore(Journal, Protocol):
    """The one SQLite file, seen from the engine.

    Sync methods may take milliseconds; reads never wait for a writer.
    """

    def prepare(
        self,
        run: RunRow,
        version: DagVersion,
        tasks: Sequence[TaskRow],
        *,
        owner: str,
        new: bool,
    ) -> Prepared:
        """Create a run, or say what is in the way.

        One transaction stores its row, DAG version, tasks and lease. `new` skips reuse,
        not busy. `run.options["max_active_runs"]` (default 1) may hold the key at once.
        """

    def take(self, run_key: int, *, owner: str, now_ms: int) -> int:
        """Make `owner` the owner of an ended or abandoned run; return the new epoch.

        Raises:
            StoreError: it has a living owner.
        """

    def release(self, run_key: int, *, epoch: int) -> None:
        """Give the lease back."""

    def find_run(self, prefix: str) -> RunRow:
        """Return the run whose id begins so ("latest" and "last" name the newest).

        Raises:
            RunNotFoundError: none, or several (they are named).
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

    def heartbeat(self, run_key: int, *, epoch: int, now_ms: int) -> Awaitable[None]:
        """Prolong the lease; raise `LeaseLostError` for another owner or none."""

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

    def remove(self, retention: Retention, *, dry_run: bool) -> Removed:
        """Remove ended runs; a run that did not end is kept whatever its age."""

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """Return recorded deletions, newest first."""

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
