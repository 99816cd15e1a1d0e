"""What a store in memory keeps beside the journals of its runs."""

import re
from collections.abc import Sequence

import msgspec

from leo_engine.errors import BatchNotFoundError, RunNotFoundError, StoreError
from leo_engine.ports import (
    AuditEntry,
    BatchItemKey,
    BatchItemRow,
    BatchRow,
    Clock,
    Instant,
    LeaseJudge,
    RunRequest,
    RunRow,
    StagingRow,
    StagingState,
)
from leo_engine.testing.stored_run import StoredRun


class FakeRecords:
    """Requests, batches, staging, the audit; how runs change is the subclass's."""

    def __init__(self, clock: Clock, judge: LeaseJudge) -> None:
        self._clock = clock
        self._judge = judge
        self._runs: dict[int, StoredRun] = {}
        self._requests: dict[int, tuple[int, RunRequest, str | None]] = {}
        self._audit: list[AuditEntry] = []
        self._staging: dict[tuple[str, str], StagingRow] = {}
        self._batches: dict[str, BatchRow] = {}
        self._items: dict[BatchItemKey, BatchItemRow] = {}
        self._revision = 0
        self._is_closed = False

    def request(self, run_key: int, request: RunRequest) -> int:
        """Leave a request and return its number."""
        self._run(run_key)
        number = len(self._requests) + 1
        numbered = msgspec.structs.replace(request, request_id=number)
        self._requests[number] = (run_key, numbered, None)
        self._revision += 1
        return number

    def answer(self, request_id: int, answer: str) -> None:
        """Record the answer to a request; the first one stands."""
        run_key, request, earlier = self._requests[request_id]
        if earlier is None:
            self._requests[request_id] = (run_key, request, answer)
            self._revision += 1

    def answer_to(self, request_id: int) -> str | None:
        """Return the answer to a request."""
        return self._requests[request_id][2] if request_id in self._requests else None

    def open_requests(self, run_key: int) -> list[RunRequest]:
        """Return the requests not yet answered."""
        return [
            request
            for key, request, answer in self._requests.values()
            if key == run_key and answer is None
        ]

    def record(self, entry: AuditEntry) -> None:
        """Record a deletion."""
        self._check_open()
        self._audit.append(entry)
        self._revision += 1

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """Return recorded deletions, newest first."""
        return self._audit[::-1][:limit]

    def add_batch(self, batch: BatchRow, items: Sequence[BatchItemRow]) -> None:
        """Store a batch with its entries."""
        self._check_open()
        self._batches[batch.batch_id] = batch
        self._items |= {(batch.batch_id, item.position): item for item in items}
        self._revision += 1

    def assign(
        self, item: BatchItemKey, *, run_id: str = "", skipped: str = ""
    ) -> None:
        """Say what became of an entry of a batch."""
        self._check_open()
        if found := self._items.get(item):
            self._items[item] = msgspec.structs.replace(
                found, run_id=run_id, skipped=skipped
            )
            self._revision += 1

    def batches(self, limit: int = 50) -> list[BatchRow]:
        """Return batches, newest first."""
        return [self._batches[key] for key in sorted(self._batches, reverse=True)][
            :limit
        ]

    def find_batch(self, prefix: str) -> BatchRow:
        """Return the batch whose id begins so."""
        rows = self.batches(len(self._batches))
        if is_newest(prefix):
            found = rows[:1]
        else:
            found = [row for row in rows if begins(row.batch_id, prefix)]
        if len(found) != 1:
            named = "".join(f"\n  {row.batch_id}" for row in found[:5])
            message = f"no batch, or more than one, begins with {prefix!r}{named}"
            raise BatchNotFoundError(message)
        return found[0]

    def batch_items(self, batch_id: str) -> list[BatchItemRow]:
        """Return the entries of a batch, each with its run as it is now."""
        runs = {run.row.run_id: self._seen(run) for run in self._runs.values()}
        return [
            msgspec.structs.replace(item, run=runs.get(item.run_id))
            for (batch, _), item in sorted(self._items.items())
            if batch == batch_id
        ]

    def _outlived(self, left: list[RunRow]) -> list[str]:
        """Return the batches that are older than every run and none is theirs."""
        oldest_ms = min((row.created_ms for row in left), default=0)
        kept = {row.run_id for row in left}
        wanted = {key[0] for key, item in self._items.items() if item.run_id in kept}
        return [
            batch.batch_id
            for batch in self._batches.values()
            if batch.created_ms < oldest_ms and batch.batch_id not in wanted
        ]

    def _forget_batches(self, batch_ids: list[str]) -> None:
        for batch_id in batch_ids:
            del self._batches[batch_id]
        self._items = {
            key: item for key, item in self._items.items() if key[0] in self._batches
        }

    def put_staging(self, row: StagingRow) -> None:
        """Store what is known of a place of staging."""
        self._check_open()
        self._staging[row.run_id, row.place] = row
        self._revision += 1

    def staging(self) -> list[StagingRow]:
        """Return the staging that is not freed."""
        rows = [row for _, row in sorted(self._staging.items())]
        return [row for row in rows if row.state is not StagingState.FREED]

    def free_staging(self, row: StagingRow, entry: AuditEntry) -> bool:
        """Record that staging is freed, and why."""
        self._check_open()
        key = (row.run_id, row.place)
        is_freed = row.state is StagingState.FREED
        if is_freed or self._staging.get(key) != row:
            return False
        freed = msgspec.structs.replace(row, state=StagingState.FREED)
        self._staging[key] = freed
        self.record(entry)
        return True

    def revision(self) -> int:
        """Return a number that moves with every change."""
        return self._revision

    def close(self) -> None:
        """Refuse everything from now on."""
        self._is_closed = True

    def _run(self, run_key: int) -> StoredRun:
        self._check_open()
        if run_key not in self._runs:
            message = f"no run has the key {run_key}"
            raise RunNotFoundError(message)
        return self._runs[run_key]

    def _check_open(self) -> None:
        if self._is_closed:
            message = "the store is closed"
            raise StoreError(message)

    def _is_owned(self, run: StoredRun) -> bool:
        now = Instant.of(self._clock)
        return bool(run.lease.owner) and self._judge(run.lease, now)

    def _seen(self, run: StoredRun) -> RunRow:
        return run.seen(is_owned=self._is_owned(run))


def is_newest(prefix: str) -> bool:
    """Tell whether a prefix asks for the newest there is."""
    return prefix.strip().lower() in {"latest", "last"}


def begins(whole_id: str, prefix: str) -> bool:
    """Tell whether an id begins with a prefix, whatever its case and dashes."""
    digits = prefix.strip().lower().replace("-", "")
    is_hex = re.fullmatch("[0-9a-f]{1,32}", digits) is not None
    return is_hex and whole_id.replace("-", "").startswith(digits)
