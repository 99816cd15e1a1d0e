"""What a store in memory keeps beside the journals of its runs."""

import msgspec

from leo_engine.errors import RunNotFoundError, StoreError
from leo_engine.ports import AuditEntry, RunRequest, StagingRow, StagingState
from leo_engine.testing.stored_run import StoredRun


class FakeRecords:
    """Requests, the audit and staging; the runs themselves are the subclass's."""

    def __init__(self) -> None:
        self._runs: dict[int, StoredRun] = {}
        self._requests: dict[int, tuple[int, RunRequest, str | None]] = {}
        self._audit: list[AuditEntry] = []
        self._staging: dict[tuple[str, str], StagingRow] = {}
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
