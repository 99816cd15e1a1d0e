"""What comes before the start of an attempt, and after its end is stored."""

import asyncio
from pathlib import Path

import pytest

from leo_engine.state.event import AttemptFinished
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.driven_run import DrivenRun
from leo_engine.testing.fake_clock import settle
from leo_engine.testing.fake_executor import Scripted
from leo_engine.testing.run_rows import LEASE_MS
from leo_engine.testing.timeless_loop import play


def test_what_is_left_of_an_attempt_may_go_once_its_end_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a>b"), lambda _: Scripted())
        world.store.delay_ms = 50
        ended: list[int] = []

        def forget(_: str) -> None:
            finished = world.times(AttemptFinished)
            ended.append(len(finished))

        monkeypatch.setattr(world.executor, "forget", forget)
        await world.begin()
        assert ended == [1, 2]

    play(scene())


def test_what_gets_ready_starts_under_the_lease_as_it_is_then(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"))

        async def pulled() -> None:
            await asyncio.sleep(2 * LEASE_MS / 1000)
            world.loop.prolong(3 * LEASE_MS)

        world.executor.readied["a"] = pulled
        run = await world.begin()
        assert run.status is RunStatus.SUCCEEDED
        assert world.executor.requests[0].start_by_ms == 3 * LEASE_MS

    play(scene())


@pytest.mark.parametrize("how", ["cancel", "leave"])
def test_who_stops_waits_for_nothing_to_get_ready(tmp_path: Path, how: str) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"))

        async def for_ever() -> None:
            await asyncio.get_running_loop().create_future()

        world.executor.readied["a"] = for_ever
        driving = world.begin()
        await settle()
        if how == "cancel":
            world.loop.cancel("", "")
        else:
            world.loop.leave()
        run = await driving
        assert world.executor.requests == []
        expected = RunStatus.CANCELLED if how == "cancel" else RunStatus.RUNNING
        assert run.status is expected

    play(scene())
