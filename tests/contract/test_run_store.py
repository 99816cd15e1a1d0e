"""The exam of the `RunStore` port, taken by the fake and by SQLite."""

import pytest

from leo_engine.errors import (
    LeaseLostError,
    StoreError,
)
from leo_engine.ports import (
    Busy,
    Created,
    Reuse,
    RunFilter,
    RunStore,
)
from leo_engine.state.event import RunPaused
from leo_engine.state.rows import OutputRow
from leo_engine.state.status import TaskStatus
from leo_engine.testing.builders import with_fields
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import (
    LEASE_MS,
    START_MS,
    VERSION,
    Pen,
    only_event,
    prepared,
    run_row,
    task_rows,
)

# prepare


def test_creates_a_run_with_its_version_its_tasks_and_its_lease(
    store: RunStore,
) -> None:
    row = run_row(params={"date": "2026-03-01", "n": 3}, options={"slots": 2}, total=2)
    created = prepared(store, row, "b a", owner="host:1")
    assert isinstance(created, Created)
    assert created.epoch == 1
    assert store.find_run(row.run_id) == with_fields(row, run_key=created.run_key)
    assert store.tasks(created.run_key) == task_rows("b a")
    assert store.dag_version(VERSION.dag_hash) == VERSION
    lease = store.lease(created.run_key)
    assert lease is not None
    assert lease.owner == "host:1"


def test_reuses_the_run_under_way_with_the_same_inputs(store: RunStore) -> None:
    first = Pen.of(store)
    assert prepared(store, run_row(2)) == Reuse(first.row.run_id)


def test_new_insists_on_a_run_of_its_own_and_may_find_the_key_taken(
    store: RunStore,
) -> None:
    first = Pen.of(store)
    refused = prepared(store, run_row(2), new=True)
    assert isinstance(refused, Busy)
    assert refused.occupant == first.row.run_id


def test_new_creates_a_second_run_where_two_may_be_active(store: RunStore) -> None:
    Pen.of(store)
    second = run_row(2, options={"max_active_runs": 2})
    assert isinstance(prepared(store, second, new=True), Created)


def test_names_the_occupant_when_inputs_differ(store: RunStore) -> None:
    first = Pen.of(store)
    refused = prepared(store, run_row(2, input_hash="others"))
    assert isinstance(refused, Busy)
    assert refused.occupant == first.row.run_id
    assert first.row.run_id in refused.message
    assert "etl" in refused.message


def test_as_many_runs_are_active_under_a_key_as_the_new_one_allows(
    store: RunStore,
) -> None:
    allowed = {"max_active_runs": 2}
    for number in (1, 2):
        row = run_row(number, input_hash=f"{number}", options=allowed)
        assert isinstance(prepared(store, row), Created)
    third = run_row(3, input_hash="3", options=allowed)
    assert isinstance(prepared(store, third), Busy)


def test_runs_without_a_key_are_in_nobodys_way(store: RunStore) -> None:
    for number in (1, 2):
        row = run_row(number, concurrency_key="")
        assert isinstance(prepared(store, row), Created)


async def test_an_ended_run_is_in_nobodys_way(store: RunStore) -> None:
    pen = Pen.of(store)
    await store.append(pen.begun())
    await store.append(pen.ended())
    assert isinstance(prepared(store, run_row(2)), Created)


async def test_an_interrupted_run_is_in_nobodys_way(
    store: RunStore, clock: FakeClock
) -> None:
    Pen.of(store)
    await clock.advance(LEASE_MS)
    assert isinstance(prepared(store, run_row(2)), Created)


def test_a_refused_run_leaves_nothing_behind(store: RunStore) -> None:
    Pen.of(store)
    other = with_fields(VERSION, dag_hash="other")
    row = run_row(2, input_hash="others", dag_hash="other")
    assert isinstance(store.prepare(row, other, [], owner="x", new=False), Busy)
    assert len(store.runs(RunFilter())) == 1
    with pytest.raises(StoreError):
        store.dag_version("other")


# the journal


async def test_stores_events_and_rows_together(store: RunStore) -> None:
    pen = Pen.of(store)
    await store.append(pen.begun())
    await store.append(pen.started("a"))
    write = pen.succeeded("a")
    await store.append(write)
    events = list(store.events(pen.row.run_key))
    assert [stored.seq for stored in events] == [1, 2, 3]
    assert events[-1].event == write.events[0]
    assert store.tasks(pen.row.run_key)[0] == write.tasks[0]
    assert store.attempts(pen.row.run_key) == list(write.attempts)
    assert store.find_run("latest") == pen.row


async def test_reads_events_from_a_number_on(store: RunStore) -> None:
    pen = Pen.of(store)
    for _ in range(3):
        await store.append(pen.write(RunPaused(at_ms=START_MS)))
    after = store.events(pen.row.run_key, after_seq=2)
    assert [stored.seq for stored in after] == [3]


async def test_a_former_owner_writes_nothing(store: RunStore, clock: FakeClock) -> None:
    pen = Pen.of(store)
    await clock.advance(LEASE_MS)
    key = pen.row.run_key
    epoch = store.take(key, owner="host:2").epoch
    stale, current = pen.started("a"), Pen(store, pen.row, epoch=epoch)
    with pytest.raises(LeaseLostError):
        await store.append(stale)
    assert list(store.events(key)) == []
    assert store.attempts(key) == []
    await store.append(current.begun())
    assert only_event(store, key).seq == 1


async def test_a_gap_in_the_numbers_is_refused_and_so_is_what_follows(
    store: RunStore,
) -> None:
    pen = Pen.of(store)
    lost = pen.begun()
    late = pen.started("a")
    with pytest.raises(StoreError, match="1"):
        await store.append(late)
    with pytest.raises(StoreError):
        await store.append(lost)
    assert list(store.events(pen.row.run_key)) == []


async def test_a_run_refused_for_good_goes_on_under_its_next_owner(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    pen.seq = 7
    with pytest.raises(StoreError):
        await store.append(pen.begun())
    key = pen.row.run_key
    store.release(key, epoch=1)
    pen.epoch, pen.seq = store.take(key, owner="host:2").epoch, 1
    await store.append(pen.begun())
    assert only_event(store, key).seq == 1


async def test_a_write_for_a_run_that_does_not_exist_is_refused(
    store: RunStore,
) -> None:
    pen = Pen(store, run_row(run_key=99))
    with pytest.raises(LeaseLostError):
        await store.append(pen.begun())


async def test_tasks_that_a_resume_brings_come_after_those_there_were(
    store: RunStore,
) -> None:
    pen = Pen.of(store, tasks="z y")
    running = with_fields(task_rows("y")[0], status=TaskStatus.RUNNING)
    await store.append(pen.write(tasks=[*task_rows("b a"), running]))
    assert [row.task for row in store.tasks(pen.row.run_key)] == ["z", "y", "b", "a"]
    assert store.tasks(pen.row.run_key)[1] == running


async def test_keeps_outputs_until_the_task_is_reset(store: RunStore) -> None:
    pen = Pen.of(store)
    key = pen.row.run_key
    output = OutputRow(task="a", output={"rows": 3, "ok": [True, None]})
    registered = OutputRow(task="b", registered="é")
    await store.append(pen.write(outputs=[output, registered]))
    assert store.outputs(key) == [output, registered]
    await store.append(pen.write(outputs=[OutputRow(task="a")]))
    assert store.outputs(key) == [registered]


async def test_lists_attempts_by_start_and_those_of_one_task(store: RunStore) -> None:
    pen = Pen.of(store)
    for task, attempt in (("b", 1), ("b", 2), ("a", 1)):
        await store.append(pen.started(task, attempt))
    key = pen.row.run_key
    every = [(row.task, row.attempt) for row in store.attempts(key)]
    assert every == [("a", 1), ("b", 1), ("b", 2)]
    assert [row.attempt for row in store.attempts(key, "b")] == [1, 2]


def test_what_belongs_to_no_run_is_empty(store: RunStore) -> None:
    assert store.tasks(99) == []
    assert store.attempts(99) == []
    assert store.outputs(99) == []
    assert list(store.events(99)) == []


# looking for runs
