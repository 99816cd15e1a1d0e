"""Batches with real runs: what is run, what is not, and in which order."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.batch_types import (
    BatchEntry,
    BatchResult,
    EntryAction,
    EntryChoice,
    EntryResult,
)
from leo_engine.app.types import RunCommand
from leo_engine.ports import BatchRow, JournalWrite, RunFilter, RunRow
from leo_engine.spec.model import Json
from leo_engine.state.status import RunStatus

ETL = """
max_active_runs = 10
[params]
day = { type = "string", required = true }
[tasks.note]
cmd = "echo {{ day }} >> ledger; test ! -e bad-{{ day }}"
"""
"""Fails for a day as long as there is a file `bad-DAY`."""

GATE = """
[params]
n = 1
[tasks.wait]
cmd = "echo {{ n }} >> began; while test ! -e open; do sleep 0.02; done"
"""
"""One run at a time (the default), each until there is a file `open`."""


class _Notes:
    """Writes down what an observer of a batch is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, EntryAction]] = []
        self.waited: list[int] = []
        self.ended: list[int] = []
        self.under_way: set[int] = set()
        self.most_under_way = 0
        self.stored: set[str] = set()

    def on_batch(self, batch: BatchRow, total: int) -> None:
        self.total = total

    def on_entry_begun(self, choice: EntryChoice, run: RunRow) -> None:
        self.begun.append((choice.entry.position, choice.action))
        self.under_way.add(choice.entry.position)
        self.most_under_way = max(self.most_under_way, len(self.under_way))

    def on_entry_waits(self, entry: BatchEntry, why: str) -> None:
        self.waited.append(entry.position)
        self.under_way.discard(entry.position)

    def on_entry_ended(self, result: EntryResult) -> None:
        self.ended.append(result.choice.entry.position)
        self.under_way.discard(result.choice.entry.position)

    def on_batch_ended(self, result: BatchResult) -> None:
        self.result = result

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        self.stored.add(run.run_id)


class _Folder:
    """A folder of DAGs with plans beside it."""

    def __init__(self, place: Path) -> None:
        self.dags = place / "dags"
        self.dags.mkdir()
        self._plan = place / "plan.toml"

    def write(self, name: str, text: str) -> None:
        (self.dags / f"{name}.toml").write_text(text)

    def plan(self, *runs: str) -> None:
        """Write a plan: each run as the lines of its table."""
        tables = (f"[[runs]]\n{run}\n" for run in runs)
        self._plan.write_text("".join(tables))

    def days(self, *days: str) -> None:
        self.plan(f'dag = "etl"\nmatrix = {{ day = {list(days)} }}')

    def engine(self, slots: int = 4) -> Engine:
        return Engine(settings(str(self.dags), slots=slots))

    async def batch(
        self, notes: _Notes | None = None, *, slots: int = 4, new: bool = False
    ) -> BatchResult:
        with self.engine(slots) as engine:
            return await carry_out(engine, self, notes, new=new)

    def preview(self, *, new: bool = False) -> list[tuple[EntryAction, str]]:
        with self.engine() as engine:
            choices = engine.preview_batch(engine.load_plan(self._plan), new=new)
        return [(choice.action, choice.reason) for choice in choices]

    def runs(self) -> list[RunRow]:
        with self.engine() as engine:
            return engine.runs(RunFilter(descending=False))

    def lines(self, name: str) -> list[str]:
        path = self.dags / name
        return path.read_text().split() if path.exists() else []


async def carry_out(
    engine: Engine, folder: _Folder, notes: _Notes | None = None, *, new: bool = False
) -> BatchResult:
    plan = engine.load_plan(folder._plan)
    return await engine.run_batch(plan, new=new, observer=notes or _Notes())


async def run(engine: Engine, name: str, params: Mapping[str, Json]) -> RunRow:
    loaded = engine.load(name)
    command = RunCommand(dag=loaded, params=engine.bind_params(loaded.dag, params))
    (result,) = await engine.run([command])
    return result.run


async def until_there(path: Path, lines: int = 1) -> None:
    async with asyncio.timeout(10):
        while not path.exists() or len(path.read_text().split()) < lines:  # noqa: ASYNC110, ASYNC240 -- what tasks write rings no bell
            await asyncio.sleep(0.01)


def actions(result: BatchResult) -> list[EntryAction]:
    return [one.choice.action for one in result.results]


def statuses(results: Iterable[EntryResult]) -> list[RunStatus | None]:
    return [None if one.run is None else one.run.status for one in results]


@pytest.fixture
def folder(tmp_path: Path) -> _Folder:
    made = _Folder(tmp_path)
    made.write("etl", ETL)
    return made


async def test_every_entry_is_run_and_a_second_time_none(folder: _Folder) -> None:
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
    folder: _Folder,
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


async def test_an_entry_that_is_listed_twice_is_run_once(folder: _Folder) -> None:
    one = 'dag = "etl"\nparams = { day = "mon" }'
    folder.plan(one, 'dag = "etl"\nparams = { day = "tue" }', one)
    result = await folder.batch()
    assert result.has_succeeded
    assert result.results[2].choice.reason == "same as entry 1"
    assert sorted(folder.lines("ledger")) == ["mon", "tue"]


async def test_new_runs_everything_again(folder: _Folder) -> None:
    folder.days("mon", "tue")
    await folder.batch()
    result = await folder.batch(new=True)
    assert actions(result) == [EntryAction.CREATE] * 2
    assert len(folder.lines("ledger")) == 4


async def test_a_changed_dag_is_another_run(folder: _Folder) -> None:
    folder.days("mon")
    await folder.batch()
    folder.write("etl", ETL.replace("echo", "echo -n; echo"))
    assert actions(await folder.batch()) == [EntryAction.CREATE]


async def test_no_more_runs_are_under_way_than_can_use_the_slots(
    folder: _Folder,
) -> None:
    folder.days(*(f"d{number}" for number in range(12)))
    notes = _Notes()
    await folder.batch(notes, slots=2)
    assert notes.most_under_way == 2
    assert [position for position, _ in notes.begun] == list(range(1, 13))


async def test_a_dag_has_no_more_active_runs_than_it_allows(folder: _Folder) -> None:
    folder.write("etl", ETL.replace("max_active_runs = 10", ""))
    folder.days("mon", "tue", "wed")
    notes = _Notes()
    result = await folder.batch(notes)
    assert result.has_succeeded
    assert notes.most_under_way == 1
    assert notes.waited == []
    assert folder.lines("ledger") == ["mon", "tue", "wed"]


async def test_a_dag_that_is_busy_elsewhere_waits_while_others_go_on(
    folder: _Folder,
) -> None:
    folder.write("gate", GATE)
    folder.plan(
        'dag = "gate"\nmatrix = { n = [2, 3] }',
        'dag = "etl"\nmatrix = { day = ["mon", "tue", "wed"] }',
    )
    notes = _Notes()
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


async def test_a_run_that_is_under_way_elsewhere_is_followed(folder: _Folder) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"', 'dag = "etl"\nparams = { day = "mon" }')
    notes = _Notes()
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
    folder: _Folder,
) -> None:
    folder.days(*(f"d{number}" for number in range(20)))
    with folder.engine(2) as one, folder.engine(2) as other:
        results = await asyncio.gather(carry_out(one, folder), carry_out(other, folder))
    assert all(result.has_succeeded for result in results)
    assert len(folder.runs()) == 20
    assert sorted(folder.lines("ledger")) == sorted(f"d{n}" for n in range(20))


async def test_a_stop_ends_what_runs_and_begins_nothing_more(folder: _Folder) -> None:
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


async def test_a_stop_leaves_what_is_followed_to_its_owner(folder: _Folder) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"')
    with folder.engine() as other, folder.engine() as engine:
        elsewhere = asyncio.create_task(run(other, "gate", {}))
        await until_there(folder.dags / "began")
        notes = _Notes()
        batch = asyncio.create_task(carry_out(engine, folder, notes))
        async with asyncio.timeout(10):
            while not notes.begun:  # noqa: ASYNC110 -- the observer has no bell either
                await asyncio.sleep(0.01)
        engine.interrupt()
        result = await batch
        assert not result.has_succeeded
        (folder.dags / "open").touch()
        assert (await elsewhere).status is RunStatus.SUCCEEDED


async def test_an_entry_that_cannot_be_run_at_all_stops_none_of_the_others(
    folder: _Folder,
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


async def test_a_run_that_was_lost_is_gone_on_with_even_by_who_wants_new_ones(
    folder: _Folder,
) -> None:
    folder.write("gate", GATE)
    folder.plan('dag = "gate"')
    notes = _Notes()
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


async def test_what_was_left_is_adopted_by_the_next_batch(folder: _Folder) -> None:
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


async def test_a_dry_run_says_what_and_why_and_stores_nothing(folder: _Folder) -> None:
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


async def test_batches_show_their_runs_as_they_are_now(folder: _Folder) -> None:
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


async def test_the_order_of_a_plan_does_not_change_its_hash(folder: _Folder) -> None:
    hashes: list[str] = []
    orders: Sequence[Sequence[str]] = (("mon", "tue"), ("tue", "mon"))
    for days in orders:
        folder.days(*days)
        hashes.append((await folder.batch()).batch.plan_hash)
    assert hashes[0] == hashes[1]
