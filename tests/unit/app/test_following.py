"""Another process's run, watched to its end."""

import asyncio

import msgspec

from leo_engine.app.following import follow
from leo_engine.ports import (
    Created,
    DagVersion,
    JournalWrite,
    Lease,
    RunRow,
)
from leo_engine.state.event import Event, RunFinished, RunPaused, RunStarted
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore

VERSION = DagVersion(
    dag_hash="hash", name="etl", source="", source_format="toml", resolved=b"{}"
)


class Elsewhere:
    """A run that another process drives, and what its follower was told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.is_owner_alive = True
        self.store = FakeStore(self.clock, judge=self._judge)
        self.told: list[JournalWrite] = []
        row = RunRow(
            run_id="0193",
            dag="etl",
            dag_hash="hash",
            file="etl.toml",
            status=RunStatus.RUNNING,
            created_ms=0,
        )
        created = self.store.prepare(row, VERSION, [], owner="other", new=True)
        assert isinstance(created, Created)
        self.run = msgspec.structs.replace(row, run_key=created.run_key)
        self.count = 0

    def _judge(self, lease: Lease, now_ms: int) -> bool:
        del lease, now_ms
        return self.is_owner_alive

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Remember what the follower is told."""
        del run
        self.told.append(write)

    async def happens(self, event: Event, status: RunStatus) -> None:
        """Store an event as the owner does."""
        write = JournalWrite(
            run_key=self.run.run_key,
            epoch=1,
            first_seq=self.count + 1,
            events=[event],
            run=msgspec.structs.replace(self.run, status=status),
        )
        self.count += 1
        await self.store.append(write)

    async def is_told_of(self, count: int) -> None:
        """Return once the follower was told of so many events."""
        async with asyncio.timeout(5):
            while sum(len(write.events) for write in self.told) < count:  # noqa: ASYNC110 -- nothing rings
                await asyncio.sleep(0.01)


STARTED = RunStarted(at_ms=1, dag_hash="hash")
PAUSED = RunPaused(at_ms=2)
FINISHED = RunFinished(at_ms=3, status="succeeded")


async def test_a_follower_is_told_of_everything_once_and_in_order() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    following = asyncio.create_task(follow(world.store, world.run, world))
    await world.is_told_of(1)
    await world.happens(PAUSED, RunStatus.RUNNING)
    await world.happens(FINISHED, RunStatus.SUCCEEDED)
    ended = await following
    assert ended.status is RunStatus.SUCCEEDED
    told = [
        (seq, event)
        for write in world.told
        for seq, event in enumerate(write.events, write.first_seq)
    ]
    assert told == [(1, STARTED), (2, PAUSED), (3, FINISHED)]


async def test_following_ends_when_the_owner_is_gone() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    following = asyncio.create_task(follow(world.store, world.run, world))
    await world.is_told_of(1)
    world.is_owner_alive = False
    assert (await following).status is RunStatus.INTERRUPTED


async def test_nobody_needs_to_be_told() -> None:
    world = Elsewhere()
    await world.happens(FINISHED, RunStatus.FAILED)
    ended = await follow(world.store, world.run, None)
    assert ended.status is RunStatus.FAILED
