"""Batches with real runs: what is run, what is not, and in which order."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from leo_engine.app.batch_types import EntryAction
from leo_engine.state.status import RunStatus
from plan_folder import ETL, BatchNotes, PlanFolder, actions, statuses


@pytest.fixture
def folder(tmp_path: Path) -> PlanFolder:
    made = PlanFolder(tmp_path)
    made.write("etl", ETL)
    return made


async def test_every_entry_is_run_and_a_second_time_none(folder: PlanFolder) -> None:
    folder.days("mon", "tue", "wed")
    first = await folder.batch()
    assert first.has_succeeded
    assert sorted(folder.lines("ledger")) == ["mon", "tue", "wed"]
    again = await folder.batch()
    assert again.has_succeeded
    assert actions(again) == [EntryAction.SKIP] * 3
    assert [one.choice.run_id for one in again.results] == [
        one.run.run_id for one in first.results if one.run
    ]
    assert len(folder.lines("ledger")) == 3


async def test_one_failure_stops_nothing_and_only_it_goes_on_later(
    folder: PlanFolder,
) -> None:
    folder.days("mon", "tue", "wed")
    bad = folder.dags / "bad-tue"
    bad.touch()
    first = await folder.batch(slots=1)
    assert not first.has_succeeded
    assert [one.error for one in first.results] == ["", "note: exit 1", ""]
    bad.unlink()
    second = await folder.batch()
    assert second.has_succeeded
    assert actions(second) == [EntryAction.SKIP, EntryAction.RESUME, EntryAction.SKIP]
    assert len(folder.runs()) == 3
    assert folder.lines("ledger") == ["mon", "tue", "wed", "tue"]


async def test_an_entry_that_is_listed_twice_is_run_once(folder: PlanFolder) -> None:
    one = 'dag = "etl"\nparams = { day = "mon" }'
    folder.plan(one, 'dag = "etl"\nparams = { day = "tue" }', one)
    result = await folder.batch()
    assert result.has_succeeded
    assert result.results[2].choice.reason == "same as entry 1"
    assert sorted(folder.lines("ledger")) == ["mon", "tue"]


async def test_new_runs_everything_again(folder: PlanFolder) -> None:
    folder.days("mon", "tue")
    await folder.batch()
    result = await folder.batch(new=True)
    assert actions(result) == [EntryAction.CREATE] * 2
    assert len(folder.lines("ledger")) == 4


async def test_a_changed_dag_is_another_run(folder: PlanFolder) -> None:
    folder.days("mon")
    await folder.batch()
    folder.write("etl", ETL.replace("echo", "echo -n; echo"))
    assert actions(await folder.batch()) == [EntryAction.CREATE]


async def test_no_more_runs_are_under_way_than_can_use_the_slots(
    folder: PlanFolder,
) -> None:
    folder.days(*(f"d{number}" for number in range(12)))
    notes = BatchNotes()
    await folder.batch(notes, slots=2)
    assert notes.most_under_way == 2
    assert [position for position, _ in notes.begun] == list(range(1, 13))


async def test_a_dag_has_no_more_active_runs_than_it_allows(folder: PlanFolder) -> None:
    folder.write("etl", ETL.replace("max_active_runs = 10", ""))
    folder.days("mon", "tue", "wed")
    notes = BatchNotes()
    result = await folder.batch(notes)
    assert result.has_succeeded
    assert notes.most_under_way == 1
    assert notes.waited == []
    assert folder.lines("ledger") == ["mon", "tue", "wed"]


async def test_an_entry_that_cannot_be_run_at_all_stops_none_of_the_others(
    folder: PlanFolder,
) -> None:
    (folder.dags / "bad-mon").touch()
    folder.days("mon")
    await folder.batch()
    run_folder = folder.dags / ".leo" / "runs" / folder.runs()[0].run_id
    run_folder.rename(run_folder.with_suffix(".moved"))
    run_folder.touch()
    folder.days("mon", "tue")
    result = await folder.batch(slots=1)
    assert "File exists" in result.results[0].error
    assert statuses(result.results) == [None, RunStatus.SUCCEEDED]
    assert not result.has_succeeded


async def test_a_dry_run_says_what_and_why_and_stores_nothing(
    folder: PlanFolder,
) -> None:
    folder.days("mon", "tue", "wed")
    assert folder.preview() == [(EntryAction.CREATE, "has not run yet")] * 3
    assert not (folder.dags / ".leo").exists()
    (folder.dags / "bad-tue").touch()
    folder.days("mon", "tue")
    await folder.batch()
    mon, tue = (run.run_id for run in folder.runs())
    folder.days("mon", "tue", "wed", "mon")
    assert folder.preview() == [
        (EntryAction.SKIP, f"succeeded already in run {mon}"),
        (EntryAction.RESUME, f"run {tue} failed"),
        (EntryAction.CREATE, "has not run yet"),
        (EntryAction.SKIP, "same as entry 1"),
    ]
    assert [action for action, _ in folder.preview(new=True)][:3] == [
        EntryAction.CREATE
    ] * 3
    assert len(folder.runs()) == 2


async def test_batches_show_their_runs_as_they_are_now(folder: PlanFolder) -> None:
    bad = folder.dags / "bad-tue"
    bad.touch()
    folder.days("mon", "tue", "mon")
    await folder.batch()
    with folder.engine() as engine:
        (batch,) = engine.batches(10)
        assert [item.run and item.run.status for item in batch.items] == [
            RunStatus.SUCCEEDED,
            RunStatus.FAILED,
            None,
        ]
        bad.unlink()
        await engine.resume(batch.items[1].run_id)
        detail = engine.batch_detail("last")
    assert detail.batch == batch.batch
    assert detail.items[1].run is not None
    assert detail.items[1].run.status is RunStatus.SUCCEEDED
    assert detail.items[2].skipped == "same as entry 1"


async def test_the_order_of_a_plan_does_not_change_its_hash(folder: PlanFolder) -> None:
    hashes: list[str] = []
    orders: Sequence[Sequence[str]] = (("mon", "tue"), ("tue", "mon"))
    for days in orders:
        folder.days(*days)
        hashes.append((await folder.batch()).batch.plan_hash)
    assert hashes[0] == hashes[1]
