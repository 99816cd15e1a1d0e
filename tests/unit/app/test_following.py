"""Another process's run, watched to its end."""

import asyncio

import msgspec

from leo_engine.app.following import RunFollower, follow
from leo_engine.ports import (
    Created,
    DagVersion,
    Instant,
    JournalWrite,
    Lease,
    RunRow,
)
from leo_engine.state.event import (
    AttemptFinished,
    AttemptStarted,
    Event,
    RunFinished,
    RunPaused,
    RunStarted,
)
from leo_engine.state.outcome import Failed
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore

VERSION = DagVersion(
    dag_hash="hash",
    name="etl",
    source="",
    source_format="toml",
    resolved=msgspec.json.encode(dag("a>b c", ignore_failure=True)),
)


class CountingStore(FakeStore):
    """A store that knows how often whole tables were read."""

    reads = 0

    def tasks(self, run_key: int) -> list[TaskRow]:
        """Return every task."""
        self.reads += 1
        return super().tasks(run_key)

    def attempts(self, run_key: int, task: str = "") -> list[AttemptRow]:
        """Return the attempts."""
        self.reads += 1
        return super().attempts(run_key, task)


class Elsewhere:
    """A run that another process drives, and what its follower was told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.is_owner_alive = True
        self.store = CountingStore(self.clock, judge=self._judge)
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

    def _judge(self, lease: Lease, now: Instant) -> bool:
        del lease, now
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


async def test_a_follower_is_told_which_rows_changed_and_reads_no_table() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    following = asyncio.create_task(follow(world.store, world.run, world))
    await world.is_told_of(1)
    assert [row.task for row in world.told[0].tasks] == ["a", "c"]
    await world.happens(AttemptStarted(at_ms=2, task="a", attempt=1), RunStatus.RUNNING)
    await world.is_told_of(2)
    failure = Failed("exit 3", exit_code=3)
    ended = AttemptFinished(at_ms=9, task="a", attempt=1, outcome=failure)
    await world.happens(ended, RunStatus.RUNNING)
    await world.is_told_of(3)
    rows = {row.task: (row.status, row.reason) for row in world.told[2].tasks}
    assert rows == {
        "a": (TaskStatus.FAILED, "exit 3"),
        "b": (TaskStatus.READY, ""),
    }
    (attempt,) = world.told[2].attempts
    assert (attempt.exit_code, attempt.ended_ms) == (3, 9)
    assert world.store.reads == 0
    following.cancel()


async def test_a_long_past_is_told_in_pieces() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    for number in range(1_200):
        await world.happens(RunPaused(at_ms=number), RunStatus.RUNNING)
    await world.happens(FINISHED, RunStatus.SUCCEEDED)
    await follow(world.store, world.run, world)
    sizes = [len(write.events) for write in world.told]
    assert sum(sizes) == 1_202
    assert max(sizes) <= 500


async def test_news_are_pulled_in_pieces_until_there_are_none() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    await world.happens(PAUSED, RunStatus.RUNNING)
    follower = RunFollower(world.store, world.run)
    first, second = follower.news(limit=1), follower.news(limit=1)
    assert first is not None
    assert second is not None
    assert (first.first_seq, first.events) == (1, [STARTED])
    assert (second.first_seq, second.events) == (2, [PAUSED])
    assert follower.news() is None
    await world.happens(FINISHED, RunStatus.SUCCEEDED)
    last = follower.news()
    assert last is not None
    assert last.events == [FINISHED]
    assert follower.run.status is RunStatus.SUCCEEDED
    assert follower.news() is None


async def test_news_are_a_row_alone_when_the_owner_is_gone() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    follower = RunFollower(world.store, world.run)
    follower.news()
    world.is_owner_alive = False
    news = follower.news()
    assert news is not None
    assert (news.first_seq, list(news.events), list(news.tasks)) == (2, [], [])
    assert news.run is not None
    assert news.run.status is RunStatus.INTERRUPTED
    assert follower.news() is None


async def test_what_is_known_already_is_no_news_and_counts_all_the_same() -> None:
    world = Elsewhere()
    await world.happens(STARTED, RunStatus.RUNNING)
    await world.happens(AttemptStarted(at_ms=2, task="a", attempt=1), RunStatus.RUNNING)
    follower = RunFollower(world.store, world.run, told_seq=2)
    failure = Failed("exit 3", exit_code=3)
    await world.happens(
        AttemptFinished(at_ms=9, task="a", attempt=1, outcome=failure),
        RunStatus.RUNNING,
    )
    news = follower.news()
    assert news is not None
    assert news.first_seq == 3
    assert {row.task: row.status for row in news.tasks} == {
        "a": TaskStatus.FAILED,
        "b": TaskStatus.READY,
    }
