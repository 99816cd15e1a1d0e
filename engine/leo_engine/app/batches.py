"""Runs the entries of a plan to their ends, as many at once as can use the slots.

What is done about an entry is decided when its turn comes, by the newest run with its
parameters, and in one transaction (`prepare`): of two processes that are given one plan
one begins the run of an entry, the other follows it.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable
from typing import NamedTuple

from leo_engine import ids
from leo_engine.app import resuming, starting
from leo_engine.app.batch_choices import choice_for, created, survey
from leo_engine.app.batch_queue import BatchQueue
from leo_engine.app.batch_types import (
    BatchEntry,
    BatchObserver,
    BatchResult,
    EntryAction,
    EntryChoice,
    EntryResult,
    LoadedPlan,
)
from leo_engine.app.session import Driven, Session
from leo_engine.app.starting import NewRun
from leo_engine.errors import LeoError, RunBusyError
from leo_engine.ports import BatchItemRow, BatchRow, Busy, Created, Reuse, RunRow
from leo_engine.state.status import RunStatus, TaskStatus

_LOOK_EVERY_MS = 250
_TRY_EVERY_MS = 2_000
"""How often a busy DAG is tried although nothing was stored: the death of an owner
stores nothing."""


class _Begun(NamedTuple):
    """An entry whose run is known."""

    choice: EntryChoice
    run: RunRow
    end: Awaitable[Driven] | None
    """None when there is nothing to do."""


class BatchRun:
    """One batch in one session; `run` is called once."""

    def __init__(
        self, session: Session, plan: LoadedPlan, *, new: bool, observer: BatchObserver
    ) -> None:
        self._session = session
        self._store = session.store
        self._plan = plan
        self._new = new
        self._observer = observer
        self._batch = _row(session, plan)
        self._results: dict[int, EntryResult] = {}
        self._queue = BatchQueue((), {})
        self._under_way: set[asyncio.Task[None]] = set()
        self._driving: set[int] = set()
        """Positions that may use slots: runs of this process, and the undecided."""
        self._own: set[int] = set()
        """Positions with a run that this batch made: there is no second one."""
        self._changed = asyncio.Event()
        self._look_at_ms = self._try_at_ms = 0
        self._seen = -1

    async def run(self) -> BatchResult:
        """Bring every entry to its end; a stop keeps the rest from beginning."""
        self._begin()
        async with asyncio.TaskGroup() as group:
            while self._under_way or (self._queue and not self._session.is_parting()):
                self._changed.clear()
                self._dispatch(group)
                await self._pause()
        result = BatchResult(
            batch=self._batch,
            total=len(self._plan.entries),
            results=tuple(self._results[at] for at in sorted(self._results)),
        )
        self._observer.on_batch_ended(result)
        return result

    def _begin(self) -> None:
        """Store the batch; what needs no run is told at once."""
        choices = survey(self._store, self._plan, new=self._new)
        skipped = [choice for choice in choices if choice.action is EntryAction.SKIP]
        items = [_item(choice) for choice in choices]
        self._store.add_batch(self._batch, items)
        self._observer.on_batch(self._batch, len(choices))
        for choice in skipped:
            self._settle(EntryResult(choice=choice))
        waiting = [one.entry for one in choices if one.action is not EntryAction.SKIP]
        allowed = {
            name: loaded.dag.max_active_runs for name, loaded in self._plan.dags.items()
        }
        self._queue = BatchQueue(waiting, allowed)

    def _dispatch(self, group: asyncio.TaskGroup) -> None:
        """Let entries begin while their runs can use the slots."""
        slots = self._session.settings.slots
        while len(self._driving) < slots and not self._session.is_parting():
            entry = self._queue.take()
            if entry is None:
                return
            self._driving.add(entry.position)
            task = group.create_task(self._attend(entry))
            self._under_way.add(task)
            task.add_done_callback(self._let_go)

    def _let_go(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._changed.set()

    async def _pause(self) -> None:
        """Wait until an entry has ended, or a busy DAG may be tried again."""
        timeout_s = _LOOK_EVERY_MS / 1000 if self._queue.is_blocked else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        now_ms = self._session.clock.monotonic_ms()
        if self._queue.is_blocked and now_ms >= self._look_at_ms:
            self._look(now_ms)

    def _look(self, now_ms: int) -> None:
        """Try the busy DAGs again when anything was stored, and every now and then."""
        self._look_at_ms = now_ms + _LOOK_EVERY_MS
        revision = self._store.revision()
        if revision != self._seen or now_ms >= self._try_at_ms:
            self._seen = revision
            self._try_at_ms = now_ms + _TRY_EVERY_MS
            self._queue.unblock()

    async def _attend(self, entry: BatchEntry) -> None:
        """Bring one entry to its end, or let it wait again."""
        if self._session.is_parting():
            self._queue.put_back(entry, is_busy=False)
            return
        try:
            result = await self._carry_out(entry)
        except RunBusyError as busy:
            self._queue.put_back(entry, is_busy=True)
            self._observer.on_entry_waits(entry, str(busy))
        except (LeoError, OSError) as error:
            # The entry's own fault as far as we know: the others go on.
            self._queue.end(entry)
            self._settle(EntryResult(choice=created(entry), error=str(error)))
        else:
            if self._is_orphaned(result):
                self._queue.put_back(entry, is_busy=False)
                self._observer.on_entry_waits(entry, "")
            else:
                self._queue.end(entry)
                self._settle(result)
        finally:
            self._driving.discard(entry.position)

    async def _carry_out(self, entry: BatchEntry) -> EntryResult:
        """Begin, go on with or follow the run of an entry.

        Raises:
            RunBusyError: its DAG is busy, or another process was quicker.
        """
        begun = self._begun(entry)
        if begun.end is None:
            return EntryResult(choice=begun.choice, run=begun.run)
        if begun.choice.action is EntryAction.FOLLOW:
            # It uses the slots of another process: ours are for the next entry.
            self._driving.discard(entry.position)
            self._changed.set()
        self._observer.on_entry_begun(begun.choice, begun.run)
        run = (await begun.end).run
        return EntryResult(choice=begun.choice, run=run, error=self._error(run))

    def _begun(self, entry: BatchEntry) -> _Begun:
        session, loaded = self._session, self._plan.dags[entry.dag]
        wanted = NewRun(loaded=loaded, params=entry.params, trigger="batch")
        row = starting.new_row(session, wanted)
        item = (self._batch.batch_id, entry.position)
        new = self._new and entry.position not in self._own
        prepared = starting.prepare(session, row, loaded, new=new, batch_item=item)
        match prepared:
            case Busy(occupant, message):
                raise RunBusyError(occupant, message)
            case Created():
                self._own.add(entry.position)
                end = starting.begin(session, row, loaded.dag, prepared, self._observer)
                return _Begun(created(entry), row, end)
            case Reuse(run_id):
                run = self._store.find_run(run_id)
                choice = choice_for(entry, run)
                if choice.action is EntryAction.SKIP:
                    self._store.assign(item, run_id=run_id, skipped=choice.reason)
                return _Begun(choice, run, self._end_of(choice, run))

    def _end_of(self, choice: EntryChoice, run: RunRow) -> Awaitable[Driven] | None:
        """Return how a run that is there already comes to its end."""
        session, observer = self._session, self._observer
        match choice.action:
            case EntryAction.FOLLOW:
                return session.follow(run, observer)
            case EntryAction.ADOPT:
                return resuming.adopt(session, run, observer)
            case EntryAction.RESUME:
                loaded = self._plan.dags[choice.entry.dag]
                wanted = resuming.plan(self._store, run, loaded, {})
                return resuming.resume(session, wanted, observer)
            case _:
                return None

    def _is_orphaned(self, result: EntryResult) -> bool:
        """Whether the run lost its owner, and this process may take it over."""
        return (
            not self._session.is_parting()
            and result.run is not None
            and result.run.status is RunStatus.INTERRUPTED
        )

    def _settle(self, result: EntryResult) -> None:
        self._results[result.choice.entry.position] = result
        self._observer.on_entry_ended(result)

    def _error(self, run: RunRow) -> str:
        """Return why a run failed: its own reason, or its first failed task's."""
        if run.status is RunStatus.SUCCEEDED or run.error:
            return run.error
        failed = (
            f"{row.task}: {row.reason}"
            for row in self._store.tasks(run.run_key)
            if row.status is TaskStatus.FAILED
        )
        return next(failed, "")


def _row(session: Session, plan: LoadedPlan) -> BatchRow:
    now_ms = session.clock.now_ms()
    return BatchRow(
        batch_id=ids.run_id(now_ms, secrets.randbits(80)),
        name=plan.name,
        plan_hash=plan.plan_hash,
        file=str(plan.path.absolute()),
        created_ms=now_ms,
    )


def _item(choice: EntryChoice) -> BatchItemRow:
    is_skipped = choice.action is EntryAction.SKIP
    return BatchItemRow(
        position=choice.entry.position,
        dag=choice.entry.dag,
        params=choice.entry.params,
        run_id=choice.run_id if is_skipped else "",
        skipped=choice.reason if is_skipped else "",
    )
