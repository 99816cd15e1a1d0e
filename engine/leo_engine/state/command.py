"""What the machine wants done, in the imperative.

A command is carried out only after the events behind it are stored.
"""

import msgspec

from leo_engine.state.status import RunStatus


class EvaluateCondition(msgspec.Struct, frozen=True):
    """Work out the task's `if` and answer with `ConditionEvaluated`."""

    task: str


class OfferTask(msgspec.Struct, frozen=True):
    """The task is ready: queue it, answer with `AttemptStarted` when it gets a slot."""

    task: str


class WithdrawTask(msgspec.Struct, frozen=True):
    """The task is no longer ready: forget an earlier offer."""

    task: str


class LaunchAttempt(msgspec.Struct, frozen=True):
    """Launch it, and answer with `AttemptLaunched`, then `AttemptFinished`.

    The answer to every `AttemptStarted` that counts, so the attempt is stored by now.
    """

    task: str
    attempt: int


class StopAttempt(msgspec.Struct, frozen=True):
    """TERM, grace, KILL; the attempt answers with `AttemptFinished` as usual."""

    task: str
    attempt: int
    at_once: bool = False
    """Without a grace: whoever asked has asked again."""


class StartBackoff(msgspec.Struct, frozen=True):
    """Answer with `BackoffElapsed` after the delay, give or take the jitter."""

    task: str
    attempt: int
    delay_ms: int
    jitter: float


class AskApproval(msgspec.Struct, frozen=True):
    """Show the question; answer with `ApprovalAnswered`. Takes no slot.

    Every asking is an attempt of its own: `TaskRun.attempt` numbers it. When the task
    has a timeout, answer with `AttemptDeadlineReached` and that number once it is up.
    """

    task: str


class StartSubDag(msgspec.Struct, frozen=True):
    """Run the other DAG without a slot: answer with `AttemptStarted` at once.

    `LaunchAttempt` follows as for any task, then the shell's `AttemptFinished`.
    """

    task: str


class FinishRun(msgspec.Struct, frozen=True):
    """Every task is settled: record `RunFinished`.

    Given exactly once each time the run comes to its end: once per generation, and once
    more for every `TasksReset` that sets an ended run going again.
    """

    status: RunStatus


Command = (
    EvaluateCondition
    | OfferTask
    | WithdrawTask
    | LaunchAttempt
    | StopAttempt
    | StartBackoff
    | AskApproval
    | StartSubDag
    | FinishRun
)
