"""Whose a run is and until when: the exam of the `RunStore` port on leases."""

import pytest

from leo_engine.errors import LeaseLostError, RunBusyError, RunNotFoundError
from leo_engine.ports import Created, RunStore, Taken
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import (
    GONE,
    LEASE_MS,
    Pen,
    finished,
    prepared,
    run_row,
)


async def test_a_run_whose_lease_ran_out_is_interrupted_and_may_be_taken(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await store.append(pen.begun())
    await clock.advance(LEASE_MS)
    assert store.find_run("latest").status is RunStatus.INTERRUPTED
    key = pen.row.run_key
    assert store.take(key, owner="host:2").epoch == 2
    assert store.find_run("latest").status is RunStatus.RUNNING


def test_a_run_whose_owner_is_known_to_be_gone_is_interrupted_at_once(
    store: RunStore,
) -> None:
    assert isinstance(prepared(store, run_row(), owner=GONE), Created)
    assert store.find_run("latest").status is RunStatus.INTERRUPTED


def test_a_released_run_is_interrupted_until_it_is_taken(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    store.release(pen.row.run_key, epoch=1)
    assert store.find_run("latest").status is RunStatus.INTERRUPTED
    key = pen.row.run_key
    assert store.take(key, owner="host:2").epoch == 2


def test_a_stale_release_changes_nothing(store: RunStore, clock: FakeClock) -> None:
    pen = Pen.of(store)
    key = pen.row.run_key
    store.release(key, epoch=1)
    store.take(key, owner="host:2")
    store.release(key, epoch=1)
    lease = store.lease(key)
    assert lease is not None
    assert lease.owner == "host:2"


def test_an_owned_run_cannot_be_taken(store: RunStore) -> None:
    pen = Pen.of(store)
    with pytest.raises(RunBusyError, match="host:1") as refused:
        store.take(pen.row.run_key, owner="host:2")
    assert refused.value.occupant == pen.row.run_id


def test_a_run_cannot_be_taken_back_while_another_holds_its_key(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    store.release(pen.row.run_key, epoch=1)
    second = Pen.of(store, run_row(2))
    with pytest.raises(RunBusyError) as refused:
        store.take(pen.row.run_key, owner="host:2")
    assert refused.value.occupant == second.row.run_id


async def test_an_ended_run_can_be_taken_at_once(
    store: RunStore, clock: FakeClock
) -> None:
    row = await finished(store)
    assert store.find_run("latest").status is RunStatus.SUCCEEDED
    assert store.take(row.run_key, owner="host:2").epoch == 2


def test_taking_a_run_that_does_not_exist_says_so(store: RunStore) -> None:
    with pytest.raises(RunNotFoundError):
        store.take(99, owner="host:1")
    assert store.lease(99) is None


async def test_a_new_owner_is_told_how_long_the_run_is_its_own_and_whose_it_was(
    store: RunStore, clock: FakeClock
) -> None:
    created = prepared(store, run_row(), owner=GONE)
    assert isinstance(created, Created)
    assert created.owned_until_ms == LEASE_MS
    await clock.advance(7)
    taken = store.take(created.run_key, owner="host:2")
    assert taken == Taken(epoch=2, owned_until_ms=LEASE_MS + 7, former_owner=GONE)
    store.release(created.run_key, epoch=2)
    assert store.take(created.run_key, owner="host:3").former_owner == ""


async def test_a_heartbeat_prolongs_the_lease(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await clock.advance(LEASE_MS - 1)
    until_ms = await store.heartbeat(pen.row.run_key, epoch=1)
    assert until_ms == clock.monotonic_ms() + LEASE_MS
    await clock.advance(LEASE_MS - 1)
    assert store.find_run("latest").status is RunStatus.PENDING
    lease = store.lease(pen.row.run_key)
    assert lease is not None
    assert lease.expires_monotonic_ms == until_ms


async def test_a_write_prolongs_the_lease_once_a_third_of_it_is_over(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await clock.advance(LEASE_MS // 3)
    assert await store.append(pen.begun()) == LEASE_MS
    await clock.advance(1)
    renewed_ms = clock.monotonic_ms() + LEASE_MS
    assert await store.append(pen.started("a")) == renewed_ms
    lease = store.lease(pen.row.run_key)
    assert lease is not None
    assert lease.expires_monotonic_ms == renewed_ms
    assert lease.expires_ms == clock.now_ms() + LEASE_MS


async def test_a_write_that_comes_late_takes_up_a_lease_that_nobody_else_took(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await clock.advance(LEASE_MS * 2)
    assert await store.append(pen.begun()) == LEASE_MS * 3
    with pytest.raises(RunBusyError):
        store.take(pen.row.run_key, owner="host:2")


async def test_a_write_of_a_former_owner_does_not_prolong_the_lease_of_the_next(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    await clock.advance(LEASE_MS)
    store.take(pen.row.run_key, owner="host:2")
    await clock.advance(LEASE_MS - 1)
    with pytest.raises(LeaseLostError):
        await store.append(pen.begun())
    await clock.advance(1)
    assert store.take(pen.row.run_key, owner="host:3").epoch == 3


async def test_a_run_that_was_given_back_is_not_written_to(store: RunStore) -> None:
    pen = Pen.of(store)
    store.release(pen.row.run_key, epoch=1)
    with pytest.raises(LeaseLostError):
        await store.append(pen.begun())
    assert list(store.events(pen.row.run_key)) == []


async def test_a_run_that_has_ended_is_not_written_to(store: RunStore) -> None:
    row = await finished(store)
    with pytest.raises(LeaseLostError):
        await store.append(Pen(store, row, seq=3).started("a"))
    assert len(list(store.events(row.run_key))) == 2


@pytest.mark.parametrize("days", [-400, 400])
def test_no_jump_of_the_wall_clock_ends_a_lease(
    store: RunStore, clock: FakeClock, days: int
) -> None:
    pen = Pen.of(store)
    clock.jump(days * 86_400_000)
    assert store.find_run("latest").status is RunStatus.PENDING
    with pytest.raises(RunBusyError):
        store.take(pen.row.run_key, owner="host:2")


async def test_a_heartbeat_of_a_former_owner_is_refused(
    store: RunStore, clock: FakeClock
) -> None:
    pen = Pen.of(store)
    store.release(pen.row.run_key, epoch=1)
    with pytest.raises(LeaseLostError):
        await store.heartbeat(pen.row.run_key, epoch=1)
