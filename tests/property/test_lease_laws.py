"""Laws of leases: whoever is stopped, wakes up late or changes the clock, one owns.

Holders stand for processes of one machine: each has its own opening of the file and
knows of the run only what it was told. One that does nothing while time passes is one
that was stopped.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st

from leo_engine.app.owner import holds, owner_text
from leo_engine.errors import LeaseLostError, RunBusyError
from leo_engine.ports import Created, RunStore
from leo_engine.state.event import RunPaused
from leo_engine.store.sqlite import Terms, open_store
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore
from leo_engine.testing.run_rows import START_MS, Pen, prepared, run_row

LEASE_MS = 900
DAY_MS = 86_400_000
HOLDERS = 3
OWNER = owner_text()
"""All holders are this process, which lives: only time and epochs tell them apart."""

Step = tuple[str, int, int]
"""What is done, by which holder, for how many milliseconds or days."""


class World:
    """Holders who contend for one run, and what is known of who may do what."""

    def __init__(self, stores: Sequence[RunStore], clock: FakeClock) -> None:
        self.stores = stores
        self.clock = clock
        created = prepared(stores[0], run_row(), owner=OWNER)
        assert isinstance(created, Created)
        self.row = run_row(run_key=created.run_key)
        self.epochs = [0] * HOLDERS
        self.epochs[0] = created.epoch
        self.newest_epoch = created.epoch
        self.promised_ms = created.owned_until_ms
        """Until when, at the most, some holder believes that the run is its own."""
        self.accepted = 0

    async def do(self, step: Step) -> None:
        """Take one step; refusals are part of life."""
        what, who, amount = step
        match what:
            case "wait":
                await self.clock.advance(amount)
            case "jump":
                self.clock.jump(amount * DAY_MS)
            case "take":
                with suppress(RunBusyError):
                    self.take(who)
            case "release":
                self.release(who)
            case _:
                with suppress(LeaseLostError):
                    await self.told(who, what)

    async def told(self, who: int, what: str) -> None:
        """Write or send a heartbeat, and believe the answer."""
        store, epoch = self.stores[who], self.epochs[who]
        if what == "write":
            until_ms = await store.append(
                self.pen(who).write(RunPaused(at_ms=START_MS))
            )
            self.accepted += 1
        else:
            until_ms = await store.heartbeat(self.row.run_key, epoch=epoch)
        assert epoch == self.newest_epoch, "two holders committed"
        self.promised_ms = max(self.promised_ms, until_ms)

    def take(self, who: int) -> None:
        """Take the run, which nobody may believe to be his own any more."""
        taken = self.stores[who].take(self.row.run_key, owner=OWNER)
        assert taken.epoch > self.newest_epoch, "an epoch was handed out twice"
        assert self.promised_ms <= self.clock.monotonic_ms(), "taken from its owner"
        self.epochs[who] = self.newest_epoch = taken.epoch
        self.promised_ms = taken.owned_until_ms

    def release(self, who: int) -> None:
        """Give the run back, if it is this holder's."""
        self.stores[who].release(self.row.run_key, epoch=self.epochs[who])
        if self.epochs[who] == self.newest_epoch:
            self.promised_ms = 0

    def pen(self, who: int) -> Pen:
        """Return the pen of a holder who knows the journal."""
        seq = len(list(self.stores[0].events(self.row.run_key))) + 1
        return Pen(self.stores[who], self.row, epoch=self.epochs[who], seq=seq)

    def check(self) -> None:
        """Check what must be so at any time."""
        events = list(self.stores[0].events(self.row.run_key))
        assert len(events) == self.accepted
        lease = self.stores[0].lease(self.row.run_key)
        assert lease is not None
        assert lease.epoch == self.newest_epoch


whos = st.integers(0, HOLDERS - 1)
plans = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["write", "write", "beat"]), whos, st.just(0)),
        st.tuples(st.just("take"), whos, st.just(0)),
        st.tuples(
            st.just("wait"),
            st.just(0),
            st.sampled_from([1, LEASE_MS // 3, LEASE_MS // 3 + 1, LEASE_MS]),
        ),
        st.tuples(st.just("jump"), st.just(0), st.integers(-400, 400)),
        st.tuples(st.just("release"), whos, st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(plans)
def test_two_holders_of_one_lease_never_both_commit(plan: list[Step]) -> None:
    async def scene() -> None:
        clock = FakeClock(START_MS)
        store = FakeStore(clock, judge=holds, lease_ms=LEASE_MS)
        await go_through(World([store] * HOLDERS, clock), plan)

    asyncio.run(scene())


@settings(max_examples=60)
@given(plans)
def test_nor_do_two_processes_on_one_file(plan: list[Step]) -> None:
    async def scene() -> None:
        clock = FakeClock(START_MS)
        terms = Terms(clock=clock, judge=holds, lease_ms=LEASE_MS)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "leo.db"
            with (
                closing(open_store(path, terms)) as first,
                closing(open_store(path, terms)) as second,
                closing(open_store(path, terms)) as third,
            ):
                await go_through(World([first, second, third], clock), plan)

    asyncio.run(scene())


async def go_through(world: World, plan: list[Step]) -> None:
    for step in plan:
        await world.do(step)
        world.check()


@settings(max_examples=60)
@given(st.integers(0, LEASE_MS * 2), st.integers(-400, 400), st.sampled_from([0, 1]))
def test_a_write_held_up_by_a_lock_is_stored_or_refused_and_never_both(
    held_up_ms: int, days: int, rivals: int
) -> None:
    async def scene() -> None:
        clock = FakeClock(START_MS)
        terms = Terms(clock=clock, judge=holds, lease_ms=LEASE_MS)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "leo.db"
            with (
                closing(open_store(path, terms)) as ours,
                closing(open_store(path, terms)) as theirs,
                closing(sqlite3.connect(path, isolation_level=None)) as other,
            ):
                created = prepared(ours, run_row(), owner=OWNER)
                assert isinstance(created, Created)
                pen = Pen(ours, run_row(run_key=created.run_key))
                other.execute("BEGIN IMMEDIATE")
                waiting = ours.append(pen.begun())
                await clock.advance(held_up_ms)
                clock.jump(days * DAY_MS)
                other.execute("ROLLBACK")
                taken = rivals > 0 and took(theirs, created.run_key)
                assert taken == (rivals > 0 and held_up_ms >= LEASE_MS)
                (answer,) = await asyncio.gather(waiting, return_exceptions=True)
                stored = len(list(theirs.events(pen.row.run_key)))
                assert stored == (0 if taken else 1)
                assert isinstance(answer, LeaseLostError if taken else int)
                if isinstance(answer, int):
                    assert answer > clock.monotonic_ms()
                    assert not took(theirs, pen.row.run_key)

    asyncio.run(scene())


def took(store: RunStore, run_key: int) -> bool:
    """Try to take the run; tell whether it worked."""
    try:
        store.take(run_key, owner=OWNER)
    except RunBusyError:
        return False
    return True
