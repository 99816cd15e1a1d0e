"""What is removed and when: the exam of the `RunStore` port on retention."""

import pytest

from leo_engine import ids
from leo_engine.errors import StoreError
from leo_engine.ports import (
    BatchItemRow,
    BatchRow,
    Retention,
    RunFilter,
    RunStore,
    StagingRow,
    StagingState,
)
from leo_engine.testing.builders import with_fields
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import (
    LEASE_MS,
    START_MS,
    VERSION,
    Pen,
    finished,
)


async def test_keeps_the_newest_runs_of_each_dag(store: RunStore) -> None:
    rows = [await finished(store, number) for number in (1, 2, 3)]
    other = await finished(store, 4, dag="other")
    limits = Retention(keep_runs=1)
    planned = store.remove(limits, dry_run=True)
    assert len(store.runs(RunFilter())) == 4
    removed = store.remove(limits, dry_run=False)
    gone = [row.run_id for row in rows[:2]]
    assert [run.run_id for run in planned.runs] == gone
    assert [run.run_id for run in removed.runs] == gone
    left = [row.run_id for row in store.runs(RunFilter())]
    assert left == [other.run_id, rows[2].run_id]
    assert list(store.events(rows[0].run_key)) == []
    assert store.tasks(rows[0].run_key) == []


async def test_removes_what_ended_too_long_ago(
    store: RunStore, clock: FakeClock
) -> None:
    old = await finished(store, 1, at_ms=clock.now_ms() - 10_001)
    await finished(store, 2, at_ms=clock.now_ms() - 9_000)
    removed = store.remove(Retention(older_than_ms=10_000), dry_run=False)
    assert [run.run_id for run in removed.runs] == [old.run_id]


async def test_never_removes_a_run_that_has_not_ended(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await store.append(pen.begun())
    ended = await finished(store, 2)
    store.take(ended.run_key, owner="host:2")
    await clock.advance(LEASE_MS * 100)
    limits = Retention(keep_runs=0, older_than_ms=0)
    assert store.remove(limits, dry_run=True).runs == ()
    assert store.remove(limits, dry_run=False).runs == ()
    store.release(pen.row.run_key, epoch=1)
    assert store.remove(limits, dry_run=False).runs == ()


async def test_removes_the_one_run_that_somebody_asked_for(store: RunStore) -> None:
    kept, gone = await finished(store, 2), await finished(store, 3)
    pen = Pen.of(store)
    await store.append(pen.begun())
    asked = Retention(run_id=gone.run_id)
    removed = store.remove(asked, dry_run=False)
    assert [run.run_id for run in removed.runs] == [gone.run_id]
    assert store.audit()[0].run_id == gone.run_id
    assert store.remove(asked, dry_run=False).runs == ()
    under_way = Retention(run_id=pen.row.run_id)
    assert store.remove(under_way, dry_run=False).runs == ()
    left = {row.run_id for row in store.runs(RunFilter())}
    assert left == {kept.run_id, pen.row.run_id}


async def test_removes_versions_that_no_run_refers_to(store: RunStore) -> None:
    await finished(store, 1)
    store.keep_version(with_fields(VERSION, dag_hash="unused"))
    assert store.remove(Retention(), dry_run=True).dag_versions == 1
    assert store.remove(Retention(), dry_run=False).dag_versions == 1
    with pytest.raises(StoreError):
        store.dag_version("unused")
    assert store.dag_version(VERSION.dag_hash) == VERSION
    assert store.remove(Retention(keep_runs=0), dry_run=True).dag_versions == 1


async def test_every_removed_run_is_in_the_audit(store: RunStore) -> None:
    row = await finished(store, 1)
    store.remove(Retention(keep_runs=0), dry_run=False)
    entry = next(entry for entry in store.audit() if entry.run_id)
    assert entry.run_id == row.run_id
    assert entry.reason


def added(store: RunStore, created_ms: int, run_id: str) -> str:
    """Return a batch whose only entry got this run."""
    batch = BatchRow(
        batch_id=ids.run_id(created_ms, 1),
        name="plan",
        plan_hash="p1an",
        file="plan.toml",
        created_ms=created_ms,
    )
    store.add_batch(batch, [BatchItemRow(position=1, dag="etl", run_id=run_id)])
    return batch.batch_id


def batch_ids(store: RunStore) -> list[str]:
    return [batch.batch_id for batch in store.batches()]


async def test_a_batch_goes_when_its_runs_have_gone(store: RunStore) -> None:
    old, new = await finished(store, 2), await finished(store, 4)
    added(store, old.created_ms - 1, old.run_id)
    kept = added(store, old.created_ms - 2, new.run_id)
    limits = Retention(keep_runs=1)
    assert store.remove(limits, dry_run=True).batches == 1
    assert len(batch_ids(store)) == 2
    assert store.remove(limits, dry_run=False).batches == 1
    assert batch_ids(store) == [kept]
    assert len(store.batch_items(kept)) == 1


async def test_a_batch_without_runs_stays_while_it_may_still_get_some(
    store: RunStore,
) -> None:
    batch_id = added(store, START_MS + 60_000, "")
    store.remove(Retention(), dry_run=False)
    await finished(store, 1)
    store.remove(Retention(), dry_run=False)
    store.remove(Retention(keep_runs=0), dry_run=False)
    assert batch_ids(store) == [batch_id]


async def test_staging_that_is_not_freed_is_known_after_its_run_is_removed(
    store: RunStore,
) -> None:
    run = await finished(store)
    row = StagingRow(
        run_id=run.run_id, place="/x", state=StagingState.KEPT, created_ms=1
    )
    store.put_staging(row)
    store.remove(Retention(keep_runs=0), dry_run=False)
    assert store.staging() == [row]


async def test_a_number_of_runs_is_exceeded_by_more_than_a_twentieth(
    store: RunStore,
) -> None:
    limits = Retention(keep_runs=20)
    for number in range(1, 22):
        await finished(store, number)
    await finished(store, 30, dag="other")
    assert not store.exceeds(limits)
    await finished(store, 22)
    assert store.exceeds(limits)
    assert not store.exceeds(Retention())


async def test_an_age_is_exceeded_by_more_than_a_twentieth(
    store: RunStore, clock: FakeClock
) -> None:
    await finished(store, 1, at_ms=clock.now_ms())
    limits = Retention(older_than_ms=100_000)
    await clock.advance(105_000)
    assert not store.exceeds(limits)
    await clock.advance(1)
    assert store.exceeds(limits)


async def test_runs_that_have_not_ended_exceed_nothing(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await store.append(pen.begun())
    await clock.advance(LEASE_MS * 100)
    assert not store.exceeds(Retention(keep_runs=0, older_than_ms=0))
