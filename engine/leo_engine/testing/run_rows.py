"""Runs, DAG versions and journal writes for tests of a store."""

from collections.abc import Iterable

from leo_engine import ids
from leo_engine.ports import (
    Created,
    DagVersion,
    JournalWrite,
    Prepared,
    RunRow,
    RunStore,
    StoredEvent,
)
from leo_engine.state.event import (
    AttemptFinished,
    AttemptStarted,
    Event,
    RunFinished,
    RunStarted,
)
from leo_engine.state.outcome import Succeeded
from leo_engine.state.rows import AttemptRow, OutputRow, TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.builders import with_fields

START_MS = 1_700_000_000_000
LEASE_MS = 30_000
GONE = "host:gone"
"""An owner that the exam's judge knows to be dead."""
VERSION = DagVersion(
    dag_hash="5eed" * 16,
    name="etl",
    source='name = "etl"\n',
    source_format="toml",
    resolved=b'{"name":"etl"}',
    sources={"lib/sums.py": b"TOTAL = 1\n", "odd.py": b"\xff\x00"},
)


def run_row(number: int = 1, **fields: object) -> RunRow:
    """Return a pending run of `etl`, created `number` seconds after the start."""
    created_ms = START_MS + 1_000 * number
    row = RunRow(
        run_id=ids.run_id(created_ms, number),
        dag="etl",
        dag_hash=VERSION.dag_hash,
        file="etl.toml",
        status=RunStatus.PENDING,
        created_ms=created_ms,
        concurrency_key="etl",
        input_hash="inputs",
    )
    return with_fields(row, **fields)


def task_rows(names: str) -> list[TaskRow]:
    """Return pending tasks, in this order: `"a b c"`."""
    return [
        TaskRow(task=name, status=TaskStatus.PENDING, definition_hash=f"of {name}")
        for name in names.split()
    ]


def prepared(
    store: RunStore,
    row: RunRow,
    tasks: str = "a b",
    *,
    owner: str = "host:1",
    new: bool = False,
) -> Prepared:
    """Prepare the run with `VERSION`."""
    return store.prepare(row, VERSION, task_rows(tasks), owner=owner, new=new)


class Pen:
    """Writes the journal of one run: knows its key, its epoch and its next number."""

    def __init__(
        self, store: RunStore, row: RunRow, *, epoch: int = 1, seq: int = 1
    ) -> None:
        self.store = store
        self.row = row
        self.epoch = epoch
        self.seq = seq

    @classmethod
    def of(
        cls, store: RunStore, row: RunRow | None = None, tasks: str = "a b"
    ) -> "Pen":
        """Create a run and return the pen of its owner."""
        row = row or run_row()
        match prepared(store, row, tasks):
            case Created(run_key, epoch, _):
                return cls(store, with_fields(row, run_key=run_key), epoch=epoch)
            case refused:
                message = f"not created: {refused}"
                raise AssertionError(message)

    def write(
        self,
        *events: Event,
        tasks: Iterable[TaskRow] = (),
        attempts: Iterable[AttemptRow] = (),
        outputs: Iterable[OutputRow] = (),
        **run: object,
    ) -> JournalWrite:
        """Return the next write; keywords change fields of the run's row."""
        if run:
            self.row = with_fields(self.row, **run)
        write = JournalWrite(
            run_key=self.row.run_key,
            epoch=self.epoch,
            first_seq=self.seq,
            events=events,
            tasks=tuple(tasks),
            attempts=tuple(attempts),
            outputs=tuple(outputs),
            run=self.row if run else None,
        )
        self.seq += len(events)
        return write

    def begun(self) -> JournalWrite:
        """Return the write that begins the run."""
        event = RunStarted(at_ms=START_MS, dag_hash=self.row.dag_hash)
        return self.write(event, status=RunStatus.RUNNING, started_ms=START_MS)

    def started(self, task: str, attempt: int = 1) -> JournalWrite:
        """Return the write that starts an attempt."""
        return self.write(
            AttemptStarted(at_ms=START_MS, task=task, attempt=attempt),
            tasks=[
                TaskRow(
                    task=task,
                    status=TaskStatus.RUNNING,
                    attempt=attempt,
                    started_ms=START_MS,
                )
            ],
            attempts=[AttemptRow(task=task, attempt=attempt, started_ms=START_MS)],
        )

    def succeeded(
        self, task: str, attempt: int = 1, *, duration_ms: int = 5
    ) -> JournalWrite:
        """Return the write that ends an attempt well."""
        ended_ms = START_MS + duration_ms
        return self.write(
            AttemptFinished(
                at_ms=ended_ms, task=task, attempt=attempt, outcome=Succeeded()
            ),
            tasks=[
                TaskRow(
                    task=task,
                    status=TaskStatus.SUCCEEDED,
                    attempt=attempt,
                    started_ms=START_MS,
                    ended_ms=ended_ms,
                )
            ],
            attempts=[
                AttemptRow(
                    task=task,
                    attempt=attempt,
                    started_ms=START_MS,
                    ended_ms=ended_ms,
                    outcome="succeeded",
                )
            ],
        )

    def ended(
        self, status: RunStatus = RunStatus.SUCCEEDED, *, at_ms: int = START_MS
    ) -> JournalWrite:
        """Return the write that ends the run."""
        event = RunFinished(at_ms=at_ms, status=status.value)
        return self.write(event, status=status, ended_ms=at_ms)


async def finished(
    store: RunStore, number: int = 1, at_ms: int = START_MS, **fields: object
) -> RunRow:
    """Return a run that has begun and succeeded."""
    pen = Pen.of(store, run_row(number, concurrency_key="", **fields))
    await store.append(pen.begun())
    await store.append(pen.ended(at_ms=at_ms))
    return pen.row


def only_event(store: RunStore, run_key: int) -> StoredEvent:
    """Return the one event that a run has."""
    (event,) = store.events(run_key)
    return event
