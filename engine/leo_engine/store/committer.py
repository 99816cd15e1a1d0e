"""A group of writes, stored in one transaction. Knows nothing of threads and loops.

Each write has a result of its own: one with a stale epoch or a gap in its numbers is
refused while the rest of its group is stored. When the transaction itself fails, the
writes are stored one by one, so that only those that cannot be stored are refused. Once
a write of a run is refused, so are all later ones of that owner: a journal has no gaps.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from leo_engine.errors import LeoError, StoreError
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_engine.store import leases, pools, run_codec
from leo_engine.store.connection import OpenedFile, roll_back
from leo_engine.store.durations import DurationLog
from leo_engine.store.fault import is_locked, locked_error, store_error
from leo_engine.store.projections import Batch, store_inputs

Job = Callable[[sqlite3.Cursor], object]
"""Anything else to be done inside the transaction; may raise `LeoError`."""
Work = JournalWrite | Job
Result = tuple[object, Exception | None]
"""What a job returned, for a write until when the run is owned; or the refusal."""
Ownership = tuple[int, int]
"""run_key, epoch."""

_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM events WHERE run_key = ?"


class Staged:
    """A group whose statements have run and whose transaction is open, or failed."""

    __slots__ = ("error", "held", "inputs", "next_seqs", "results", "works")

    def __init__(self, works: Sequence[Work]) -> None:
        self.works = works
        self.results: list[Result] = []
        self.next_seqs: dict[Ownership, int] = {}
        self.held: dict[int, leases.Held] = {}
        self.inputs: dict[int, run_codec.Inputs] = {}
        self.error: Exception | None = None


class Committer:
    """Stores groups on one connection; one thread at a time."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, renewal: leases.Renewal
    ) -> None:
        self.rows = 0
        """Rows stored so far: a measure of how much the log has grown."""
        self.file = OpenedFile(path)
        self._cursor = connection.cursor()
        self._path = path
        self._renewal = renewal
        self._next_seqs: dict[Ownership, int] = {}
        self._refused: dict[Ownership, StoreError] = {}
        self._inputs: dict[int, run_codec.Inputs] = {}
        self._with_claims: set[int] = set()
        self._durations = DurationLog()

    def stage(self, works: Sequence[Work]) -> Staged | None:
        """Begin a transaction and run the works in it; None when the file is locked."""
        staged = Staged(works)
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_locked(error):
                return None
            staged.error = error
            return staged
        try:
            self.file.check()
            self._run(staged)
        except Exception as error:  # noqa: BLE001 -- given to the one whose work it was
            staged.error = error
        return staged

    def finish(self, staged: Staged) -> list[Result]:
        """Commit and return the results in order; never raises for a failed write."""
        try:
            if staged.error is None:
                self._cursor.execute("COMMIT")
        except sqlite3.Error as error:
            staged.error = error
        if staged.error is None:
            self._next_seqs |= staged.next_seqs
            self._inputs |= staged.inputs
            return staged.results
        roll_back(self._cursor)
        if len(staged.works) > 1:
            return [self._alone(work) for work in staged.works]
        return [(None, self.refuse(staged.works[0], staged.error))]

    def refuse(self, work: Work, error: Exception) -> Exception:
        """Give the work up: return what its caller is told, and hold its run to it."""
        refusal = error
        if isinstance(error, sqlite3.Error):
            refusal = store_error(error, self._path)
        elif isinstance(work, JournalWrite) and not isinstance(error, StoreError):
            # A lone surrogate, an integer beyond 64 bits, a value that JSON lacks.
            refusal = StoreError(f"{self._path}: cannot be stored: {error}")
        if refusal is not error:
            refusal.__cause__ = error
        if isinstance(work, JournalWrite) and isinstance(refusal, StoreError):
            self._remember((work.run_key, work.epoch), refusal)
        return refusal

    def welcome(self, run_key: int) -> None:
        """Forget what former owners of the run were refused: it has a new one."""
        for known in (self._refused, self._next_seqs):
            for owner in [owner for owner in known if owner[0] == run_key]:
                del known[owner]
        self._inputs.pop(run_key, None)

    def watch_claims(self, run_key: int) -> None:
        """Give back slots of shared pools when attempts of this run end."""
        self._with_claims.add(run_key)

    def _alone(self, work: Work) -> Result:
        staged = self.stage([work])
        if staged is None:
            return None, self.refuse(work, locked_error(self._path))
        return self.finish(staged)[0]

    def _run(self, staged: Staged) -> None:
        batch = Batch()
        for work in staged.works:
            if isinstance(work, JournalWrite):
                result = self._admit(work, staged)
                if result[1] is None:
                    batch.add(work)
                staged.results.append(result)
            else:
                # A job sees what was appended before it.
                self._store(batch, staged)
                batch = Batch()
                staged.results.append(self._do(work))
        self._store(batch, staged)

    def _do(self, job: Job) -> Result:
        try:
            return job(self._cursor), None
        except LeoError as error:
            return None, error

    def _store(self, batch: Batch, staged: Staged) -> None:
        batch.store(self._cursor)
        self._store_inputs(batch.runs, staged)
        self.rows += batch.size
        if not batch.attempts and not batch.runs:
            return
        ended = [key for key, row in batch.attempts.items() if row.outcome]
        if self._with_claims and ended:
            freed = [key for key in ended if key[0] in self._with_claims]
            pools.drop(self._cursor, freed)
        self._durations.see(batch.attempts)
        self._durations.store(
            self._cursor,
            run_ended=any(run.status in RUN_TERMINAL for run in batch.runs.values()),
        )

    def _store_inputs(self, runs: dict[int, RunRow], staged: Staged) -> None:
        # Apart from the rest of the row: they hardly ever change, and storing them
        # would touch two indexes at every write.
        for run_key, run in runs.items():
            inputs = run_codec.inputs_of(run)
            if (staged.inputs.get(run_key) or self._inputs.get(run_key)) != inputs:
                store_inputs(self._cursor, run_key, run)
                staged.inputs[run_key] = inputs
            if run.status in RUN_TERMINAL:
                staged.inputs.pop(run_key, None)
                self._inputs.pop(run_key, None)

    def _admit(self, write: JournalWrite, staged: Staged) -> Result:
        """Return why the write is refused; else note where the next one begins."""
        run_key, owner = write.run_key, (write.run_key, write.epoch)
        if earlier := self._refused.get(owner):
            return None, earlier
        held = staged.held.get(run_key) or self._renewal.held(self._cursor, run_key)
        if held is None or held.epoch != write.epoch:
            return None, self._remember(owner, leases.lease_lost(*owner))
        due = staged.next_seqs.get(owner) or self._next_seqs.get(owner)
        if due is None:
            (last,) = self._cursor.execute(_LAST_SEQ, (run_key,)).fetchone()
            due = int(last) + 1
        if write.events and write.first_seq != due:
            message = (
                f"the journal of run {run_key} goes on with event {due}, "
                f"not {write.first_seq}; nothing was stored"
            )
            return None, self._remember(owner, StoreError(message))
        staged.next_seqs[owner] = due + len(write.events)
        held = staged.held[run_key] = self._renewal.renewed(self._cursor, run_key, held)
        return held.until_ms, None

    def _remember(self, owner: Ownership, refusal: StoreError) -> StoreError:
        self._refused[owner] = refusal
        self._next_seqs.pop(owner, None)
        return refusal
