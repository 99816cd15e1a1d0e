"""One run, driven to its end: events in, one journal write per turn, commands out.

A turn takes every event that has come, folds it, gives idle slots to ready tasks, and
stores all of it as one write. Only when that write is durable are attempts launched or
stopped and observers told. Nothing here decides about a task: the machine does.
"""

import asyncio
import random
from collections.abc import Coroutine, Sequence
from typing import assert_never

from leo_engine.errors import StoreError
from leo_engine.placement.placer import Placer
from leo_engine.ports import (
    Clock,
    Journal,
    JournalWrite,
    Observer,
    RunRequest,
    RunRow,
)
from leo_engine.scheduler.attempts import Attempts
from leo_engine.scheduler.requests import Granted, granted_of
from leo_engine.scheduler.run_progress import with_progress
from leo_engine.scheduler.slots import Slots
from leo_engine.scheduler.timers import Timers
from leo_engine.scheduler.workplace import Workplace
from leo_engine.scheduler.works import Effect, Works
from leo_engine.spec.model import SubDag
from leo_engine.state.command import (
    AskApproval,
    Command,
    EvaluateCondition,
    FinishRun,
    LaunchAttempt,
    OfferTask,
    StartBackoff,
    StartSubDag,
    StopAttempt,
    WithdrawTask,
)
from leo_engine.state.event import (
    AttemptFinished,
    AttemptStarted,
    Event,
    RunAdopted,
    RunCancelRequested,
    RunFinished,
)
from leo_engine.state.projection import Projection

NO_SLOT = -1
"""Slot of an attempt that needs none: a sub-DAG."""


class _LeftError(Exception):
    """The loop was told to leave."""


class RunLoop:
    """One run under way in this process.

    Invariants: events are numbered without gaps; writes are appended in the order of
    the turns; an effect is carried out only once the write with its cause is durable.
    """

    def __init__(  # noqa: PLR0913 -- its ports, each passed in by name
        self,
        *,
        run: RunRow,
        epoch: int,
        next_seq: int,
        projection: Projection,
        placer: Placer,
        slots: Slots,
        workplace: Workplace,
        journal: Journal,
        clock: Clock,
        observer: Observer | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.run_row = run
        self._epoch = epoch
        self._seq = next_seq
        self.stored_seq = next_seq - 1
        """Number of the last event that was stored and told of."""
        self._projection = projection
        self._machine = projection.machine
        self._placer = placer
        self._slots = slots
        self.workplace = workplace
        self._journal = journal
        self._clock = clock
        self._observer = observer
        self._inbox: list[Event] = []
        self._fresh: list[Event] = []
        self._effects: list[Effect] = []
        self._slot_of: dict[str, int] = {}
        self._freed_slot: int | None = None
        self._unstored_count = 0
        self._is_turn_due = False
        self._is_parting = False
        self._timers = Timers(
            clock=clock,
            post=self.post,
            chance=chance or random.Random(),  # noqa: S311 -- jitter, not secrets
        )
        self._attempts = Attempts(
            workshop=workplace, clock=clock, post=self.post, spawn=self._spawn
        )
        self._works = Works(
            self._machine, clock=clock, attempts=self._attempts, timers=self._timers
        )

    async def run(
        self,
        first: Event,
        outstanding: Sequence[Command] = (),
        then: Sequence[Event] = (),
    ) -> RunRow:
        """Drive the run from `first` (started, resumed, adopted or reset) to its end.

        Attempts that the machine knows to be running are adopted; `outstanding` is what
        an earlier engine left undone; `then` happens right after that. The row of a run
        that was left (`leave`) is not terminal.

        Raises:
            LeaseLostError: another process owns the run by now.
            StoreError: the journal refused a write; attempts under way go on and can be
                adopted once the store is usable again.
        """
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._slots.join(self)
        try:
            async with asyncio.TaskGroup() as self._group:
                self._begin(first, outstanding, then)
                await self._end()
        except BaseExceptionGroup as errors:
            # What broke first is what the caller can act on.
            cause = errors.exceptions[0]
            if not isinstance(cause, _LeftError):
                raise cause from errors
        finally:
            self._clean_up()
        return self.run_row

    def _begin(
        self, first: Event, outstanding: Sequence[Command], then: Sequence[Event]
    ) -> None:
        self._adopt_running()
        self._fold(first)
        for command in outstanding:
            self._obey(command)
        self._inbox += then
        goes_on = isinstance(first, RunAdopted) or getattr(first, "moved", False)
        began_ms = self.run_row.started_ms if goes_on else None
        self._works.set_deadline(began_ms)
        self.wake()

    async def _end(self) -> None:
        try:
            await self._ended
        except (StoreError, _LeftError):
            # Cut short, a launch would be undone; but it is stored, and whoever drives
            # the run next will look for it.
            await self._attempts.launched()
            raise

    def post(self, event: Event) -> None:
        """Hand in an event; it takes effect in the loop's next turn."""
        self._inbox.append(event)
        self.wake()

    def wake(self) -> None:
        """Have a turn soon, if only to look for slots."""
        if not self._is_turn_due:
            self._is_turn_due = True
            self._loop.call_soon(self._turn)

    def wants_slot(self) -> bool:
        """Tell whether a ready task waits for a slot."""
        return self._placer.waiting_count > 0

    def grant(self, request: RunRequest) -> Granted:
        """Do what another process asks for."""
        granted = granted_of(request, self._machine, self._clock.now_ms())
        if granted.event is not None:
            self.post(granted.event)
        return granted

    def has_lost(self, granted: Granted) -> bool:
        """Tell whether it was let go of before it did what it had granted."""
        is_left = self._ended.done() and not self._machine.is_finished
        return is_left and any(event is granted.event for event in self._inbox)

    def reconsider(self) -> None:
        """Ask again about tasks that waited for memory or a shared pool."""
        self._placer.reconsider()
        self.wake()

    def prolong(self, until_ms: int) -> None:
        """Know until when the run is surely ours, by the monotonic clock."""
        self._attempts.owned_until_ms = until_ms

    def abandon(self, error: StoreError) -> None:
        """Stop driving a run that is not ours any more; its attempts go on."""
        if not self._ended.done():
            self._ended.set_exception(error)

    def leave(self) -> None:
        """Let go of the run; its attempts go on, and whoever takes it adopts them."""
        if not self._ended.done():
            self._ended.set_exception(_LeftError())

    def part(self) -> None:
        """Start nothing more, and let go once all that is stored is also done."""
        self._is_parting = True
        self.wake()

    def cancel(self, by: str, reason: str) -> None:
        """Stop starting and stop what runs."""
        now_ms = self._clock.now_ms()
        self.post(RunCancelRequested(at_ms=now_ms, by=by, reason=reason))

    def kill(self) -> None:
        """KILL every attempt at once, without grace."""
        self._attempts.kill_all()

    def _adopt_running(self) -> None:
        for number in self._machine.board.running:
            self._placer.hold(number)
            adopted = self._machine.task_run(number)
            if not isinstance(self._machine.dag.tasks[number].action, SubDag):
                # There may be none left: what runs is not stopped because of that.
                slot = self._slots.take(self)
                if slot is not None:
                    self._slot_of[adopted.task] = slot
            self._attempts.adopt(self.run_row.run_id, adopted)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self._group.create_task(work)

    def _clean_up(self) -> None:
        self._timers.cancel()
        for slot in self._slot_of.values():
            self._slots.give_back(self, slot)
        self._placer.let_go()
        self._slots.leave(self)

    def _turn(self) -> None:
        self._is_turn_due = False
        if self._ended.done():
            return
        self._take_in()
        if not self._is_parting:
            self._fill_slots()
        if self._fresh:
            self._store()
        self._leave_when_done()
        self._slots.wake_others(self)

    def _leave_when_done(self) -> None:
        if self._is_parting and not (self._unstored_count or self._inbox):
            self.leave()

    def _take_in(self) -> None:
        while self._inbox:
            events, self._inbox = self._inbox, []
            for event in events:
                self._fold(event)

    def _fold(self, event: Event) -> None:
        self._freed_slot = None
        if isinstance(event, AttemptFinished):
            self._free_slot(event)
        self._fresh.append(event)
        for command in self._projection.apply(event):
            self._obey(command)

    def _free_slot(self, event: AttemptFinished) -> None:
        number = self._machine.index(event.task)
        if self._machine.board.attempt[number] != event.attempt:
            return
        self._placer.released(number)
        slot = self._slot_of.pop(event.task, None)
        if slot is not None:
            self._slots.give_back(self, slot)
            self._freed_slot = slot

    def _obey(self, command: Command) -> None:
        match command:
            case OfferTask(task):
                self._placer.offer(self._machine.index(task), self._freed_slot)
            case WithdrawTask(task):
                self._placer.withdraw(self._machine.index(task))
            case EvaluateCondition(task):
                self._inbox.append(self.workplace.evaluate_condition(task))
            case FinishRun(status):
                at_ms = self._clock.now_ms()
                self._inbox.append(RunFinished(at_ms=at_ms, status=status))
            case AskApproval():
                self._effects.append(command)
            case StartSubDag(task):
                self._start(task, NO_SLOT)
            case LaunchAttempt() | StopAttempt() | StartBackoff():
                self._effects.append(command)
            case _:
                assert_never(command)

    def _fill_slots(self) -> None:
        while self.wants_slot():
            slot = self._slots.take(self)
            if slot is None:
                return
            task = self._placer.take(slot)
            if task is None:
                self._slots.give_back(self, slot)
                return
            self._start(self._machine.task_id(task), slot)

    def _start(self, task_id: str, slot: int) -> None:
        if slot != NO_SLOT:
            self._slot_of[task_id] = slot
        attempt = self._machine.board.attempt[self._machine.index(task_id)] + 1
        at_ms = self._clock.now_ms()
        self._fold(
            AttemptStarted(at_ms=at_ms, task=task_id, attempt=attempt, slot=slot)
        )

    def _store(self) -> None:
        rows = self._projection.drain()
        self.run_row = with_progress(self.run_row, self._machine)
        write = JournalWrite(
            run_key=self.run_row.run_key,
            epoch=self._epoch,
            first_seq=self._seq,
            events=self._fresh,
            tasks=rows.tasks,
            attempts=rows.attempts,
            outputs=rows.outputs,
            run=self.run_row,
        )
        effects, self._effects = self._effects, []
        self._seq += len(self._fresh)
        self._fresh = []
        stored = self._journal.append(write)
        self._journal.flush()
        if stored.done() and not self._unstored_count:
            self._stored(stored, write, effects)
            return
        # Not durable yet, or an earlier write's effects are still to come.
        self._unstored_count += 1

        def when_stored(done: asyncio.Future[int]) -> None:
            self._unstored_count -= 1
            self._stored(done, write, effects)
            self._leave_when_done()

        stored.add_done_callback(when_stored)

    def _stored(
        self, done: asyncio.Future[int], write: JournalWrite, effects: list[Effect]
    ) -> None:
        # Asked even when the loop is over: a refusal nobody looks at is a complaint.
        error = None if done.cancelled() else done.exception()
        if self._ended.done() or done.cancelled():
            return
        if error is not None:
            self._ended.set_exception(error)
            return
        self.stored_seq = write.first_seq + len(write.events) - 1
        self.prolong(done.result())
        for effect in effects:
            self._works.carry_out(effect)
        self._attempts.forget_ended(write.events)
        if self._observer is not None:
            self._observer.on_stored(self.run_row, write)
        if self._machine.is_finished and isinstance(write.events[-1], RunFinished):
            self._ended.set_result(None)
