"""Stops what is left of attempts that are over, whoever started them.

A process belongs to an attempt by the marks in its environment. Left alone is whoever
belongs to a run that this folder does not know, and to an attempt that is still open:
of a run without an owner, too, for that may be adopted. An attempt that has ended never
opens again, so what is seen first and looked up then is judged rightly, and any number
of engines may do it at once.
"""

import asyncio
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from leo_engine.app.known_run import known_run
from leo_engine.executors import orphans
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.process_table import ProcessRow
from leo_engine.ports import AuditEntry, Clock, RunRow, RunStore
from leo_engine.state.status import RUN_TERMINAL

if TYPE_CHECKING:
    from leo_engine.executors.docker_leftovers import Leftover

STOPPED = "stopped orphan"
REMOVED = "removed container"
_GRACE_MS = 5_000
_MOMENT_S = 0.25
"""What is left may be about to go by itself, with a last word to its log."""
ProcessId = tuple[int, int]
"""Pid and start."""


class Orphan(NamedTuple):
    """What is left of an attempt of which nothing should be."""

    key: AttemptKey
    processes: tuple[ProcessRow, ...]
    reason: str


class Reconciler:
    """Compares the processes of this machine with the attempts of one folder."""

    def __init__(self, *, store: RunStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._stopped: set[ProcessId] = set()
        """What was told to stop; if it defies even KILL, once is enough."""

    def orphans(self) -> list[Orphan]:
        """Return what is left of attempts that are over. Reads /proc."""
        run_of = cache(partial(known_run, self._store))
        return [
            Orphan(key, tuple(rows), reason)
            for key, rows in orphans.marked().items()
            if not self._stopped.issuperset(map(_identity, rows))
            and (run := run_of(key.run_id)) is not None
            and (reason := self._reason(run, key))
        ]

    async def stop_orphans(self) -> int:
        """Record, then stop what is left of attempts that are over; return how many.

        TERM, five seconds, KILL.
        """
        if not await asyncio.to_thread(self.orphans):
            return 0
        await asyncio.sleep(_MOMENT_S)
        found = await asyncio.to_thread(self._condemned)
        async with asyncio.TaskGroup() as group:
            for orphan in found:
                group.create_task(orphans.stop_marked(orphan.key, _GRACE_MS))
        # Not before: whoever is cancelled in the middle has to begin again.
        for orphan in found:
            self._stopped.update(map(_identity, orphan.processes))
        return len(found)

    def judge(self, key: AttemptKey) -> str | None:
        """Return why nothing of an attempt should be left; "" when it is open.

        None: this folder does not know its run.
        """
        run = known_run(self._store, key.run_id)
        return None if run is None else self._reason(run, key)

    def note_removal(self, leftover: "Leftover") -> None:
        """Record that a container is about to be removed."""
        self._record(REMOVED, leftover.key, leftover.reason)

    def _condemned(self) -> list[Orphan]:
        found = self.orphans()
        for key, _, reason in found:
            self._record(STOPPED, key, reason)
        return found

    def _record(self, action: str, key: AttemptKey, reason: str) -> None:
        entry = AuditEntry(
            at_ms=self._clock.now_ms(),
            action=action,
            run_id=key.run_id,
            subject=f"attempt {key.attempt} of {key.task}",
            reason=reason,
        )
        self._store.record(entry)

    def _reason(self, run: RunRow, key: AttemptKey) -> str:
        """Return why nothing of an attempt should be left; "" when it is open."""
        attempts = self._store.attempts(run.run_key, key.task)
        row = next((one for one in attempts if one.attempt == key.attempt), None)
        if row is not None and row.ended_ms is not None:
            return f"the attempt has ended: {row.outcome}"
        return f"the run has ended: {run.status}" if run.status in RUN_TERMINAL else ""


def _identity(row: ProcessRow) -> ProcessId:
    return row.pid, row.start
