"""Plans of many runs: the exam of the `RunStore` port on batches."""

import pytest

from leo_engine import ids
from leo_engine.errors import BatchNotFoundError
from leo_engine.ports import (
    BatchItemRow,
    BatchRow,
    Busy,
    Created,
    Retention,
    Reuse,
    RunStore,
)
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import with_fields
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import (
    LEASE_MS,
    START_MS,
    VERSION,
    Pen,
    finished,
    run_row,
)

ITEMS = [
    BatchItemRow(position=1, dag="etl", params={"day": "mon", "n": [1, None]}),
    BatchItemRow(position=2, dag="other"),
]


def batch(number: int = 1) -> BatchRow:
    return BatchRow(
        batch_id=ids.run_id(START_MS + 1_000 * number, number),
        name="backfill",
        plan_hash="p1an",
        file="plans/backfill.toml",
        created_ms=START_MS + 1_000 * number,
    )


def added(store: RunStore, number: int = 1) -> str:
    row = batch(number)
    store.add_batch(row, ITEMS)
    return row.batch_id


# batches


def test_a_batch_is_stored_with_its_entries(store: RunStore) -> None:
    batch_id = added(store)
    assert store.batches() == [batch()]
    assert store.batch_items(batch_id) == ITEMS


def test_batches_are_listed_newest_first_and_no_more_than_asked_for(
    store: RunStore,
) -> None:
    for number in (2, 3, 1):
        added(store, number)
    assert store.batches(2) == [batch(3), batch(2)]


def test_a_batch_is_found_by_the_beginning_of_its_id_and_as_the_newest(
    store: RunStore,
) -> None:
    first, second = added(store, 1), added(store, 2)
    assert store.find_batch(first) == batch(1)
    assert store.find_batch(second.replace("-", "").upper()[:30]) == batch(2)
    for word in ("latest", "last"):
        assert store.find_batch(word) == batch(2)


@pytest.mark.parametrize("prefix", ["", "018b", "etl", "%", "f"])
def test_what_means_no_batch_or_several_is_refused(
    store: RunStore, prefix: str
) -> None:
    for number in (1, 2):
        added(store, number)
    with pytest.raises(BatchNotFoundError):
        store.find_batch(prefix)


def test_candidates_are_named_when_several_batches_begin_so(store: RunStore) -> None:
    first, second = added(store, 1), added(store, 2)
    with pytest.raises(BatchNotFoundError, match=f"(?s){second}.*{first}"):
        store.find_batch("018b")


def test_there_is_no_newest_batch_before_the_first(store: RunStore) -> None:
    with pytest.raises(BatchNotFoundError):
        store.find_batch("latest")
    assert store.batches() == []
    assert store.batch_items("x") == []


# entries and their runs


async def test_an_entry_shows_its_run_as_it_is_at_the_moment(
    store: RunStore, clock: FakeClock
) -> None:
    batch_id = added(store)
    pen = Pen.of(store)
    store.assign((batch_id, 1), run_id=pen.row.run_id)
    item = store.batch_items(batch_id)[0]
    assert item == with_fields(ITEMS[0], run_id=pen.row.run_id, run=pen.row)
    await store.append(pen.begun())
    await clock.advance(LEASE_MS)
    item = store.batch_items(batch_id)[0]
    assert item.run == with_fields(pen.row, status=RunStatus.INTERRUPTED)
    await store.append(pen.ended(RunStatus.FAILED))
    assert store.batch_items(batch_id)[0].run == pen.row


def test_an_entry_can_be_skipped_with_a_reason(store: RunStore) -> None:
    batch_id = added(store)
    store.assign((batch_id, 2), run_id="0193", skipped="succeeded already")
    skipped = with_fields(ITEMS[1], run_id="0193", skipped="succeeded already")
    assert store.batch_items(batch_id) == [ITEMS[0], skipped]


async def test_an_entry_outlives_its_run(store: RunStore) -> None:
    batch_id = added(store)
    run = await finished(store)
    store.assign((batch_id, 1), run_id=run.run_id)
    store.remove(Retention(keep_runs=0), dry_run=False)
    item = store.batch_items(batch_id)[0]
    assert (item.run_id, item.run) == (run.run_id, None)


def prepared_for(store: RunStore, number: int, batch_id: str, **fields: object) -> type:
    answer = store.prepare(
        run_row(number, **fields),
        VERSION,
        [],
        owner="host:1",
        new=False,
        batch_item=(batch_id, 1),
    )
    return type(answer)


def test_a_run_is_that_of_its_entry_from_its_creation_on(store: RunStore) -> None:
    batch_id = added(store)
    assert prepared_for(store, 1, batch_id) is Created
    assert store.batch_items(batch_id)[0].run_id == run_row(1).run_id


def test_a_run_that_is_reused_is_that_of_the_entry(store: RunStore) -> None:
    batch_id, pen = added(store), Pen.of(store)
    assert prepared_for(store, 2, batch_id) is Reuse
    assert store.batch_items(batch_id)[0].run_id == pen.row.run_id


async def test_an_entry_gets_the_newest_run_with_its_inputs_however_it_ended(
    store: RunStore,
) -> None:
    batch_id = added(store)
    await finished(store, 1)
    newest = await finished(store, 2)
    assert prepared_for(store, 3, batch_id) is Reuse
    assert store.batch_items(batch_id)[0].run_id == newest.run_id
    assert prepared_for(store, 4, batch_id, input_hash="others") is Created


async def test_a_run_of_its_own_is_made_for_an_entry_that_insists(
    store: RunStore,
) -> None:
    batch_id = added(store)
    await finished(store, 1)
    answer = store.prepare(
        run_row(2), VERSION, [], owner="o", new=True, batch_item=(batch_id, 1)
    )
    assert isinstance(answer, Created)
    assert store.batch_items(batch_id)[0].run_id == run_row(2).run_id


def test_an_entry_whose_dag_is_busy_gets_no_run(store: RunStore) -> None:
    batch_id = added(store)
    Pen.of(store)
    assert prepared_for(store, 2, batch_id, input_hash="others") is Busy
    assert store.batch_items(batch_id) == ITEMS


# the newest run with the same inputs


async def test_the_newest_run_with_the_same_inputs_is_found(store: RunStore) -> None:
    await finished(store, 3)
    newest = await finished(store, 5)
    await finished(store, 4)
    assert store.newest_run("etl", "inputs") == newest


@pytest.mark.parametrize(
    "fields",
    [{"dag": "other"}, {"input_hash": "others"}, {"parent_run": "0193"}],
    ids=["another DAG", "other inputs", "a sub-DAG"],
)
async def test_other_runs_are_not_taken_for_it(
    store: RunStore, fields: dict[str, object]
) -> None:
    await finished(store, 1, START_MS, **fields)
    assert store.newest_run("etl", "inputs") is None


async def test_runs_without_a_hash_of_their_inputs_are_not_alike(
    store: RunStore,
) -> None:
    await finished(store, 1, input_hash="")
    assert store.newest_run("etl", "") is None


async def test_inputs_that_a_resume_changed_are_found_and_the_old_ones_are_not(
    store: RunStore,
) -> None:
    row = await finished(store)
    epoch = store.take(row.run_key, owner="host:2").epoch
    pen = Pen(store, row, epoch=epoch, seq=3)
    await store.append(pen.write(input_hash="others", params={"n": 2}))
    found = store.newest_run("etl", "others")
    assert found is not None
    assert found.params == {"n": 2}
    assert store.newest_run("etl", "inputs") is None
