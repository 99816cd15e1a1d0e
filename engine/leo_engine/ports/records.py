"""The plain data that goes into the run store and comes out of it."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import msgspec

from leo_engine.ports.execution import Instant
from leo_engine.spec.model import Json
from leo_engine.state.event import Event
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import RunStatus


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
    """cli, batch, screen, schedule or sub-dag."""
    parent_run: str = ""
    parent_task: str = ""
    created_ms: int
    started_ms: int | None = None
    """Start of the generation; a retry of an ended run counts as a start as well."""
    ended_ms: int | None = None
    paused: bool = False
    error: str = ""
    total: int = 0
    """Number of tasks, hooks not counted."""
    succeeded: int = 0
    failed: int = 0
    """Failures that are ignored not counted."""
    blocked: int = 0
    """Never started because something upstream did not succeed."""
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
    sources: Mapping[str, bytes] = {}
    """{path in the DAG's folder: content} of the Python files that its tasks import."""


class Created(msgspec.Struct, frozen=True):
    """The run is yours."""

    run_key: int
    epoch: int
    owned_until_ms: int
    """By the monotonic clock: until then nobody else can get it."""


class Reuse(msgspec.Struct, frozen=True):
    """The same DAG version with the same parameters is already under way: follow it.

    For an entry of a batch it may have ended as well.
    """

    run_id: str


class Busy(msgspec.Struct, frozen=True):
    """Something else holds the concurrency key."""

    occupant: str
    """Run id."""
    message: str


Prepared = Created | Reuse | Busy


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A run that ended or was abandoned is yours now."""

    epoch: int
    owned_until_ms: int
    """By the monotonic clock: until then nobody else can get it."""
    former_owner: str
    """Empty when it was given back."""


class JournalWrite(msgspec.Struct, kw_only=True):
    """What one turn of the run loop wants stored, all or nothing, in one transaction.

    Rows are whole and replace what was there: by task, attempts also by number.
    """

    run_key: int
    epoch: int
    """`LeaseLostError` for the whole write when it is stale, or was given back."""
    first_seq: int
    """Number of the first event; numbers are gap-free per run and start at 1."""
    events: Sequence[Event]
    tasks: Sequence[TaskRow] = ()
    attempts: Sequence[AttemptRow] = ()
    outputs: Sequence[OutputRow] = ()
    run: RunRow | None = None
    """The run's row when it changed."""


class StoredEvent(msgspec.Struct, frozen=True):
    """An event with its place in the run's journal."""

    seq: int
    event: Event


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list; newest first."""

    dag: str = ""
    file: str = ""
    """Path relative to the DAG folder."""
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
    """cancel, pause, unpause, retry, approve, refuse, mark_ok or mark_skipped."""
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
    """Wall clock: what another machine can tell."""
    expires_monotonic_ms: int
    """Monotonic clock of the owner's machine: no jump of the wall clock moves it."""

    def is_live(self, now: Instant) -> bool:
        """Tell whether somebody of this machine owns the run, going by time alone."""
        return bool(self.owner) and now.monotonic_ms < self.expires_monotonic_ms


LeaseJudge = Callable[[Lease, Instant], bool]
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
    run_id: str = ""
    """This one, because somebody asked for it."""


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
    batches: int = 0
    """Batches older than every run that is left, and none of those is theirs."""
    freed_bytes: int = 0
    """Estimated for a dry run."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A deletion, or the end that was put to an orphan, as it was recorded with it."""

    at_ms: int
    action: str
    run_id: str = ""
    subject: str = ""
    reason: str = ""


class StagingState(StrEnum):
    """What is to become of a run's staging; the values are stored."""

    ACTIVE = "active"
    """Its run is under way."""
    KEPT = "kept"
    """Its run did not succeed: kept for a while, to look into and to resume from."""
    FREED = "freed"
    """To be removed, or gone already."""


class StagingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run's tasks share files, and how long it is there."""

    run_id: str
    place: str
    """Path of the folder."""
    state: StagingState
    created_ms: int
    keep_until_ms: int | None = None
    """Wall clock; None while nobody knows."""
