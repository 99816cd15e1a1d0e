# ruff: noqa: D102 -- each class of steps says what its call does
"""Laws of the store over any order of owners, writes and mistakes.

The fake is the model: it is short enough to be believed. Whatever is done to both, they
answer alike and show alike, and a journal has neither gaps nor two writers.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings, strategies as st

from leo_engine.errors import LeoError
from leo_engine.ports import (
    AuditEntry,
    BatchItemRow,
    BatchRow,
    Created,
    JournalWrite,
    PoolClaim,
    Retention,
    RunFilter,
    RunRequest,
    RunRow,
    RunStore,
    StagingRow,
    StagingState,
)
from leo_engine.state.event import RunPaused
from leo_engine.state.rows import OutputRow
from leo_engine.state.status import RunStatus
from leo_engine.store.sqlite import Terms, open_store
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore
from leo_engine.testing.run_rows import START_MS, VERSION, Pen, run_row, task_rows

LEASE_MS = 10_000

keys = st.integers(1, 3)
numbers = st.integers(1, 3)
tasks = st.sampled_from("abc")


class Prepare(msgspec.Struct, frozen=True):
    """Want a run."""

    number: int
    key: str
    inputs: str
    new: bool
    allowed: int
    batch: int

    async def __call__(self, store: RunStore, _: FakeClock) -> object:
        row = run_row(
            self.number,
            concurrency_key=self.key,
            input_hash=self.inputs,
            options={"max_active_runs": self.allowed},
        )
        if row.run_id in {other.run_id for other in every(store)}:
            return "the id is taken"
        result = store.prepare(
            row,
            VERSION,
            task_rows("a b"),
            owner="host:1",
            new=self.new,
            batch_item=(f"{self.batch}", 1),
        )
        return result if isinstance(result, Created) else type(result)


class Take(msgspec.Struct, frozen=True):
    """Take a run over."""

    run_key: int

    async def __call__(self, store: RunStore, clock: FakeClock) -> object:
        return store.take(self.run_key, owner="other")


class Release(msgspec.Struct, frozen=True):
    """Let go of a run, perhaps under an old epoch."""

    run_key: int
    epoch: int

    async def __call__(self, store: RunStore, _: FakeClock) -> None:
        store.release(self.run_key, epoch=self.epoch)


class Write(msgspec.Struct, frozen=True):
    """Append as some owner would, with numbers that may be wrong."""

    run_key: int
    epoch: int
    skip: int
    task: str
    kind: str

    async def __call__(self, store: RunStore, _: FakeClock) -> None:
        rows = [row for row in every(store) if row.run_key == self.run_key]
        row = rows[0] if rows else run_row(run_key=self.run_key)
        if row.status is RunStatus.INTERRUPTED:
            row = msgspec.structs.replace(row, status=RunStatus.RUNNING)
        seq = len(list(store.events(self.run_key))) + 1 + self.skip
        await store.append(self._made(Pen(store, row, epoch=self.epoch, seq=seq)))

    def _made(self, pen: Pen) -> JournalWrite:
        pause = RunPaused(at_ms=START_MS)
        output = OutputRow(task=self.task, output={"of": self.epoch})
        makers: dict[str, Callable[[], JournalWrite]] = {
            "begin": pen.begun,
            "start": lambda: pen.started(self.task),
            "succeed": lambda: pen.succeeded(self.task),
            "output": lambda: pen.write(pause, outputs=[output]),
            "forget": lambda: pen.write(pause, outputs=[OutputRow(task=self.task)]),
            "end": pen.ended,
        }
        return makers[self.kind]()


class Beat(msgspec.Struct, frozen=True):
    """Send a heartbeat."""

    run_key: int
    epoch: int

    async def __call__(self, store: RunStore, clock: FakeClock) -> None:
        await store.heartbeat(self.run_key, epoch=self.epoch)


class Claim(msgspec.Struct, frozen=True):
    """Claim slots of a pool."""

    run_key: int
    task: str
    slots: int

    async def __call__(self, store: RunStore, _: FakeClock) -> object:
        if store.lease(self.run_key) is None:
            return "no such run"
        claim = PoolClaim(
            run_key=self.run_key, task=self.task, attempt=1, pool="p", slots=self.slots
        )
        return await store.claim_pool(claim, limit=3)


class Ask(msgspec.Struct, frozen=True):
    """Leave a request."""

    run_key: int

    async def __call__(self, store: RunStore, _: FakeClock) -> object:
        return store.request(self.run_key, RunRequest(action="cancel", at_ms=START_MS))


class Remove(msgspec.Struct, frozen=True):
    """Remove old runs."""

    keep_runs: int

    async def __call__(self, store: RunStore, _: FakeClock) -> object:
        removed = store.remove(Retention(keep_runs=self.keep_runs), dry_run=False)
        ids = [run.run_id for run in removed.runs]
        return ids, removed.dag_versions, removed.batches


class Plan(msgspec.Struct, frozen=True):
    """Store a batch of two entries, or skip one of them."""

    number: int

    async def __call__(self, store: RunStore, _: FakeClock) -> None:
        batch = BatchRow(
            batch_id=f"{self.number}",
            name="plan",
            plan_hash="",
            file="",
            created_ms=START_MS + self.number * 1_000,
        )
        if batch in store.batches():
            store.assign((batch.batch_id, 2), skipped="done already")
            return
        items = [BatchItemRow(position=n, dag="etl", params={"n": n}) for n in (1, 2)]
        store.add_batch(batch, items)


class Stage(msgspec.Struct, frozen=True):
    """Track staging."""

    row: StagingRow

    async def __call__(self, store: RunStore, _: FakeClock) -> None:
        store.put_staging(self.row)


class Free(msgspec.Struct, frozen=True):
    """Free what is thought to be the row of some staging."""

    row: StagingRow

    async def __call__(self, store: RunStore, _: FakeClock) -> object:
        entry = AuditEntry(at_ms=1, action="free staging", run_id=self.row.run_id)
        return store.free_staging(self.row, entry)


class Wait(msgspec.Struct, frozen=True):
    """Let time pass."""

    by_ms: int


class Jump(msgspec.Struct, frozen=True):
    """Set the wall clock."""

    by_ms: int


Step = (
    Prepare | Take | Release | Write | Beat | Claim | Ask | Remove | Plan | Stage | Free
)

staging = st.builds(
    StagingRow,
    run_id=numbers.map(lambda number: run_row(number).run_id),
    place=st.just("/x"),
    state=st.sampled_from(StagingState),
    created_ms=st.just(1),
)

steps = st.lists(
    st.one_of(
        st.builds(
            Prepare,
            st.integers(1, 50),
            st.sampled_from(["", "k", "l"]),
            st.sampled_from(["", "i", "j"]),
            st.booleans(),
            st.integers(1, 2),
            numbers,
        ),
        st.builds(Plan, numbers),
        st.builds(Stage, staging),
        st.builds(Free, staging),
        st.builds(Jump, st.integers(-LEASE_MS, LEASE_MS)),
        st.builds(Take, keys),
        st.builds(Release, keys, st.integers(1, 3)),
        st.builds(
            Write,
            keys,
            st.integers(1, 3),
            st.sampled_from([0, 0, 0, 0, -1, 1]),
            tasks,
            st.sampled_from(["begin", "start", "succeed", "output", "forget", "end"]),
        ),
        st.builds(Beat, keys, st.integers(1, 3)),
        st.builds(Claim, keys, tasks, st.integers(1, 3)),
        st.builds(Ask, keys),
        st.builds(Wait, st.sampled_from([1, LEASE_MS // 2, LEASE_MS])),
        st.builds(Remove, st.integers(0, 2)),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(steps)
def test_the_fake_and_sqlite_answer_alike(plan: list[Step | Wait | Jump]) -> None:
    async def compare() -> None:
        clock = FakeClock(START_MS)
        with TemporaryDirectory() as folder:
            terms = Terms(clock=clock, lease_ms=LEASE_MS)
            fake = FakeStore(clock, lease_ms=LEASE_MS)
            with closing(open_store(Path(folder) / "leo.db", terms)) as real:
                for step in plan:
                    if isinstance(step, Wait):
                        await clock.advance(step.by_ms)
                    elif isinstance(step, Jump):
                        clock.jump(step.by_ms)
                    else:
                        expected = await answer(fake, step, clock)
                        assert await answer(real, step, clock) == expected
                    assert view(real) == view(fake)
                assert real.check() == []

    asyncio.run(compare())


async def answer(store: RunStore, step: Step, clock: FakeClock) -> object:
    """Return what the store answers: a value, or the kind of refusal."""
    try:
        return await step(store, clock)
    except LeoError as error:
        return type(error)


def every(store: RunStore) -> list[RunRow]:
    return store.runs(RunFilter(limit=1_000))


def view(store: RunStore) -> object:
    """Return all that can be seen, having checked each journal for gaps."""
    batches = store.batches()
    shown: list[object] = [
        batches,
        [store.batch_items(batch.batch_id) for batch in batches],
        store.staging(),
        [entry.run_id for entry in store.audit() if entry.run_id],
        [store.newest_run("etl", inputs) for inputs in ("", "i", "j")],
        store.exceeds(Retention(keep_runs=1, older_than_ms=LEASE_MS)),
    ]
    for row in every(store):
        events = list(store.events(row.run_key))
        assert [stored.seq for stored in events] == list(range(1, len(events) + 1))
        shown.append(
            (
                row,
                events,
                store.tasks(row.run_key),
                store.attempts(row.run_key),
                store.outputs(row.run_key),
                store.lease(row.run_key),
                store.open_requests(row.run_key),
            )
        )
    return shown
