"""The folder that a run's tasks share: freed, kept, reclaimed, wanted again."""

import os
from pathlib import Path

import pytest

from leo_engine.app.staging import FREED, Staging
from leo_engine.ports import RunRow, StagingState
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore
from leo_engine.testing.run_rows import Pen, run_row

TTL_MS = 1_000_000


class World:
    """A folder with staging, a store, and a clock that obeys."""

    def __init__(self, state_folder: Path) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock, lease_ms=10 * TTL_MS)
        self.staging = Staging(
            store=self.store,
            clock=self.clock,
            state_folder=state_folder,
            ttl_ms=TTL_MS,
        )

    async def run(self, status: RunStatus | None, number: int = 1) -> RunRow:
        """Have a run with a file in its staging; None: it is under way."""
        pen = Pen.of(self.store, run_row(number, concurrency_key=""))
        self.fill(pen.row.run_id)
        await self.store.append(pen.begun())
        if status is not None:
            await self.store.append(pen.ended(status, at_ms=self.clock.now_ms()))
        return pen.row

    def fill(self, run_id: str) -> None:
        """Track staging, and put a file there."""
        folder = self.staging.track(run_id)
        folder.mkdir(parents=True)
        (folder / "rows.csv").touch()

    def is_there(self, run: RunRow) -> bool:
        """Tell whether what a task left is still there."""
        return (self.staging.folder(run.run_id) / "rows.csv").exists()

    def reasons(self) -> list[str]:
        """Return why staging was freed, the newest first."""
        return [one.reason for one in self.store.audit() if one.action == FREED]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_the_staging_of_a_run_that_succeeded_is_freed(world: World) -> None:
    run = await world.run(RunStatus.SUCCEEDED)
    assert world.staging.sweep() == 1
    assert not world.is_there(run)
    assert world.store.staging() == []
    assert world.reasons() == ["its run succeeded"]


@pytest.mark.parametrize(
    "status", [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT]
)
async def test_the_staging_of_another_end_is_kept_for_its_time_and_then_freed(
    world: World, status: RunStatus
) -> None:
    run = await world.run(status)
    assert world.staging.sweep() == 0
    (row,) = world.store.staging()
    assert row.state is StagingState.KEPT
    assert row.keep_until_ms == world.clock.now_ms() + TTL_MS
    await world.clock.advance(TTL_MS - 1)
    assert world.staging.sweep() == 0
    assert world.is_there(run)
    await world.clock.advance(1)
    assert world.staging.sweep() == 1
    assert not world.is_there(run)
    (reason,) = world.reasons()
    assert str(status) in reason


async def test_the_staging_of_a_run_under_way_or_interrupted_is_left(
    world: World,
) -> None:
    run = await world.run(None)
    assert world.staging.sweep() == 0
    await world.clock.advance(20 * TTL_MS)
    assert world.store.find_run(run.run_id).status is RunStatus.INTERRUPTED
    assert world.staging.sweep() == 0
    assert world.is_there(run)


async def test_kept_staging_of_a_run_that_is_resumed_is_tracked_anew(
    world: World,
) -> None:
    run = await world.run(RunStatus.FAILED)
    world.staging.sweep()
    await world.clock.advance(TTL_MS)
    world.staging.track(run.run_id)
    world.store.take(run.run_key, owner="host:2")
    (row,) = world.store.staging()
    assert (row.state, row.keep_until_ms) == (StagingState.ACTIVE, None)
    world.staging.sweep()
    assert world.is_there(run)


async def test_a_sweep_that_is_behind_frees_nothing_that_is_wanted_again(
    world: World,
) -> None:
    run = await world.run(RunStatus.SUCCEEDED)
    (seen,) = world.staging.expired()
    await world.clock.advance(1)
    world.staging.track(run.run_id)
    assert not world.store.free_staging(seen, world.staging.entry(run.run_id, "late"))
    assert world.is_there(run)


async def test_the_staging_of_a_run_that_nobody_knows_is_freed(world: World) -> None:
    run_id = run_row(7).run_id
    world.fill(run_id)
    assert world.staging.sweep() == 1
    assert world.reasons() == ["its run was removed"]


async def test_a_folder_that_nothing_tracks_is_reclaimed_and_recorded(
    world: World,
) -> None:
    folder = world.staging.folder(run_row(7).run_id)
    folder.mkdir(parents=True)
    assert world.staging.orphans() == [folder.name]
    assert world.staging.sweep() == 1
    assert not folder.exists()
    assert world.reasons() == ["nothing refers to it"]


async def test_a_folder_that_was_freed_and_is_still_there_is_removed_again(
    world: World,
) -> None:
    run = await world.run(RunStatus.SUCCEEDED)
    (row,) = world.store.staging()
    assert world.store.free_staging(row, world.staging.entry(run.run_id, "crash"))
    assert world.is_there(run)
    assert world.staging.sweep() == 1
    assert not world.is_there(run)


async def test_a_folder_of_a_known_run_that_nothing_tracks_has_its_time_too(
    world: World,
) -> None:
    run = await world.run(RunStatus.FAILED)
    (row,) = world.store.staging()
    assert world.store.free_staging(row, world.staging.entry(run.run_id, "old"))
    now_s = world.clock.now_ms() / 1000
    os.utime(world.staging.folder(run.run_id), (now_s, now_s))
    assert world.staging.sweep() == 0
    assert world.is_there(run)
    await world.clock.advance(TTL_MS)
    assert world.staging.sweep() == 1


async def test_what_is_no_run_s_folder_is_nobody_s_business(world: World) -> None:
    strange = world.staging.folder("my-own-notes")
    strange.mkdir(parents=True)
    assert world.staging.sweep() == 0
    assert strange.exists()
