"""How a run moves on: the steps that events cause, and the steps that those cause.

A task that settles has its dependents considered; one that fails for good may halt the
run; when every task is settled hooks are called, and then the run ends. The commands
that come of it gather in `commands`. Nothing recurses: a chain of any length is walked
by a queue.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import assert_never

from leo_engine.spec.model import Approval, FailurePolicy, SkipMode
from leo_engine.state.attempt import Stop
from leo_engine.state.board import Board
from leo_engine.state.command import (
    Command,
    EvaluateCondition,
    FinishRun,
    StartBackoff,
    StopAttempt,
)
from leo_engine.state.hooks import BY_RUN, HookCalls, Stage
from leo_engine.state.offers import Offers
from leo_engine.state.outcome import Failed, Lost, TimedOut, reason_of
from leo_engine.state.reset import tasks_to_recall, tasks_to_reset
from leo_engine.state.retry import backoff_ms
from leo_engine.state.status import TERMINAL, RunStatus, TaskStatus
from leo_engine.state.trigger_rule import Verdict, verdict

_WAITING = frozenset({TaskStatus.READY, TaskStatus.BACKOFF})


class Course:
    """The course of one run over one version of its DAG."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.calls = HookCalls(board)
        self.stage = Stage.TASKS
        self.ending: RunStatus | None = None
        """How the run will end, once that is certain."""
        self.halted = ""
        """Why no further task starts; empty while they may. Hooks are not concerned."""
        self.offers = Offers(board)
        self.commands: list[Command] = []
        """What the event under way has led to so far."""
        self.now_ms = 0
        """Time of the event under way."""
        self._dag = board.layout.dag
        self._tasks = board.layout.dag.tasks
        self._ids = board.layout.graph.ids
        self._fresh: deque[int] = deque()
        """Settled tasks whose dependents have not been considered yet."""

    def begin(self) -> None:
        """Start every task that waits for nothing."""
        for task in range(len(self._tasks)):
            self.consider(task)

    def consider(self, task: int) -> None:
        """Start a pending task, or settle it unstarted, if its upstream says so."""
        board = self.board
        if board.status[task] is not TaskStatus.PENDING or task in board.asked:
            return
        decision = self._decide(task)
        if decision is Verdict.RUN:
            self._admit(task)
        elif decision is Verdict.UPSTREAM_FAILED:
            self.settle(task, TaskStatus.UPSTREAM_FAILED)
        elif decision is Verdict.SKIP_DOWNSTREAM:
            board.skips_on.add(task)
            self.skip(task, "upstream skipped")
        elif decision is Verdict.SKIP:
            rule = self._tasks[task].trigger_rule
            self.skip(task, f"trigger rule {rule} not met")

    def _decide(self, task: int) -> Verdict:
        spec = self._tasks[task]
        if not spec.is_hook:
            return verdict(spec.trigger_rule, self.board.tallies.upstream(task))
        if task not in self.calls.caller:
            return Verdict.WAIT
        return verdict(spec.trigger_rule, self.calls.upstream(task))

    def _admit(self, task: int) -> None:
        spec = self._tasks[task]
        if self.halted and not spec.is_hook:
            self.settle(task, TaskStatus.CANCELLED, self.halted)
        elif spec.condition:
            self.board.asked.add(task)
            self.commands.append(EvaluateCondition(self._ids[task]))
        else:
            self.make_ready(task)

    def make_ready(self, task: int) -> None:
        """Let a task wait for its slot, its answer, or the run of its sub-DAG."""
        board = self.board
        board.asked.discard(task)
        board.backoff_until_ms.pop(task, None)
        board.move(task, TaskStatus.READY)
        if isinstance(self._tasks[task].action, Approval):
            board.renew_budget(task)
            board.attempt[task] += 1
            board.started_ms[task] = self.now_ms
        offer = self.offers.offer(task)
        if offer is not None:
            self.commands.append(offer)

    def settle(self, task: int, status: TaskStatus, reason: str = "") -> None:
        """Give a task its final status; its dependents are considered in `proceed`."""
        board = self.board
        board.move(task, status)
        board.ended_ms[task] = self.now_ms
        board.asked.discard(task)
        board.backoff_until_ms.pop(task, None)
        if reason:
            board.reason[task] = reason
        self._fresh.append(task)

    def skip(self, task: int, reason: str) -> None:
        """Skip a task; it skips its dependents as well if that is its mode."""
        if self._tasks[task].skip is SkipMode.DOWNSTREAM:
            self.board.skips_on.add(task)
        self.settle(task, TaskStatus.SKIPPED, reason)

    def retry_or_fail(self, task: int, outcome: Failed | TimedOut | Lost) -> None:
        """Have another attempt after a failed one, or let the task fail for good."""
        spec = self._tasks[task]
        failures = self.board.spending(task).charge(outcome, spec.retry)
        if failures is None or (self.halted and not spec.is_hook):
            self.fail(task, reason_of(outcome))
            return
        if self._decide(task) is not Verdict.RUN:
            # Something upstream was reset while this attempt ran.
            self.board.move(task, TaskStatus.PENDING)
            self.consider(task)
            return
        delay_ms = backoff_ms(spec.retry, failures)
        self.board.move(task, TaskStatus.BACKOFF)
        if not delay_ms:
            self.make_ready(task)
            return
        self.board.backoff_until_ms[task] = self.now_ms + delay_ms
        jitter = spec.retry.backoff.jitter
        attempt = self.board.attempt[task]
        self.commands.append(StartBackoff(self._ids[task], attempt, delay_ms, jitter))

    def fail(self, task: int, reason: str) -> None:
        """Let a task fail for good: its hook is called, and the policy applied."""
        self.settle(task, TaskStatus.FAILED, reason)
        spec = self._tasks[task]
        if spec.is_hook:
            return
        policy = self._dag.failure_policy
        is_final = (
            policy is not FailurePolicy.CONTINUE
            and not spec.ignore_failure
            and not self.halted
        )
        if is_final:
            # Known before the dependents are considered, so that none is offered.
            self.halted = f"not started: {spec.id} failed"
        self._propagate()
        hook = self.board.layout.hooks.of_task.get(task)
        if hook is not None:
            self._call((hook,), task)
        if is_final:
            self._cancel_unstarted(self.halted, with_hooks=False)
        if is_final and policy is FailurePolicy.ABORT:
            self._stop_all(f"{spec.id} failed", with_hooks=False)

    def cancel_all(self, reason: str, ending: RunStatus) -> None:
        """End the run: what has not started never does, and what runs is stopped.

        Once every task is settled this concerns hooks only, and how the run ends is
        settled as well.
        """
        if self.stage is Stage.TASKS and self.ending is None:
            self.ending = ending
            self.halted = reason
        self._cancel_unstarted(reason, with_hooks=True)
        self._stop_all(reason, with_hooks=True)

    def cancel(self, task: int, reason: str) -> None:
        """Stop a task, or see to it that it never starts."""
        status = self.board.status[task]
        if status is TaskStatus.RUNNING:
            self.stop(task, Stop.CANCEL, reason)
        elif status not in TERMINAL:
            if status is TaskStatus.READY:
                self.commands += self.offers.withdraw(task)
            self.settle(task, TaskStatus.CANCELLED, reason)

    def stop(self, task: int, why: Stop, reason: str) -> None:
        """Stop the running attempt of a task, unless it is being stopped already.

        What comes later decides what the end of the attempt means: a task that is to
        start afresh does, though its attempt was stopped for another reason.
        """
        running = self.board.running[task]
        if running.stop is None:
            attempt = self.board.attempt[task]
            self.commands.append(StopAttempt(self._ids[task], attempt))
        elif why is Stop.DEADLINE:
            return
        running.stop, running.reason = why, reason

    def kill_if_stopping(self, task: int) -> None:
        """Wait no longer for an attempt that was cancelled and has its grace."""
        is_running = self.board.status[task] is TaskStatus.RUNNING
        if is_running and self.board.running[task].stop is Stop.CANCEL:
            attempt = self.board.attempt[task]
            self.commands.append(StopAttempt(self._ids[task], attempt, at_once=True))

    def _cancel_unstarted(self, reason: str, *, with_hooks: bool) -> None:
        for task in self._concerned(with_hooks=with_hooks):
            if self.board.status[task] is not TaskStatus.RUNNING:
                self.cancel(task, reason)

    def _stop_all(self, reason: str, *, with_hooks: bool) -> None:
        for task in self._concerned(with_hooks=with_hooks):
            if self.board.status[task] is TaskStatus.RUNNING:
                self.stop(task, Stop.CANCEL, reason)

    def _concerned(self, *, with_hooks: bool) -> list[int]:
        called = self.calls.caller if with_hooks else ()
        return [
            task
            for task, spec in enumerate(self._tasks)
            if not self.board.is_settled(task) and (not spec.is_hook or task in called)
        ]

    def reset(
        self, named: Sequence[int], mark: TaskStatus | None = None, reason: str = ""
    ) -> None:
        """Let tasks, and what they held back, start afresh; go on with an ended run.

        There is at least one. With `mark` the named ones, which do not run and are no
        hooks, settle so instead.
        """
        tasks = tasks_to_reset(self.board, named)
        hooks = [task for task in tasks if self._tasks[task].is_hook]
        if len(hooks) < len(tasks):
            self._reopen(tasks)
        else:
            # Nothing but hooks runs again: how the run ended stands.
            self.stage = min(self.stage, Stage.EXIT)
        for task in tasks:
            self._start_afresh(task)
        if len(hooks) == len(tasks):
            self.calls.call(hooks, BY_RUN)
        if mark is not None:
            for task in named:
                self._settle_as(task, mark, reason)
        recalled = tasks_to_recall(self.board, tasks)
        for task in recalled:
            self._recall(task)
        # Hooks that are called still may have waited for one that no longer is.
        for task in (*tasks, *recalled, *self.calls.caller):
            self.consider(task)

    def _settle_as(self, task: int, status: TaskStatus, reason: str) -> None:
        """Settle a pending task."""
        if status is TaskStatus.SKIPPED:
            self.board.by_itself.add(task)
            self.skip(task, reason)
        else:
            self.board.move(task, TaskStatus.READY)
            self.settle(task, status, reason)

    def _reopen(self, tasks: list[int]) -> None:
        """Undo the end of the run, and the calls of hooks that it or the tasks made."""
        self.stage, self.ending, self.halted = Stage.TASKS, None, ""
        for hook in self.calls.take_back([BY_RUN, *tasks]):
            self._start_afresh(hook)
        for hook in self.board.layout.hooks.every:
            if hook not in self.calls.caller and self.board.is_settled(hook):
                self._start_afresh(hook)

    def _start_afresh(self, task: int) -> None:
        board = self.board
        status = board.status[task]
        if status is TaskStatus.RUNNING:
            self.stop(task, Stop.RESTART, "starts afresh")
            return
        self._recall(task)
        board.forget(task)

    def resume(self, named: Iterable[int]) -> None:
        """Begin a new generation, in which these tasks start afresh."""
        self.stage, self.ending, self.halted = Stage.TASKS, None, ""
        self.offers.is_paused = False
        hooks = self.board.layout.hooks.every
        self.calls.caller.clear()
        self._stop_again()
        for task, spec in enumerate(self._tasks):
            is_waiting = not self.board.is_settled(task) and not spec.is_hook
            if is_waiting and task not in self.board.running:
                self._recall(task)
        for task in (*hooks, *tasks_to_reset(self.board, named)):
            self._start_afresh(task)
        self.begin()

    def take_over(self, other: "Course") -> None:
        """Be where another course is: one over another version, tasks under way."""
        ids, index = other.board.layout.graph.ids, self.board.layout.graph.index
        self.offers.is_paused = other.offers.is_paused
        for hook, caller in other.calls.caller.items():
            if ids[hook] in index:
                number = BY_RUN if caller is None else index[ids[caller]]
                self.calls.caller[index[ids[hook]]] = number

    def recall_early(self) -> None:
        """Take back what waits for its next attempt, or an answer, too early now."""
        for task, status in enumerate(self.board.status):
            if status in _WAITING and self._decide(task) is not Verdict.RUN:
                self._recall(task)

    def _stop_again(self) -> None:
        """Stop what was told to stop: whoever was to do it is gone, maybe before."""
        for task, running in self.board.running.items():
            if running.stop is not None:
                attempt = self.board.attempt[task]
                self.commands.append(StopAttempt(self._ids[task], attempt))
            if running.stop is Stop.CANCEL:
                running.stop = Stop.RESTART

    def restart(self, task: int) -> None:
        """Begin again with a task whose attempt was stopped for that."""
        self.board.move(task, TaskStatus.PENDING)
        self.board.forget(task)
        self.consider(task)

    def _recall(self, task: int) -> None:
        """Take a task that waits, or is settled, back to pending."""
        status = self.board.status[task]
        self.board.asked.discard(task)
        if status is TaskStatus.PENDING:
            return
        if status is TaskStatus.READY:
            self.commands += self.offers.withdraw(task)
        self.board.backoff_until_ms.pop(task, None)
        self.board.move(task, TaskStatus.PENDING)

    def proceed(self) -> None:
        """Consider whom the settled tasks concern, and end the run if nothing is left.

        The last thing done about every event.
        """
        self._propagate()
        while not self.board.tallies.open_count and self._next_stage():
            self._propagate()

    def _propagate(self) -> None:
        downstream = self.board.layout.graph.downstream
        while self._fresh:
            for after in downstream[self._fresh.popleft()]:
                self.consider(after)

    def _next_stage(self) -> bool:
        """Move on to the next stage if this one is through; False if it is not."""
        match self.stage:
            case Stage.TASKS:
                self.ending = self.ending or self._result()
                self.stage = Stage.ENDING
                self._call(self.calls.of_end(self.ending), BY_RUN)
                return True
            case Stage.ENDING if self.calls.are_settled():
                self.stage = Stage.EXIT
                self._call(self.board.layout.hooks.on_exit, BY_RUN)
                return True
            case Stage.EXIT if self.calls.are_settled():
                self._finish()
                return True
            case Stage.ENDING | Stage.EXIT | Stage.DONE:
                return False
            case _:
                assert_never(self.stage)

    def _result(self) -> RunStatus:
        counts = self.board.tallies.by_status
        spoiling = (TaskStatus.UPSTREAM_FAILED, TaskStatus.CANCELLED)
        is_spoilt = self.board.tallies.failures or any(counts[one] for one in spoiling)
        return RunStatus.FAILED if is_spoilt else RunStatus.SUCCEEDED

    def _finish(self) -> None:
        for hook in self.board.layout.hooks.every:
            if self.board.status[hook] is TaskStatus.PENDING:
                self.skip(hook, "not called for")
        self._fresh.clear()
        self.stage = Stage.DONE
        if self.ending is not None:
            self.commands.append(FinishRun(self.ending))

    def _call(self, hooks: Iterable[int], caller: int | None) -> None:
        for hook in self.calls.call(hooks, caller):
            self.consider(hook)
