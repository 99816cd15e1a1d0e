"""Why a ready task has no room, worked out by one who only looks.

The process that drives the run knows best, but it is another one: what is said here
follows from the tasks that run, from the limits, and from this machine's memory.
"""

from collections.abc import Callable

from leo_engine.loader.folder_settings import FolderSettings
from leo_engine.placement.lanes import LaneLedger
from leo_engine.placement.pool import PoolLedger
from leo_engine.scheduler.request_lanes import RequestLimits, as_written, lanes_of
from leo_engine.spec.model import Task
from leo_engine.state.machine import RunMachine


def request_limits(folder_settings: FolderSettings) -> RequestLimits:
    """Return how many requests `leo.toml` lets be under way."""
    http = folder_settings.http
    return RequestLimits(http.max_in_flight, http.max_per_host)


class Room:
    """The limits of one run, and what its running tasks take of them.

    Of the requests of other runs it knows nothing, nor to which host one goes whose
    address is a template.
    """

    def __init__(
        self,
        machine: RunMachine,
        folder_settings: FolderSettings,
        free_memory: Callable[[], int],
    ) -> None:
        self._machine = machine
        self._shared = folder_settings.pools
        self._requests = request_limits(folder_settings)
        self._lanes = LaneLedger()
        self._free_memory = free_memory
        self._pools = PoolLedger(dict(machine.dag.pools))
        for number in machine.board.running:
            running = machine.dag.tasks[number]
            self._pools.take(running.pool, running.pool_slots)
            self._lanes.take(lanes_of(running, self._requests, as_written))

    def why_none(self, number: int) -> str:
        """Return what a ready task waits for besides a slot; "" when for nothing."""
        task, count = self._machine.dag.tasks[number], len(self._machine.board.running)
        most = self._machine.dag.max_parallel
        if not self._pools.fits(task.pool, task.pool_slots):
            return f"waits for pool {self._pools.describe(task.pool)}"
        if most is not None and count >= most:
            return f"waits: {count} running, and max_parallel is {most}"
        for lane in lanes_of(task, self._requests, as_written):
            if not self._lanes.fits(lane):
                return f"waits: {self._lanes.describe(lane)}"
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
