"""What a task needs besides a slot and a pool of its own DAG: memory, shared pools."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from leo_engine.errors import StoreError
from leo_engine.ports import Clock, PoolClaim
from leo_engine.spec.model import Task
from leo_engine.state.machine import RunMachine
from leo_engine.state.status import TaskStatus

_GROWING_MS = 10_000
"""How long an attempt is taken to need before it has the memory it asked for."""

FreeMemory = Callable[[], int]
"""Returns the bytes that could be used without swapping."""


class Claims(Protocol):
    """The pools that several processes share."""

    def claim_pool(self, claim: PoolClaim, *, limit: int) -> Awaitable[bool]:
        """Take slots of a pool if they are free."""

    def drop_claim(self, claim: PoolClaim) -> Awaitable[None]:
        """Give back what was taken for an attempt that was never started."""


class SharedPools(msgspec.Struct, frozen=True):
    """Pools of the folder's settings, with their sizes."""

    claims: Claims
    limits: Mapping[str, int]
    """{pool: slots it has for all runs together}."""


class Gate:
    """Asked before each start of one run's tasks: "" lets it start, else says why not.

    A shared pool is claimed in the store, which takes a commit: the first answer is a
    refusal, and once the claim is there `again` has the run ask once more.
    """

    def __init__(
        self,
        machine: RunMachine,
        run_key: int,
        *,
        free_memory: FreeMemory,
        clock: Clock,
        shared: SharedPools,
        again: Callable[[], None],
    ) -> None:
        self._machine = machine
        self._tasks = machine.dag.tasks
        self._run_key = run_key
        self._free_memory = free_memory
        self._clock = clock
        self._claims = shared.claims
        self._limits = shared.limits
        self._again = again
        self._asking: dict[int, asyncio.Future[None]] = {}
        self._granted: dict[int, PoolClaim] = {}

    def __call__(self, number: int) -> str:
        """Return why a task may not start just now; "" when it may."""
        task = self._tasks[number]
        if task.memory_bytes and (reason := self._memory_refusal(task)):
            return reason
        return self._pool_refusal(number) if task.pool in self._limits else ""

    async def aclose(self) -> None:
        """Give back claims of attempts that never started."""
        for asking in self._asking.values():
            asking.cancel()
        for claim in self._granted.values():
            await self._claims.drop_claim(claim)

    def _memory_refusal(self, task: Task) -> str:
        free = max(0, self._free_memory() - self._promised_memory())
        # A task that wants more than there is runs when nothing else does.
        if task.memory_bytes <= free or not self._machine.board.running:
            return ""
        wanted = _gigabytes(task.memory_bytes)
        return f"waits for memory: {wanted} wanted, {_gigabytes(free)} free"

    def _promised_memory(self) -> int:
        """Return the bytes of attempts too young to have taken what they need."""
        board = self._machine.board
        young_ms = self._clock.now_ms() - _GROWING_MS
        return sum(
            self._tasks[number].memory_bytes
            for number in board.running
            if board.started_ms[number] > young_ms
        )

    def _pool_refusal(self, number: int) -> str:
        if self._granted.pop(number, None) is not None:
            return ""
        if number not in self._asking:
            self._asking[number] = asyncio.ensure_future(self._claim(number))
        pool = self._tasks[number].pool
        return f"waits for pool {pool}, which all runs share ({self._limits[pool]})"

    async def _claim(self, number: int) -> None:
        task = self._tasks[number]
        claim = PoolClaim(
            run_key=self._run_key,
            task=task.id,
            attempt=self._machine.board.attempt[number] + 1,
            pool=task.pool,
            slots=task.pool_slots,
        )
        try:
            is_granted = await self._claims.claim_pool(
                claim, limit=self._limits[task.pool]
            )
        except StoreError:
            return  # The run's own writes meet it too, and end the run with it.
        finally:
            del self._asking[number]
        if not is_granted:
            return
        if self._machine.board.status[number] is not TaskStatus.READY:
            await self._claims.drop_claim(claim)
            return
        self._granted[number] = claim
        self._again()


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"
