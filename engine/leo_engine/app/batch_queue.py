"""Which entry of a batch is next: in order, as far as their DAGs allow. Pure."""

import heapq
from collections.abc import Iterable, Mapping

from leo_engine.spec.batch_entries import BatchEntry


class BatchQueue:
    """Entries that wait, by DAG; each DAG lets so many of them be under way at once.

    A DAG that is busy with something else is blocked: its entries keep their order and
    wait, those of other DAGs go on.
    """

    def __init__(
        self, entries: Iterable[BatchEntry], allowed: Mapping[str, int]
    ) -> None:
        self._entries = {entry.position: entry for entry in entries}
        self._waiting: dict[str, list[int]] = {}
        """{DAG: heap of positions}"""
        for entry in self._entries.values():
            heapq.heappush(self._waiting.setdefault(entry.dag, []), entry.position)
        self._free = {dag: allowed[dag] for dag in self._waiting}
        """{DAG: how many more of its entries may be under way}"""
        self._blocked: set[str] = set()

    def __bool__(self) -> bool:
        return any(self._waiting.values())

    @property
    def is_blocked(self) -> bool:
        """Whether an entry waits for something outside the batch."""
        return bool(self._blocked)

    def take(self) -> BatchEntry | None:
        """Take the first entry that may begin; O(DAGs)."""
        positions = [
            waiting[0]
            for dag, waiting in self._waiting.items()
            if waiting and dag not in self._blocked and self._free[dag] > 0
        ]
        if not positions:
            return None
        entry = self._entries[min(positions)]
        heapq.heappop(self._waiting[entry.dag])
        self._free[entry.dag] -= 1
        return entry

    def end(self, entry: BatchEntry) -> None:
        """Make room: an entry that was taken is done with."""
        self._free[entry.dag] += 1

    def put_back(self, entry: BatchEntry, *, is_busy: bool) -> None:
        """Let an entry that was taken wait again, at its place.

        With `is_busy` its DAG is blocked until `unblock`.
        """
        self.end(entry)
        heapq.heappush(self._waiting[entry.dag], entry.position)
        if is_busy:
            self._blocked.add(entry.dag)

    def unblock(self) -> None:
        """Let every DAG be tried again."""
        self._blocked.clear()
