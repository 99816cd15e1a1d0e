"""Runs in a real store that nobody has executed: told by their events, at set times."""

import asyncio
from pathlib import Path
from typing import Self

import msgspec

from leo_engine import ids
from leo_engine.app.owner import holds, owner_text
from leo_engine.app.retelling import Retelling
from leo_engine.clock import SystemClock
from leo_engine.loader.load import LoadedDag, load
from leo_engine.ports import Created, JournalWrite, RunRow, StoredEvent
from leo_engine.scheduler.folders import LOG
from leo_engine.scheduler.run_progress import with_progress
from leo_engine.spec.model import Json
from leo_engine.state.event import (
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    Event,
    RunFinished,
    RunResumed,
    RunStarted,
)
from leo_engine.state.outcome import Failed, Outcome, Succeeded
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.store.sqlite import Terms, open_store

_LEASE_MS = 24 * 3_600_000
"""Longer than any session of tests."""


class Teller:
    """Writes runs into the store of a DAG folder, as another process would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        terms = Terms(clock=SystemClock(), judge=holds, lease_ms=_LEASE_MS)
        self.store = open_store(folder / ".leo" / "leo.db", terms)
        self._count = 0
        self._writes: list[asyncio.Future[int]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._writes)
        self.store.close()

    def write(self, write: JournalWrite) -> None:
        """Store what happened to a run."""
        self._writes.append(self.store.append(write))
        self.store.flush()

    def begin(
        self,
        file: str,
        at_ms: int,
        *,
        params: dict[str, Json] | None = None,
        parent: "tuple[ToldRun, str] | None" = None,
    ) -> "ToldRun":
        """Return a run of a DAG file that begins now; this process owns it."""
        loaded = load(self.folder / file)
        self._count += 1
        row = RunRow(
            run_id=ids.run_id(at_ms, self._count),
            dag=loaded.dag.name,
            dag_hash=loaded.version.dag_hash,
            file=file,
            status=RunStatus.PENDING,
            params=params or {},
            created_ms=at_ms,
            options={"max_active_runs": 9},
            parent_run="" if parent is None else parent[0].row.run_id,
            parent_task="" if parent is None else parent[1],
            total=sum(not task.is_hook for task in loaded.dag.tasks),
        )
        tasks = [
            TaskRow(task=task.id, status=TaskStatus.PENDING)
            for task in loaded.dag.tasks
        ]
        created = self.store.prepare(
            row, loaded.version, tasks, owner=owner_text(), new=True
        )
        assert isinstance(created, Created)
        return ToldRun(self, loaded, row, created)


class ToldRun:
    """One run; times are seconds after its start, or after it was gone on with."""

    def __init__(
        self, teller: Teller, loaded: LoadedDag, row: RunRow, created: Created
    ) -> None:
        self._teller = teller
        self._epoch = created.epoch
        self._seq = 0
        self._retelling = Retelling(lambda _: loaded.dag)
        self.row = msgspec.structs.replace(row, run_key=created.run_key)
        self._pid = 4_300
        self._begun_ms = row.created_ms
        start = RunStarted(
            at_ms=row.created_ms, dag_hash=row.dag_hash, params=dict(row.params)
        )
        self.tell(start)

    def at(self, seconds: float) -> int:
        """Return a moment of the run."""
        return self._begun_ms + round(seconds * 1_000)

    def resume(self, at_ms: int, reset: tuple[str, ...]) -> None:
        """Go on with it after its end: these tasks anew, times count from here."""
        taken = self._teller.store.take(self.row.run_key, owner=owner_text())
        self._epoch, self._begun_ms = taken.epoch, at_ms
        self.tell(
            RunResumed(
                at_ms=at_ms,
                generation=self.row.generation + 1,
                dag_hash=self.row.dag_hash,
                params=dict(self.row.params),
                reset=reset,
            )
        )

    def tell(self, *events: Event) -> None:
        """Have events happen, and store them with what they change."""
        self._seq += 1
        stored = [StoredEvent(seq, one) for seq, one in enumerate(events, self._seq)]
        self._seq += len(events) - 1
        write = self._retelling.write(self.row, stored)
        machine = self._retelling.machine
        assert machine is not None
        self.row = with_progress(self.row, machine)
        write = msgspec.structs.replace(write, epoch=self._epoch, run=self.row)
        self._teller.write(write)

    def start(
        self, task: str, at_s: float, *, attempt: int = 1, handle: str = ""
    ) -> None:
        """Start an attempt."""
        self._pid += 1
        handle = handle or f"told-1-1:{self._pid}:{self._pid}:1"
        at_ms = self.at(at_s)
        self.tell(
            AttemptStarted(at_ms=at_ms, task=task, attempt=attempt),
            AttemptLaunched(at_ms=at_ms, task=task, attempt=attempt, handle=handle),
        )

    def end(
        self,
        task: str,
        at_s: float,
        outcome: Outcome | None = None,
        *,
        attempt: int = 1,
    ) -> None:
        """End an attempt, well unless something else is said."""
        self.tell(
            AttemptFinished(
                at_ms=self.at(at_s),
                task=task,
                attempt=attempt,
                outcome=outcome or Succeeded(),
            )
        )

    def do(self, task: str, start_s: float, end_s: float) -> None:
        """Have a task succeed."""
        self.start(task, start_s)
        self.end(task, end_s)

    def fail(
        self,
        task: str,
        start_s: float,
        end_s: float,
        *,
        attempt: int = 1,
        code: int = 1,
    ) -> None:
        """Have an attempt fail."""
        self.start(task, start_s, attempt=attempt)
        outcome = Failed(reason=f"exit {code}", exit_code=code)
        self.end(task, end_s, outcome, attempt=attempt)

    def finish(self, at_s: float, status: RunStatus = RunStatus.SUCCEEDED) -> None:
        """End the run."""
        self.tell(RunFinished(at_ms=self.at(at_s), status=status.value))

    def abandon(self) -> None:
        """Let go of it: it is interrupted from now on."""
        self._teller.store.release(self.row.run_key, epoch=self._epoch)

    def log(self, task: str, text: str, *, attempt: int = 1) -> Path:
        """Write the output of an attempt."""
        folder = self._teller.folder / ".leo" / "runs" / self.row.run_id
        path = folder / ids.path_segment(task) / f"{attempt}{LOG}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path
