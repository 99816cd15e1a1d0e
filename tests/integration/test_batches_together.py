"""Batches among others: busy DAGs, runs of other engines, stops and losses."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.batch_types import EntryAction
from leo_engine.state.status import RunStatus
from plan_folder import (
    ETL,
    GATE,
    BatchNotes,
    PlanFolder,
    actions,
    carry_out,
    run,
    statuses,
    until_there,
)


@pytest.fixture
def folder(tmp_path: Path) -> PlanFolder:
    made = PlanFolder(tmp_path)
    made.write("etl", ETL)
    return made


async def test_a_dag_that_is_busy_elsewhere_waits_while_others_go_on(
    folder: PlanFolder,
) -> None:
    folder.write("gate", GATE)
    folder.plan(
        'dag = "gate"\nmatrix = { n = [2, 3] }',
        'dag = "etl"\nmatrix = { day = ["mon", "tue", "wed"] }',
    )
    notes = BatchNotes()
    with folder.engine() as other, folder.engine(slots=1) as engine:
        elsewhere = asyncio.create_task(run(other, "gate", {"n": 1}))
        await until_there(folder.dags / "began")
        batch = asyncio.create_task(carry_out(engine, folder, notes))
        await until_there(folder.dags / "ledger", 3)
        assert folder.lines("began") == ["1"]
        (folder.dags / "open").touch()
        result, first = await asyncio.gather(batch, elsewhere)
    assert first.status is RunStatus.SUCCEEDED
    assert result.has_succeeded
    assert folder.lines("began") == ["1", "2", "3"]
    assert set(notes.waited) == {1}


async def test_a_run_that_is_under_way_elsewhere_is_followed(
    folder: PlanFolder,
) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"', 'dag = "etl"\nparams = { day = "mon" }')
    notes = BatchNotes()
    with folder.engine() as other, folder.engine(slots=1) as engine:
        elsewhere = asyncio.create_task(run(other, "gate", {}))
        await until_there(folder.dags / "began")
        batch = asyncio.create_task(carry_out(engine, folder, notes))
        # A followed run leaves the only slot to the next entry.
        await until_there(folder.dags / "ledger")
        (folder.dags / "open").touch()
        result, first = await asyncio.gather(batch, elsewhere)
    assert actions(result) == [EntryAction.FOLLOW, EntryAction.CREATE]
    assert result.results[0].run == first
    assert first.run_id in notes.stored
    assert folder.lines("began") == ["1"]


async def test_two_batches_of_one_plan_make_one_run_for_each_entry(
    folder: PlanFolder,
) -> None:
    folder.days(*(f"d{number}" for number in range(20)))
    with folder.engine(2) as one, folder.engine(2) as other:
        results = await asyncio.gather(carry_out(one, folder), carry_out(other, folder))
    assert all(result.has_succeeded for result in results)
    assert len(folder.runs()) == 20
    assert sorted(folder.lines("ledger")) == sorted(f"d{n}" for n in range(20))


async def test_a_stop_ends_what_runs_and_begins_nothing_more(
    folder: PlanFolder,
) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"\nmatrix = { n = [1, 2, 3] }')
    with folder.engine() as engine:
        batch = asyncio.create_task(carry_out(engine, folder))
        await until_there(folder.dags / "began")
        engine.interrupt()
        result = await batch
    assert statuses(result.results) == [RunStatus.CANCELLED]
    assert result.total == 3
    assert not result.has_succeeded
    (folder.dags / "open").touch()
    again = await folder.batch()
    assert actions(again) == [
        EntryAction.RESUME,
        EntryAction.CREATE,
        EntryAction.CREATE,
    ]
    assert again.has_succeeded


async def test_a_stop_leaves_what_is_followed_to_its_owner(folder: PlanFolder) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"')
    with folder.engine() as other, folder.engine() as engine:
        elsewhere = asyncio.create_task(run(other, "gate", {}))
        await until_there(folder.dags / "began")
        notes = BatchNotes()
        batch = asyncio.create_task(carry_out(engine, folder, notes))
        async with asyncio.timeout(10):
            while not notes.begun:  # noqa: ASYNC110 -- the observer has no bell either
                await asyncio.sleep(0.01)
        engine.interrupt()
        result = await batch
        assert not result.has_succeeded
        (folder.dags / "open").touch()
        assert (await elsewhere).status is RunStatus.SUCCEEDED


async def test_a_run_that_was_lost_is_gone_on_with_even_by_who_wants_new_ones(
    folder: PlanFolder,
) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"')
    notes = BatchNotes()
    quick = msgspec.structs.replace(settings(str(folder.dags)), lease_ms=3_000)
    with Engine(quick) as engine:
        batch = asyncio.create_task(carry_out(engine, folder, notes, new=True))
        await until_there(folder.dags / "began")
        give_to_the_dead(folder.dags / ".leo" / "leo.db")
        async with asyncio.timeout(10):
            while len(notes.begun) < 2:  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.01)
        (folder.dags / "open").touch()
        result = await batch
    assert result.has_succeeded
    assert notes.begun == [(1, EntryAction.CREATE), (1, EntryAction.ADOPT)]
    assert len(folder.runs()) == 1
    assert folder.lines("began") == ["1"]


def give_to_the_dead(database: Path) -> None:
    """Let every run be owned by a process of this machine that is gone."""
    with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        connection.execute(
            "UPDATE leases SET epoch = epoch + 1,"
            " owner = substr(owner, 1, instr(owner, ':')) || 'boot:1:1'"
        )


async def test_what_was_left_is_adopted_by_the_next_batch(folder: PlanFolder) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"')
    with folder.engine() as engine:
        batch = asyncio.create_task(carry_out(engine, folder))
        await until_there(folder.dags / "began")
        engine.leave()
        left = await batch
    assert statuses(left.results) == [RunStatus.INTERRUPTED]
    (folder.dags / "open").touch()
    result = await folder.batch()
    assert actions(result) == [EntryAction.ADOPT]
    assert result.has_succeeded
    assert folder.lines("began") == ["1"]
