"""Ended runs kept within limits: when asked to, or once an hour when well over them."""

from pathlib import Path

import pytest

from leo_engine.app.retaining import Retaining
from leo_engine.app.staging import Staging
from leo_engine.ports import Retention, RunFilter, RunRow
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore
from leo_engine.testing.run_rows import finished

HOUR_MS = 3_600_000
KEEP_20 = Retention(keep_runs=20)


class World:
    """A folder with runs, and a clock that obeys."""

    def __init__(self, state_folder: Path) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self._folder = state_folder
        self.staging = Staging(
            store=self.store, clock=self.clock, state_folder=state_folder, ttl_ms=1000
        )
        self.retaining = Retaining(
            store=self.store,
            clock=self.clock,
            state_folder=state_folder,
            staging=self.staging,
        )

    async def add(self, count: int) -> list[RunRow]:
        """Have so many more runs, each with a log and something in its staging."""
        first = len(self.store.runs(RunFilter(limit=1000)))
        runs = [await finished(self.store, first + one) for one in range(count)]
        for run in runs:
            for folder in (self.logs(run), self.staging.track(run.run_id)):
                folder.mkdir(parents=True)
                (folder / "file").write_bytes(b"12345")
        return runs

    def logs(self, run: RunRow) -> Path:
        """Return where a run's logs are."""
        return self._folder / "runs" / run.run_id

    def count(self) -> int:
        """Return how many runs there are."""
        return len(self.store.runs(RunFilter(limit=1000)))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_removed_runs_take_their_logs_and_their_staging_along(
    world: World,
) -> None:
    runs = await world.add(3)
    removed = world.retaining.collect(Retention(keep_runs=1), dry_run=False)
    assert [one.run_id for one in removed] == [run.run_id for run in runs[:2]]
    assert [one.size_bytes for one in removed] == [10, 10]
    assert [world.logs(run).exists() for run in runs] == [False, False, True]
    assert [row.run_id for row in world.store.staging()] == [runs[2].run_id]
    assert [world.staging.folder(run.run_id).exists() for run in runs] == [
        *(False, False, True)
    ]
    assert len([one for one in world.store.audit() if "remove" in one.action]) == 2


async def test_a_dry_run_removes_nothing(world: World) -> None:
    (run,) = await world.add(1)
    removed = world.retaining.collect(Retention(keep_runs=0), dry_run=True)
    assert [one.run_id for one in removed] == [run.run_id]
    assert world.logs(run).exists()


async def test_the_first_time_only_begins_the_hour(world: World) -> None:
    await world.add(30)
    world.retaining.apply_when_due(KEEP_20)
    world.retaining.apply_when_due(KEEP_20)
    assert world.count() == 30


async def test_limits_are_applied_when_the_hour_is_over_and_only_then(
    world: World,
) -> None:
    await world.add(30)
    world.retaining.apply_when_due(KEEP_20)
    await world.clock.advance(HOUR_MS)
    world.retaining.apply_when_due(KEEP_20)
    assert world.count() == 20


async def test_a_little_over_the_limit_is_left_for_later(world: World) -> None:
    world.retaining.apply_when_due(KEEP_20)
    await world.add(21)
    await world.clock.advance(HOUR_MS)
    world.retaining.apply_when_due(KEEP_20)
    assert world.count() == 21
    await world.add(1)
    await world.clock.advance(HOUR_MS)
    world.retaining.apply_when_due(KEEP_20)
    assert world.count() == 20
