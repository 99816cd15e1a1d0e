"""Why a ready task has no room, worked out by one who only looks.

The process that drives the run knows best, but it is another one: what is said here
follows from the tasks that run, from the limits, and from this machine's memory.
"""

from collections.abc import Callable, Mapping

from leo_engine.placement.pool import PoolLedger
from leo_engine.spec.model import Task
from leo_engine.state.machine import RunMachine


class Room:
    """The limits of one run, and what its running tasks take of them.

    `shared` is {pool: slots} of the folder's settings.
    """

    def __init__(
        self,
        machine: RunMachine,
        shared: Mapping[str, int],
        free_memory: Callable[[], int],
    ) -> None:
        self._machine = machine
        self._shared = shared
        self._free_memory = free_memory
        self._pools = PoolLedger(dict(machine.dag.pools))
        for number in machine.board.running:
            running = machine.dag.tasks[number]
            self._pools.take(running.pool, running.pool_slots)

    def why_none(self, number: int) -> str:
        """Return what a ready task waits for besides a slot; "" when for nothing."""
        task, count = self._machine.dag.tasks[number], len(self._machine.board.running)
        most = self._machine.dag.max_parallel
        if not self._pools.fits(task.pool, task.pool_slots):
            return f"waits for pool {self._pools.describe(task.pool)}"
        if most is not None and count >= most:
            return f"waits: {count} running, and max_parallel is {most}"
        if count and (refusal := self._memory_refusal(task)):
            return refusal
        if task.pool in self._shared:
            limit = self._shared[task.pool]
            return f"waits for a slot, and for pool {task.pool} of all runs ({limit})"
        return ""

    def _memory_refusal(self, task: Task) -> str:
        if not task.memory_bytes:
            return ""
        wanted, free = task.memory_bytes, self._free_memory()
        if wanted <= free:
            return ""
        return f"waits for memory: {wanted / 1e9:.1f} GB wanted, {free / 1e9:.1f} free"
