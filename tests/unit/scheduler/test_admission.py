"""What keeps a task from starting besides slots: memory, and pools that runs share."""

import asyncio

import pytest

from leo_engine.errors import StoreError
from leo_engine.ports import PoolClaim
from leo_engine.scheduler.admission import Gate, SharedPools
from leo_engine.spec.model import Dag
from leo_engine.state.event import AttemptStarted, RunStarted, TasksCancelRequested
from leo_engine.state.machine import RunMachine
from leo_engine.testing.builders import dag
from leo_engine.testing.fake_clock import FakeClock, settle

A, B, C = range(3)
GB = 1_000_000_000


class FakeClaims:
    """Pools of which another process may hold a part."""

    def __init__(self) -> None:
        self.free = 1
        self.failure: StoreError | None = None
        self.claimed: list[PoolClaim] = []
        self.dropped: list[PoolClaim] = []
        self.limits: list[int] = []

    async def claim_pool(self, claim: PoolClaim, *, limit: int) -> bool:
        """Grant it while there is room, a turn of the loop later."""
        self.limits.append(limit)
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        if self.free < claim.slots:
            return False
        self.free -= claim.slots
        self.claimed.append(claim)
        return True

    async def drop_claim(self, claim: PoolClaim) -> None:
        """Take it back."""
        self.free += claim.slots
        self.dropped.append(claim)


class Door:
    """A gate with everything around it."""

    def __init__(self, spec: Dag) -> None:
        self.free_bytes = 4 * GB
        self.claims = FakeClaims()
        self.clock = FakeClock()
        self.asked_again = 0
        self.machine = RunMachine(spec)
        self.machine.handle(RunStarted(at_ms=self.clock.now_ms(), dag_hash="hash"))
        self.gate = Gate(
            self.machine,
            7,
            free_memory=lambda: self.free_bytes,
            clock=self.clock,
            shared=SharedPools(self.claims, {"gpu": 1}),
            again=self.again,
        )

    def again(self) -> None:
        """Count how often the run was told to ask again."""
        self.asked_again += 1

    def start(self, task: str) -> None:
        """Start the first attempt of a task."""
        started = AttemptStarted(at_ms=self.clock.now_ms(), task=task, attempt=1)
        self.machine.handle(started)


def test_a_task_that_asks_for_nothing_may_start() -> None:
    door = Door(dag("a"))
    door.free_bytes = 0
    assert door.gate(A) == ""


def test_a_task_waits_until_the_memory_it_asks_for_is_free() -> None:
    door = Door(dag("a b", tasks={"b": {"memory_bytes": 2 * GB}}))
    door.start("a")
    door.free_bytes = 1 * GB
    assert door.gate(B) == "waits for memory: 2.0 GB wanted, 1.0 GB free"
    door.free_bytes = 2 * GB
    assert door.gate(B) == ""


def test_a_task_that_wants_more_than_there_is_runs_alone() -> None:
    door = Door(dag("a", memory_bytes=99 * GB))
    assert door.gate(A) == ""


async def test_memory_promised_to_attempts_that_have_just_started_is_not_free() -> None:
    door = Door(dag("a b c", memory_bytes=3 * GB))
    door.start("a")
    assert door.gate(B) == "waits for memory: 3.0 GB wanted, 1.0 GB free"
    await door.clock.advance(10_000)
    assert door.gate(B) == "", "what a took by now shows in what is free"


async def test_a_shared_pool_is_claimed_first_and_entered_when_asked_again() -> None:
    door = Door(dag("a", pool="gpu"))
    assert door.gate(A) == "waits for pool gpu, which all runs share (1)"
    await settle()
    assert door.asked_again == 1
    assert door.gate(A) == ""
    (claim,) = door.claims.claimed
    assert claim == PoolClaim(run_key=7, task="a", attempt=1, pool="gpu", slots=1)
    assert door.claims.limits == [1]


async def test_a_claim_under_way_is_not_made_twice() -> None:
    door = Door(dag("a", pool="gpu"))
    door.gate(A)
    door.gate(A)
    await settle()
    assert len(door.claims.claimed) == 1


async def test_a_full_pool_is_asked_again_only_when_the_run_is() -> None:
    door = Door(dag("a", pool="gpu"))
    door.claims.free = 0
    door.gate(A)
    await settle()
    assert door.asked_again == 0
    door.claims.free = 1
    assert door.gate(A) != ""
    await settle()
    assert door.gate(A) == ""


async def test_a_retried_task_claims_for_its_next_attempt() -> None:
    door = Door(dag("a", pool="gpu"))
    door.machine.board.attempt[A] = 4
    door.gate(A)
    await settle()
    assert door.claims.claimed[0].attempt == 5


async def test_a_pool_of_the_dag_alone_is_not_claimed() -> None:
    door = Door(dag("a", pool="own"))
    assert door.gate(A) == ""


async def test_claims_that_were_never_used_are_given_back() -> None:
    door = Door(dag("a", pool="gpu"))
    door.gate(A)
    await settle()
    await door.gate.aclose()
    assert door.claims.dropped == door.claims.claimed
    assert door.claims.free == 1


async def test_a_claim_granted_to_a_task_that_was_cancelled_is_given_back_at_once() -> (
    None
):
    door = Door(dag("a", pool="gpu"))
    door.gate(A)
    door.machine.handle(TasksCancelRequested(at_ms=1, tasks=("a",)))
    await settle()
    assert door.claims.free == 1
    assert door.asked_again == 0


async def test_closing_ends_a_claim_that_is_under_way() -> None:
    door = Door(dag("a", pool="gpu"))
    door.gate(A)
    await door.gate.aclose()
    await settle()
    assert door.asked_again == 0


async def test_a_store_that_fails_leaves_the_task_waiting() -> None:
    door = Door(dag("a", pool="gpu"))
    door.claims.failure = StoreError("disk full")
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    door.gate(A)
    await settle()
    assert door.gate(A) != ""
    await settle()
    assert not complaints


@pytest.mark.parametrize("slots", [1, 3])
async def test_a_claim_is_as_large_as_the_task_says(slots: int) -> None:
    door = Door(dag("a", pool="gpu", pool_slots=slots))
    door.claims.free = 3
    door.gate(A)
    await settle()
    assert door.claims.claimed[0].slots == slots
