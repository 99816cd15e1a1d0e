# ruff: noqa: D102 -- what is noted has the name of what it is
"""A folder of DAGs with a plan beside it, and what an observer of a batch was told."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

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
cmd = '''
echo {{ n }} >> began
until test -e open || test $((i += 1)) -gt 1000; do sleep 0.02; done
'''
"""
"""One run at a time (the default), each until there is a file `open`, though not for
ever: a test that fails must leave nothing behind."""


class BatchNotes:
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


class PlanFolder:
    """A folder of DAGs with plans beside it."""

    def __init__(self, place: Path) -> None:
        self.dags = place / "dags"
        self.dags.mkdir()
        self.plan_file = place / "plan.toml"

    def write(self, name: str, text: str) -> None:
        (self.dags / f"{name}.toml").write_text(text)

    def plan(self, *runs: str) -> None:
        """Write a plan: each run as the lines of its table."""
        tables = (f"[[runs]]\n{run}\n" for run in runs)
        self.plan_file.write_text("".join(tables))

    def days(self, *days: str) -> None:
        self.plan(f'dag = "etl"\nmatrix = {{ day = {list(days)} }}')

    def engine(self, slots: int = 4) -> Engine:
        return Engine(settings(str(self.dags), slots=slots))

    async def batch(
        self, notes: BatchNotes | None = None, *, slots: int = 4, new: bool = False
    ) -> BatchResult:
        with self.engine(slots) as engine:
            return await carry_out(engine, self, notes, new=new)

    def preview(self, *, new: bool = False) -> list[tuple[EntryAction, str]]:
        with self.engine() as engine:
            choices = engine.preview_batch(engine.load_plan(self.plan_file), new=new)
        return [(choice.action, choice.reason) for choice in choices]

    def runs(self) -> list[RunRow]:
        with self.engine() as engine:
            return engine.runs(RunFilter(descending=False))

    def lines(self, name: str) -> list[str]:
        path = self.dags / name
        return path.read_text().split() if path.exists() else []


async def carry_out(
    engine: Engine,
    folder: PlanFolder,
    notes: BatchNotes | None = None,
    *,
    new: bool = False,
) -> BatchResult:
    plan = engine.load_plan(folder.plan_file)
    return await engine.run_batch(plan, new=new, observer=notes or BatchNotes())


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
