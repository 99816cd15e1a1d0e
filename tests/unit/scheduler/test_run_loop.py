"""The loop of one run: stored first, carried out then, and never without its lease."""

import asyncio
import random
from pathlib import Path

import pytest

from leo_engine.errors import LeaseLostError, StoreError
from leo_engine.placement.lanes import Lane
from leo_engine.ports import RunRequest, RunRow
from leo_engine.spec.model import Approval, Backoff, RetryPolicy
from leo_engine.state.event import (
    AttemptLaunched,
    BackoffElapsed,
    RunDeadlineReached,
)
from leo_engine.state.outcome import Failed, Outcome
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_engine.testing.driven_run import LANE, SEED, DrivenRun, Script
from leo_engine.testing.fake_clock import settle
from leo_engine.testing.fake_executor import Scripted
from leo_engine.testing.run_rows import LEASE_MS
from leo_engine.testing.timeless_loop import play

FAILED = Failed(reason="exit 1", exit_code=1)
ENDLESS = Scripted(duration_ms=None)


def scripted(**scripts: Scripted) -> Script:
    return lambda request: scripts.get(request.task, Scripted())


def failing(times: int, outcome: Outcome = FAILED) -> Script:
    return lambda request: (
        Scripted(outcome=outcome) if request.attempt <= times else Scripted()
    )


async def drive(world: DrivenRun) -> RunRow:
    return await world.begin()


@pytest.mark.parametrize("delay_ms", [0, 50])
def test_nothing_is_launched_or_told_before_it_is_stored(
    tmp_path: Path, delay_ms: int
) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a>b a>c b>d c>d"), failing(0))
        world.store.delay_ms = delay_ms
        run = await drive(world)
        assert run.status is RunStatus.SUCCEEDED
        assert world.executor.requests[0].task == "a"
        assert len(world.executor.requests) == 4
        assert world.seen == world.events()

    play(scene())


def test_nothing_may_be_started_after_the_lease_that_its_start_was_stored_under(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        world = DrivenRun(
            tmp_path, dag("a>b>c"), lambda _: Scripted(duration_ms=LEASE_MS // 3)
        )
        await drive(world)
        started = {one.task: one.start_by_ms for one in world.executor.requests}
        assert started["a"] == started["b"] == LEASE_MS
        # Renewed by the first write after a third of the lease: the launch of `b`.
        launched_ms = world.times(AttemptLaunched)[1]
        assert started["c"] == launched_ms + LEASE_MS

    play(scene())


def test_slots_bound_what_runs_at_once(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(
            tmp_path, dag("a b c d e"), lambda _: Scripted(duration_ms=10)
        )
        await drive(world)
        assert world.executor.most_at_once == 2
        assert world.slots.idle_count == 2

    play(scene())


def test_a_store_that_fails_ends_the_loop_and_no_attempt(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a b>c"), scripted(a=ENDLESS))
        driven = world.begin()
        await settle()
        world.store.failure = StoreError("disk full")
        world.loop.cancel(by="", reason="")
        with pytest.raises(StoreError, match="disk full"):
            await driven
        assert world.executor.running_count == 1
        assert not world.executor.stops, "what was not stored is not carried out"
        assert world.slots.idle_count == 2

    play(scene())


def test_a_store_that_fails_with_several_writes_on_their_way_is_told_of_once(
    tmp_path: Path,
) -> None:
    async def scene() -> list[object]:
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: complaints.append(context)
        )
        world = DrivenRun(tmp_path, dag("a"), scripted(a=ENDLESS))
        driven = world.begin()
        await settle()
        world.store.delay_ms = 50
        world.store.failure = StoreError("disk full")
        for action in ("pause", "unpause", "pause"):
            world.loop.grant(RunRequest(action=action, at_ms=1))
            await settle(2)
        with pytest.raises(StoreError):
            await driven
        await asyncio.sleep(1)
        return complaints

    assert play(scene()) == []


def test_a_launch_that_was_held_up_is_no_failure_of_the_task(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"))
        world.executor.launch_ms = 100_000
        driven = world.begin()
        await settle()
        world.executor.launch_ms = 0
        assert (await driven).status is RunStatus.SUCCEEDED
        rows = world.store.attempts(world.run.run_key)
        assert [row.outcome for row in rows] == ["lost", "succeeded"]

    play(scene())


def test_a_former_owner_stops_driving_and_stops_nothing_else(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"), scripted(a=ENDLESS))
        driven = world.begin()
        await settle()
        world.store.release(world.run.run_key, epoch=1)
        assert world.store.take(world.run.run_key, owner="other").epoch == 2
        before = world.events()
        world.loop.cancel(by="", reason="")
        with pytest.raises(LeaseLostError):
            await driven
        assert world.events() == before
        assert world.executor.running_count == 1

    play(scene())


def test_an_abandoned_run_leaves_its_attempts_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"), scripted(a=ENDLESS))
        driven = world.begin()
        await settle()
        world.loop.abandon(LeaseLostError("another took it"))
        assert not world.lanes.fits(Lane(LANE, 1))
        with pytest.raises(LeaseLostError, match="another took it"):
            await driven
        assert world.executor.running_count == 1
        assert world.lanes.fits(Lane(LANE, 1)), "they are the next owner's to count"

    play(scene())


def test_a_cancelled_run_stops_what_runs_and_starts_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a>b"), scripted(a=ENDLESS))
        driven = world.begin()
        await settle()
        world.loop.cancel(by="ann", reason="enough")
        run = await driven
        assert run.status is RunStatus.CANCELLED
        assert world.executor.stops == [("fake:1", 10_000)]
        assert world.task_statuses() == {"a": "cancelled", "b": "cancelled"}

    play(scene())


def test_a_stop_that_comes_before_the_handle_is_carried_out_with_it(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"), scripted(a=ENDLESS))
        world.executor.launch_ms = 100
        driven = world.begin()
        await asyncio.sleep(0.05)
        world.loop.cancel(by="", reason="")
        await settle()
        assert not world.executor.stops
        run = await driven
        assert run.status is RunStatus.CANCELLED
        assert world.executor.stops == [("fake:1", 10_000)]

    play(scene())


def test_a_kill_leaves_no_grace(tmp_path: Path) -> None:
    async def scene() -> None:
        stubborn = Scripted(duration_ms=None, ignores_term=True)
        world = DrivenRun(tmp_path, dag("a b"), lambda _: stubborn)
        driven = world.begin()
        await settle()
        world.loop.cancel(by="", reason="")
        await settle()
        world.loop.kill()
        run = await driven
        assert run.status is RunStatus.CANCELLED
        assert world.clock.monotonic_ms() == 0

    play(scene())


def test_a_kill_that_comes_before_the_handle_leaves_no_grace_either(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"), scripted(a=ENDLESS))
        world.executor.launch_ms = 100
        driven = world.begin()
        await asyncio.sleep(0.05)
        world.loop.cancel(by="", reason="")
        await settle()
        world.loop.kill()
        await driven
        assert world.executor.stops == [("fake:1", 0)]

    play(scene())


def test_a_run_whose_time_is_up_is_timed_out(tmp_path: Path) -> None:
    async def scene() -> None:
        spec = with_fields(dag("a>b"), timeout_ms=5_000)
        world = DrivenRun(tmp_path, spec, scripted(a=ENDLESS))
        run = await drive(world)
        assert run.status is RunStatus.TIMED_OUT
        assert world.times(RunDeadlineReached) == [5_000]

    play(scene())


def test_a_run_that_ends_in_time_leaves_no_deadline_behind(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, with_fields(dag("a"), timeout_ms=5_000))
        run = await drive(world)
        await asyncio.sleep(10)
        assert run.status is RunStatus.SUCCEEDED
        assert world.times(RunDeadlineReached) == []

    play(scene())


def test_an_attempt_whose_time_is_up_is_stopped(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a", timeout_ms=3_000), scripted(a=ENDLESS))
        run = await drive(world)
        (row,) = world.store.attempts(run.run_key)
        assert row.outcome == "timed_out"
        assert row.ended_ms == 1_003_000

    play(scene())


def backoff(delay_ms: int, jitter: float = 0.0) -> RetryPolicy:
    return RetryPolicy(
        retries=3, delay_ms=delay_ms, backoff=Backoff(factor=2.0, jitter=jitter)
    )


def test_attempts_wait_out_their_backoff_without_a_slot(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a", retry=backoff(1_000)), failing(3), slots=1)
        driven = world.begin()
        await settle()
        assert world.slots.idle_count == 1
        assert (await driven).status is RunStatus.SUCCEEDED
        assert world.times(BackoffElapsed) == [1_000, 3_000, 7_000]

    play(scene())


def test_jitter_comes_from_the_chance_that_was_given(tmp_path: Path) -> None:
    async def scene() -> None:
        spec = dag("a", retry=backoff(1_000, jitter=0.5))
        world = DrivenRun(tmp_path, spec, failing(3))
        await drive(world)
        chance = random.Random(SEED)
        at_ms, due = 0.0, []
        for delay_ms in (1_000, 2_000, 4_000):
            at_ms += delay_ms * (1 + 0.5 * chance.uniform(-1.0, 1.0))
            due.append(at_ms)
        assert world.times(BackoffElapsed) == pytest.approx(due, abs=2)

    play(scene())


def test_a_cancelled_backoff_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a", retry=backoff(60_000)), failing(1))
        driven = world.begin()
        await settle()
        world.loop.cancel(by="", reason="")
        assert (await driven).status is RunStatus.CANCELLED
        assert world.clock.monotonic_ms() == 0

    play(scene())


def test_a_paused_run_starts_nothing_until_it_is_unpaused(tmp_path: Path) -> None:
    async def scene() -> None:
        script = scripted(a=Scripted(duration_ms=1_000))
        world = DrivenRun(tmp_path, dag("a>b"), script)
        driven = world.begin()
        await settle()
        assert world.loop.grant(RunRequest(action="pause", at_ms=1)).answer == "done"
        await asyncio.sleep(5)
        assert world.task_statuses() == {"a": "succeeded", "b": "ready"}
        assert world.store.find_run("latest").paused
        assert world.loop.grant(RunRequest(action="unpause", at_ms=1)).answer == "done"
        run = await driven
        assert (run.status, run.paused) == (RunStatus.SUCCEEDED, False)

    play(scene())


def test_a_request_that_cannot_be_granted_says_why(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("load"), scripted(load=ENDLESS))
        driven = world.begin()
        await settle()
        loop = world.loop
        unknown = RunRequest(action="cancel", tasks=("lod",), at_ms=1)
        assert "no task 'lod'" in loop.grant(unknown).answer
        assert loop.grant(RunRequest(action="dance", at_ms=1)).answer == "nothing to do"
        assert loop.grant(RunRequest(action="cancel", at_ms=1)).answer == "done"
        await driven

    play(scene())


def test_an_approval_takes_no_slot_and_can_time_out(tmp_path: Path) -> None:
    async def scene() -> None:
        fields = {"action": Approval("ok?"), "timeout_ms": 9_000}
        world = DrivenRun(tmp_path, dag("ask b", tasks={"ask": fields}), slots=1)
        run = await drive(world)
        assert run.status is RunStatus.FAILED
        assert world.task_statuses() == {"ask": "failed", "b": "succeeded"}
        assert world.clock.monotonic_ms() == 9_000

    play(scene())


def test_what_could_not_be_launched_fails_with_its_reason(tmp_path: Path) -> None:
    async def scene() -> None:
        broken = Scripted(launch_error="no such program: 'foo'")
        world = DrivenRun(tmp_path, dag("a"), scripted(a=broken))
        run = await drive(world)
        (row,) = world.store.attempts(run.run_key)
        assert row.reason == "no such program: 'foo'"

    play(scene())


def test_a_run_stops_its_loop_only_when_its_end_is_stored(tmp_path: Path) -> None:
    async def scene() -> None:
        world = DrivenRun(tmp_path, dag("a"))
        world.store.delay_ms = 200
        run = await drive(world)
        assert world.store.find_run("latest").status is run.status
        assert run.status is RunStatus.SUCCEEDED

    play(scene())
