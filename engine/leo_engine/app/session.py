"""The runs under way in this process: what they share, and how each is driven."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from leo_engine.app.attending import Attending
from leo_engine.app.executors import Executors
from leo_engine.app.following import follow
from leo_engine.app.housekeeping import Housekeeping
from leo_engine.app.known_run import known_run
from leo_engine.app.owner import owner_text
from leo_engine.app.room import request_limits
from leo_engine.config import Settings
from leo_engine.errors import LeaseLostError
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.memory import free_memory_bytes
from leo_engine.loader.folder_settings import FolderSettings
from leo_engine.placement.lanes import Lane, LaneLedger
from leo_engine.placement.placer import Limits, Placer, placement_for
from leo_engine.placement.pool import PoolLedger
from leo_engine.placement.rank import expected_ms
from leo_engine.ports import Clock, Observer, RunRow, RunStore
from leo_engine.scheduler.admission import Gate, SharedPools
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.request_lanes import lanes_of
from leo_engine.scheduler.run_loop import RunLoop
from leo_engine.scheduler.slots import Slots
from leo_engine.scheduler.workplace import Workplace
from leo_engine.spec.model import Dag
from leo_engine.state.command import Command
from leo_engine.state.event import Event, RunCancelRequested
from leo_engine.state.machine import RunMachine
from leo_engine.state.projection import Projection
from leo_engine.state.status import RUN_TERMINAL


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """Where driving a run begins."""

    epoch: int
    next_seq: int
    first: Event
    outstanding: Sequence[Command] = ()
    """What an earlier engine left undone."""
    then: Sequence[Event] = ()
    """What happens right after."""


class Driven(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was driven or followed, as it stood when that was over."""

    run: RunRow
    followed: bool = False
    """Another process drove it, from the beginning or from some time on."""
    adopted: bool = False
    """It was taken over from a process that is gone."""


Driving = Coroutine[None, None, Driven]
"""Awaited, drives a run that was taken already; to be awaited in any case."""


class Session:
    """Slots, executors and the watch over requests, for as long as a loop runs."""

    def __init__(  # noqa: PLR0913 -- its ports, each passed in by name
        self,
        *,
        settings: Settings,
        store: RunStore,
        clock: Clock,
        environ: Mapping[str, str],
        executors: Executors,
        folder_settings: FolderSettings | None,
        follows_lost: bool = True,
    ) -> None:
        """Share `settings`; `folder_settings` is None while `leo.toml` is wrong.

        `follows_lost`: what another process has taken over is followed to its end;
        else driving it fails. A child run is followed always: its parent waits for it.
        """
        self.settings = settings
        self.store = store
        self.clock = clock
        self.owner = owner_text()
        self._environ = environ
        self._executors = executors
        self._folder_settings = folder_settings or FolderSettings()
        executors.host_rules = _host_rules(self._folder_settings)
        self._lanes = LaneLedger()
        self._follows_lost = follows_lost
        self._housekeeping = Housekeeping(
            store=store,
            clock=clock,
            state_folder=settings.state_folder,
            folder_settings=folder_settings,
            executors=executors,
        )
        self._slots = Slots(settings.slots)
        self._attending = Attending(store, clock, settings.lease_ms)
        self._loops = self._attending.loops
        self._is_stopping = False
        self._is_leaving = False
        self._parting = asyncio.Event()
        """Set once the session has begun to end: nothing is followed any more."""

    async def __aenter__(self) -> Self:
        """Begin to look after the runs."""
        self.attendants = [
            asyncio.create_task(work)
            for work in (self._attending.attend(), self._housekeeping.keep())
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go; attempts that are still under way go on."""
        self.leave()
        for attendant in self.attendants:
            attendant.cancel()
        for attendant in self.attendants:
            with contextlib.suppress(asyncio.CancelledError):
                await attendant
        await self._executors.aclose()
        await self._housekeeping.finish()
        await self._executors.tidy(cache(self._is_under_way))

    def _is_under_way(self, run_id: str) -> bool:
        run = known_run(self.store, run_id)
        return run is not None and run.status not in RUN_TERMINAL

    async def preflight(self, dags: Iterable[Dag]) -> None:
        """Raise `ExecutorUnavailableError` when what a DAG runs on cannot be used."""
        await self._executors.preflight(dags)

    def go_by(self, folder_settings: FolderSettings) -> None:
        """Begin, from now on, what `leo.toml` says by now."""
        self._folder_settings = folder_settings
        self._executors.host_rules = _host_rules(folder_settings)
        self._housekeeping.go_by(folder_settings)

    def look_at_requests(self) -> None:
        """Answer requests in the next turn: one has just been left by this process."""
        self._attending.call()

    def row_of(self, run_key: int) -> RunRow | None:
        """Return the row of a run that a loop drives at this moment."""
        loop = self._loops.get(run_key)
        return None if loop is None else loop.run_row

    def interrupt(self) -> None:
        """Stop every run: start nothing more, TERM what runs."""
        self._is_stopping = True
        self._parting.set()
        for loop in self._loops.values():
            loop.cancel(by="", reason="interrupted")

    def leave(self) -> None:
        """Let go of every run and stop nothing; each can be adopted from then on."""
        self._is_leaving = True
        self._parting.set()
        for loop in self._loops.values():
            loop.leave()

    @property
    def written_bytes(self) -> int:
        """How much tasks of this process's runs have written, as far as it was seen."""
        return self._attending.written_bytes

    def is_parting(self) -> bool:
        """True once it was interrupted or left: nothing more is to be begun."""
        return self._parting.is_set()

    def kill(self) -> None:
        """KILL whatever still runs."""
        for loop in self._loops.values():
            loop.kill()

    def part_with(self, run_key: int) -> None:
        """Let go of one run once all that is stored of it is also done."""
        if loop := self._loops.get(run_key):
            loop.part()

    def cancel_run(self, run_id: str, reason: str) -> bool:
        """Stop one run of this process; False when it does not drive that one."""
        for loop in self._loops.values():
            if loop.run_row.run_id == run_id:
                loop.cancel(by="", reason=reason)
                return True
        return False

    @contextlib.contextmanager
    def taken(self, run: RunRow) -> Iterator[int]:
        """Own a run that nobody owns, under the epoch returned, and `drive` it.

        It is given back when the block fails before it was driven.

        Raises:
            RunBusyError: a living process owns it, or others fill its concurrency key.
        """
        epoch = self.store.take(run.run_key, owner=self.owner).epoch
        try:
            yield epoch
        except BaseException:
            self.store.release(run.run_key, epoch=epoch)
            raise

    async def drive(
        self,
        run: RunRow,
        machine: RunMachine,
        begin: Beginning,
        observer: Observer | None,
    ) -> Driven:
        """Drive a run that this process owns to its end and give it back.

        Once another process owns it, it is followed instead.

        Raises:
            LeaseLostError: another process owns it, and what is lost is not followed.
            StoreError: it could not be stored any more.
        """
        try:
            gate = self._gate(run, machine)
            loop = self._loop_for(run, machine, begin, gate, observer)
            try:
                ended = await self._run(loop, begin)
            finally:
                await gate.aclose()
        finally:
            self.store.release(run.run_key, epoch=begin.epoch)
            self._housekeeping.note_end()
        if ended is None:
            return await self.follow(run, observer, told_seq=loop.stored_seq)
        is_over = ended.status in RUN_TERMINAL
        return Driven(run=ended if is_over else self.store.find_run(run.run_id))

    async def _run(self, loop: RunLoop, begin: Beginning) -> RunRow | None:
        """Return the run as its loop leaves it; None when it has another owner."""
        if self._is_leaving:
            return loop.run_row
        then = list(begin.then)
        if self._is_stopping:
            at_ms = self.clock.now_ms()
            then.append(RunCancelRequested(at_ms=at_ms, reason="interrupted"))
        try:
            with self._attending.on(loop, begin.epoch):
                return await loop.run(begin.first, begin.outstanding, then)
        except LeaseLostError:
            if self._follows_lost or loop.run_row.parent_run:
                return None
            raise

    async def follow(
        self, run: RunRow, observer: Observer | None, *, told_seq: int = 0
    ) -> Driven:
        """Watch a run of another process until its end, or that of the session.

        The observer knows the first `told_seq` events already.
        """
        row = await follow(
            self.store, run, observer, told_seq=told_seq, until=self._parting
        )
        return Driven(run=row, followed=True)

    def folders(self, run: RunRow) -> RunFolders:
        """Return where a run lives, its own folders made, its staging tracked."""
        settings = self.settings
        folders = RunFolders.within(
            settings.folder, settings.state_folder, run.file, run.run_id
        )
        self._housekeeping.staging.track(run.run_id)
        for folder in (folders.run_folder, folders.staging):
            # One by one: makedirs gives its mode to the last folder only.
            Path(folder).parent.mkdir(mode=0o700, exist_ok=True)
            Path(folder).mkdir(mode=0o700, exist_ok=True)
        return folders

    def _loop_for(
        self,
        run: RunRow,
        machine: RunMachine,
        begin: Beginning,
        gate: Gate,
        observer: Observer | None,
    ) -> RunLoop:
        workplace = Workplace(
            run=run,
            machine=machine,
            folders=self.folders(run),
            environ=self._environ,
            executor_of=self._executors.of,
            clock=self.clock,
            sources_of=lambda: self.store.dag_version(run.dag_hash).sources,
            log_max_bytes=self._folder_settings.log_max_bytes,
        )
        return RunLoop(
            run=run,
            epoch=begin.epoch,
            next_seq=begin.next_seq,
            projection=Projection(machine),
            placer=self._placer(machine, gate, workplace),
            slots=self._slots,
            workplace=workplace,
            journal=self.store,
            clock=self.clock,
            observer=observer,
        )

    def _gate(self, run: RunRow, machine: RunMachine) -> Gate:
        def again() -> None:
            self._loops[run.run_key].reconsider()

        return Gate(
            machine,
            run.run_key,
            free_memory=free_memory_bytes,
            clock=self.clock,
            shared=SharedPools(self.store, self._folder_settings.pools),
            again=again,
        )

    def _placer(self, machine: RunMachine, gate: Gate, workplace: Workplace) -> Placer:
        dag, board = machine.dag, machine.board

        def lanes(number: int) -> tuple[Lane, ...]:
            task = dag.tasks[number]
            limits = request_limits(self._folder_settings)
            return lanes_of(task, limits, partial(workplace.address, task))

        placement = placement_for(
            self.settings.strategy,
            machine.graph,
            dag.tasks,
            expected_ms(dag.tasks, self.store.durations(dag.name)),
            self.settings.slots,
            lambda number: not board.is_settled(number),
        )
        limits = Limits(
            PoolLedger(dict(dag.pools)),
            dag.max_parallel,
            gate,
            lanes=self._lanes,
            lanes_of=lanes,
        )
        return Placer(placement, dag.tasks, limits)


def _host_rules(folder_settings: FolderSettings) -> HostRules:
    http = folder_settings.http
    return HostRules(allow=http.allow, deny=http.deny)
