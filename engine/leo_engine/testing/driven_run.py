"""One run, driven by the real loop over fakes that watch the order of things."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import msgspec

from leo_engine.placement.lanes import Lane, LaneLedger
from leo_engine.placement.placer import Limits, Placer, Strategy, placement_for
from leo_engine.placement.pool import PoolLedger
from leo_engine.ports import (
    AttemptRequest,
    Created,
    DagVersion,
    JournalWrite,
    RunRow,
)
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.run_loop import RunLoop
from leo_engine.scheduler.slots import Slots
from leo_engine.scheduler.workplace import Workplace
from leo_engine.spec.model import Dag
from leo_engine.state.event import AttemptStarted, Event, RunStarted
from leo_engine.state.machine import RunMachine
from leo_engine.state.projection import Projection
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_executor import FakeExecutor, Scripted
from leo_engine.testing.fake_store import FakeStore
from leo_engine.testing.timeless_loop import BEGINS_MS, LoopClock

Script = Callable[[AttemptRequest], Scripted]
LANE = "everything"
SEED = 7
"""Of the chance that jitter comes from."""


class SlowStore(FakeStore):
    """A store whose commits take a while when `delay_ms` says so."""

    delay_ms = 0

    def append(self, write: JournalWrite) -> "asyncio.Future[int]":
        """Store it later, in the order of the calls."""
        if not self.delay_ms:
            return asyncio.ensure_future(super().append(write))
        return asyncio.ensure_future(self._later(write))

    async def _later(self, write: JournalWrite) -> int:
        await asyncio.sleep(self.delay_ms / 1000)
        return await super().append(write)


class Journalled(FakeExecutor):
    """An executor that looks into the journal before it starts anything."""

    def __init__(self, run: "DrivenRun", clock: FakeClock, script: Script) -> None:
        super().__init__(clock, script)
        self._run = run
        self.stops: list[tuple[str, int]] = []
        self.launch_ms = 0

    async def start(self, request: AttemptRequest) -> str:
        """Start it, if the start was stored."""
        stored = [
            (event.task, event.attempt)
            for event in self._run.events()
            if isinstance(event, AttemptStarted)
        ]
        if (request.task, request.attempt) not in stored:
            message = f"attempt {request.attempt} of {request.task} is not stored yet"
            raise AssertionError(message)
        await asyncio.sleep(self.launch_ms / 1000)
        return await super().start(request)

    async def stop(self, handle: str, grace_ms: int) -> None:
        """Stop it, and remember with which grace."""
        self.stops.append((handle, grace_ms))
        await super().stop(handle, grace_ms)


class DrivenRun:
    """One run with everything a loop needs, all of it fake."""

    def __init__(
        self, folder: Path, spec: Dag, script: Script | None = None, *, slots: int = 2
    ) -> None:
        self.clock = LoopClock()
        self.store = SlowStore(self.clock)
        self.seen: list[Event] = []
        self.executor = Journalled(self, self.clock, script or (lambda _: Scripted()))
        self.run = self._prepare(spec)
        self.slots = Slots(slots)
        self.lanes = LaneLedger()
        """Every task runs on `LANE`."""
        self.machine = RunMachine(spec)
        self.loop = self._loop(folder, spec)

    def _prepare(self, spec: Dag) -> RunRow:
        row = RunRow(
            run_id="0193",
            dag=spec.name,
            dag_hash="hash",
            file="test.toml",
            status=RunStatus.PENDING,
            created_ms=1,
        )
        version = DagVersion(
            dag_hash="hash",
            name=spec.name,
            source="",
            source_format="toml",
            resolved=msgspec.json.encode(spec),
        )
        tasks = [TaskRow(task=one.id, status=TaskStatus.PENDING) for one in spec.tasks]
        created = self.store.prepare(row, version, tasks, owner="me", new=True)
        if not isinstance(created, Created):
            raise TypeError(created)
        return msgspec.structs.replace(row, run_key=created.run_key)

    def _loop(self, folder: Path, spec: Dag) -> RunLoop:
        machine = self.machine
        placement = placement_for(
            Strategy.STEALING,
            machine.graph,
            spec.tasks,
            [1] * len(spec.tasks),
            self.slots.count,
            lambda _: True,
        )
        limits = Limits(
            PoolLedger({}),
            spec.max_parallel,
            lanes=self.lanes,
            lanes_of=lambda _: (Lane(LANE, len(spec.tasks)),),
        )
        return RunLoop(
            run=self.run,
            epoch=1,
            next_seq=1,
            projection=Projection(machine),
            placer=Placer(placement, spec.tasks, limits),
            slots=self.slots,
            workplace=Workplace(
                run=self.run,
                machine=machine,
                folders=RunFolders(str(folder), str(folder), str(folder)),
                environ={},
                executor_of=lambda _: self.executor,
                clock=self.clock,
            ),
            journal=self.store,
            clock=self.clock,
            observer=self,
            chance=random.Random(SEED),  # noqa: S311 -- the same every time
        )

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Check that what is told of is stored; remember it."""
        del run
        stored = self.events()
        if any(event not in stored for event in write.events):
            message = f"{write.events} are told of and not stored yet"
            raise AssertionError(message)
        self.seen += write.events

    def events(self) -> list[Event]:
        """Return what is stored of the run."""
        return [stored.event for stored in self.store.events(self.run.run_key)]

    def times(self, kind: type[Event]) -> list[int]:
        """Return when events of a kind happened, in ms since the start."""
        found = [event for event in self.events() if isinstance(event, kind)]
        return [event.at_ms - BEGINS_MS for event in found]

    def begin(self) -> "asyncio.Task[RunRow]":
        """Begin to drive the run."""
        first = RunStarted(at_ms=self.clock.now_ms(), dag_hash="hash")
        return asyncio.get_running_loop().create_task(self.loop.run(first))

    def task_statuses(self) -> dict[str, str]:
        """Return the stored status of every task."""
        rows = self.store.tasks(self.run.run_key)
        return {row.task: str(row.status) for row in rows}
