"""A run store in memory, which takes the same exam as the real one."""

import asyncio
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from leo_engine.errors import RunBusyError, RunNotFoundError, StoreError
from leo_engine.ports import (
    BatchItemKey,
    Busy,
    Clock,
    Created,
    DagVersion,
    JournalWrite,
    Lease,
    LeaseJudge,
    PoolClaim,
    Prepared,
    Removed,
    Retention,
    Reuse,
    RunFilter,
    RunRow,
    StoredEvent,
    Taken,
)
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.testing.fake_records import FakeRecords, begins, is_newest
from leo_engine.testing.fake_retention import condemned, exceeds
from leo_engine.testing.stored_run import (
    StoredRun,
    age,
    busy_message,
    lease_lost,
    max_active_runs,
    order,
    owned_message,
    removal,
)

T = TypeVar("T")

_RECENT = 20


class FakeStore(FakeRecords):
    """Runs that last as long as this object.

    Set `failure` to have every later write refused with it, as by a full disk.
    """

    def __init__(
        self, clock: Clock, *, judge: LeaseJudge = Lease.is_live, lease_ms: int = 30_000
    ) -> None:
        super().__init__(clock, judge)
        self.failure: StoreError | None = None
        self._lease_ms = lease_ms
        self._last_key = 0
        self._versions: dict[str, DagVersion] = {}
        self._durations: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def append(self, write: JournalWrite) -> asyncio.Future[int]:
        """Store one write; done in the next turn of the loop."""
        return self._soon(lambda: self._apply(write))

    def flush(self) -> None:
        """Leave what is queued to the next turn of the loop."""

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
        self._check_open()
        known = None
        if batch_item is not None and not new:
            known = self.newest_run(run.dag, run.input_hash)
        if known is not None:
            answer: Prepared = Reuse(known.run_id)
        else:
            answer = self._prepare(run, version, tasks, owner=owner, new=new)
        if batch_item is not None and not isinstance(answer, Busy):
            run_id = run.run_id if isinstance(answer, Created) else answer.run_id
            self.assign(batch_item, run_id=run_id)
        return answer

    def _prepare(
        self,
        run: RunRow,
        version: DagVersion,
        tasks: Iterable[TaskRow],
        *,
        owner: str,
        new: bool,
    ) -> Prepared:
        under_way = self._active(run.concurrency_key)
        same = [row for row in under_way if row.input_hash == run.input_hash]
        if same and run.input_hash and not new:
            return Reuse(same[0].run_id)
        if len(under_way) >= max_active_runs(run):
            return Busy(under_way[0].run_id, busy_message(under_way[0]))
        self._last_key += 1
        key = self._last_key
        self._versions.setdefault(version.dag_hash, version)
        lease = self._lease(key, owner, 1)
        row = msgspec.structs.replace(run, run_key=key)
        self._runs[key] = StoredRun(row, lease, tasks)
        self._revision += 1
        return Created(key, 1, lease.expires_monotonic_ms)

    def take(self, run_key: int, *, owner: str) -> Taken:
        """Make `owner` the owner."""
        self._check_open()
        run = self._run(run_key)
        if self._is_owned(run):
            raise RunBusyError(run.row.run_id, owned_message(run.row, run.lease))
        others = self._active(run.row.concurrency_key)
        if len(others) >= max_active_runs(run.row):
            raise RunBusyError(others[0].run_id, busy_message(others[0]))
        former_owner = run.lease.owner
        lease = self._lease(run_key, owner, run.lease.epoch + 1)
        run.hand_over(lease)
        self._revision += 1
        return Taken(
            epoch=lease.epoch,
            owned_until_ms=lease.expires_monotonic_ms,
            former_owner=former_owner,
        )

    def release(self, run_key: int, *, epoch: int) -> None:
        """Give the lease back."""
        run = self._runs.get(run_key)
        if run is not None and run.lease.epoch == epoch:
            run.lease = msgspec.structs.replace(run.lease, owner="")
            self._revision += 1

    def heartbeat(self, run_key: int, *, epoch: int) -> Awaitable[int]:
        """Prolong the lease."""

        def beat() -> int:
            run = self._runs.get(run_key)
            if run is None or run.lease.epoch != epoch or not run.lease.owner:
                raise lease_lost(run_key, epoch)
            run.lease = self._lease(run_key, run.lease.owner, epoch)
            return run.lease.expires_monotonic_ms

        return self._soon(beat)

    def keep_version(self, version: DagVersion) -> None:
        """Store a DAG version."""
        self._versions.setdefault(version.dag_hash, version)

    def claim_pool(self, claim: PoolClaim, *, limit: int) -> Awaitable[bool]:
        """Take slots of a shared pool if they are free."""
        key = (claim.task, claim.attempt)

        def take_slots() -> bool:
            taken = sum(
                held.slots
                for run in self._runs.values()
                if self._is_owned(run)
                for held_by, held in run.claims.items()
                if held.pool == claim.pool
                and (run.row.run_key, held_by) != (claim.run_key, key)
            )
            slots = min(claim.slots, limit)
            if taken + slots <= limit:
                held = msgspec.structs.replace(claim, slots=slots)
                self._run(claim.run_key).claims[key] = held
            return taken + slots <= limit

        return self._soon(take_slots)

    def drop_claim(self, claim: PoolClaim) -> Awaitable[None]:
        """Give the slots back."""
        return self._soon(lambda: self._drop(claim))

    def find_run(self, prefix: str) -> RunRow:
        """Return the run whose id begins so."""
        rows = self.runs(RunFilter(limit=len(self._runs)))
        if is_newest(prefix):
            found = [row for row in rows if not row.parent_run][:1]
        elif prefix.startswith("#"):
            found = [row for row in rows if f"#{row.run_key}" == prefix]
        else:
            found = [row for row in rows if begins(row.run_id, prefix)]
        if len(found) != 1:
            named = "".join(f"\n  {row.run_id} ({row.dag})" for row in found[:5])
            message = f"no run, or more than one, begins with {prefix!r}{named}"
            raise RunNotFoundError(message)
        return found[0]

    def newest_run(self, dag: str, input_hash: str) -> RunRow | None:
        """Return the newest run of a DAG with these inputs."""
        found = [
            row
            for row in self.runs(RunFilter(dag=dag, limit=len(self._runs)))
            if input_hash and row.input_hash == input_hash and not row.parent_run
        ]
        return found[0] if found else None

    def runs(self, wanted: RunFilter) -> list[RunRow]:
        """Return the runs that match."""
        self._check_open()
        rows = [
            row
            for row in map(self._seen, self._runs.values())
            if wanted.dag in {"", row.dag}
            and wanted.file in {"", row.file}
            and (not wanted.statuses or row.status in wanted.statuses)
            and (wanted.since_ms is None or row.created_ms >= wanted.since_ms)
        ]
        if wanted.sort == "created":
            rows.sort(key=age, reverse=wanted.descending)
        else:
            rows.sort(key=age, reverse=True)
            key = order(wanted.sort, self._clock.now_ms())
            rows.sort(key=key, reverse=wanted.descending)
        return rows[: wanted.limit]

    def tasks(self, run_key: int) -> list[TaskRow]:
        """Return the tasks in order of declaration."""
        run = self._runs.get(run_key)
        return [] if run is None else list(run.tasks.values())

    def attempts(self, run_key: int, task: str = "") -> list[AttemptRow]:
        """Return the attempts by start."""
        run = self._runs.get(run_key)
        return [] if run is None else run.attempts_of(task)

    def outputs(self, run_key: int) -> list[OutputRow]:
        """Return what tasks handed on, by task."""
        run = self._runs.get(run_key)
        return [] if run is None else [row for _, row in sorted(run.outputs.items())]

    def events(self, run_key: int, after_seq: int = 0) -> Iterator[StoredEvent]:
        """Return events by number."""
        run = self._runs.get(run_key)
        return iter([] if run is None else run.events[after_seq:])

    def dag_version(self, dag_hash: str) -> DagVersion:
        """Return a stored DAG version."""
        if dag_hash not in self._versions:
            message = f"no DAG version {dag_hash!r} is stored"
            raise StoreError(message)
        return self._versions[dag_hash]

    def durations(self, dag: str) -> dict[str, int]:
        """Return {task: median milliseconds}."""
        return {
            task: statistics.median_high(durations[-_RECENT:])
            for (of, task), durations in self._durations.items()
            if of == dag
        }

    def lease(self, run_key: int) -> Lease | None:
        """Return who owns the run."""
        run = self._runs.get(run_key)
        return None if run is None else run.lease

    def exceeds(self, limits: Retention) -> bool:
        """Tell whether a limit is well exceeded; a size in memory means nothing."""
        return exceeds(self._runs.values(), limits, self._clock.now_ms())

    def remove(self, limits: Retention, *, dry_run: bool) -> Removed:
        """Remove ended runs by count or age; a size in memory means nothing."""
        now_ms = self._clock.now_ms()
        doomed = condemned(self._runs.values(), limits, now_ms)
        gone = {removed.run_id for removed in doomed}
        left = [run for run in self._runs.values() if run.row.run_id not in gone]
        unused = self._versions.keys() - {run.row.dag_hash for run in left}
        outlived = self._outlived([run.row for run in left])
        if not dry_run:
            self._audit += [removal(run, now_ms) for run in doomed]
            self._runs = {run.row.run_key: run for run in left}
            for dag_hash in unused:
                del self._versions[dag_hash]
            self._forget_batches(outlived)
        return Removed(
            runs=tuple(doomed), dag_versions=len(unused), batches=len(outlived)
        )

    def export_run(self, run_key: int) -> bytes:
        """Return everything about a run as JSON."""
        row = self._seen(self._run(run_key))
        version = self._versions[row.dag_hash]
        return self._run(run_key).exported(row, version)

    def check(self) -> list[str]:
        """Look for damage: there is none in memory."""
        return []

    def _soon(self, action: Callable[[], T]) -> asyncio.Future[T]:
        """Do it when the loop comes round, as the real store does."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        loop.call_soon(self._settle, done, action)
        return done

    def _settle(self, done: asyncio.Future[T], action: Callable[[], T]) -> None:
        try:
            self._check_open()
            result = action()
        except StoreError as error:
            if not done.done():
                done.set_exception(error)
        else:
            self._revision += 1
            if not done.done():
                done.set_result(result)

    def _apply(self, write: JournalWrite) -> int:
        run = self._runs.get(write.run_key)
        if run is None:
            raise lease_lost(write.run_key, write.epoch)
        run.refuse_or_admit(write, self.failure)
        left_ms = run.lease.expires_monotonic_ms - self._clock.monotonic_ms()
        if 3 * left_ms < 2 * self._lease_ms:
            run.lease = self._lease(write.run_key, run.lease.owner, write.epoch)
        run.apply(write)
        for row in write.attempts:
            if row.outcome == "succeeded" and row.ended_ms is not None:
                learnt = self._durations[run.row.dag, row.task]
                learnt.append(row.ended_ms - row.started_ms)
        return run.lease.expires_monotonic_ms

    def _drop(self, claim: PoolClaim) -> None:
        self._run(claim.run_key).claims.pop((claim.task, claim.attempt), None)

    def _active(self, key: str) -> list[RunRow]:
        return [
            run.row
            for run in self._runs.values()
            if key and run.row.concurrency_key == key and self._is_owned(run)
        ]

    def _lease(self, run_key: int, owner: str, epoch: int) -> Lease:
        return Lease(
            run_key=run_key,
            owner=owner,
            epoch=epoch,
            expires_ms=self._clock.now_ms() + self._lease_ms,
            expires_monotonic_ms=self._clock.monotonic_ms() + self._lease_ms,
        )
