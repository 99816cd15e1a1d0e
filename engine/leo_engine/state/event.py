"""Facts about one run, in the past tense, each with the time it happened at.

They are stored by tag, one JSON object each, for ever: add fields with defaults, never
rename. The state of a run is the fold of its events and of nothing else.
"""

import msgspec

from leo_engine.spec.model import Json
from leo_engine.state.outcome import Outcome


class Fact(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"
):
    """Base of every event."""

    at_ms: int
    """Milliseconds since 1970, wall clock of the process that recorded it."""


class RunStarted(Fact, frozen=True, tag="run_started"):
    """The run began: always the first event."""

    dag_hash: str
    """The DAG version that the events up to the next `RunResumed` speak of."""
    params: dict[str, Json] = {}


class RunResumed(Fact, frozen=True, tag="run_resumed"):
    """A new generation of an ended or interrupted run began.

    Tasks in `reset` and tasks that the run did not have before start afresh; the others
    keep what they have.
    """

    generation: int
    """2 for the first resume."""
    dag_hash: str
    params: dict[str, Json] = {}
    reset: tuple[str, ...] = ()
    moved: bool = False
    """The run was under way and goes on as it stands, over this version: nothing starts
    afresh, no clock either, and a pause lasts."""


class TasksReset(Fact, frozen=True, tag="tasks_reset"):
    """These tasks are to run again, with a fresh retry budget, in this generation."""

    tasks: tuple[str, ...]
    by: str = ""


class TasksMarked(Fact, frozen=True, tag="tasks_marked"):
    """Somebody says that these tasks are done with, though they have not succeeded."""

    tasks: tuple[str, ...]
    skipped: bool = False
    """They are skipped; else they have succeeded."""
    by: str = ""
    note: str = ""


class ConditionEvaluated(Fact, frozen=True, tag="condition_evaluated"):
    """The `if` of a task was worked out."""

    task: str
    holds: bool
    error: str = ""
    """Why it could not be worked out; the task fails with it."""


class AttemptStarted(Fact, frozen=True, tag="attempt_started"):
    """An attempt is about to be launched; nothing is before this is stored."""

    task: str
    attempt: int
    slot: int = 0


class AttemptLaunched(Fact, frozen=True, tag="attempt_launched"):
    """The attempt exists; `handle` finds it again after a restart."""

    task: str
    attempt: int
    handle: str


class AttemptFinished(Fact, frozen=True, tag="attempt_finished"):
    """The attempt ended, as its executor saw it."""

    task: str
    attempt: int
    outcome: Outcome
    handle: str = ""
    """So that a short attempt needs no `AttemptLaunched`; empty: never launched."""


class AttemptDeadlineReached(Fact, frozen=True, tag="attempt_deadline_reached"):
    """The attempt's time was up while it ran."""

    task: str
    attempt: int


class BackoffElapsed(Fact, frozen=True, tag="backoff_elapsed"):
    """The pause after a failed attempt is over."""

    task: str
    attempt: int
    """The attempt that failed."""


class ApprovalAnswered(Fact, frozen=True, tag="approval_answered"):
    """Somebody answered an approval task."""

    task: str
    approved: bool
    by: str = ""
    note: str = ""


class RunDeadlineReached(Fact, frozen=True, tag="run_deadline_reached"):
    """The run's time was up."""


class RunCancelRequested(Fact, frozen=True, tag="run_cancel_requested"):
    """Somebody wants the run to stop."""

    by: str = ""
    reason: str = ""


class TasksCancelRequested(Fact, frozen=True, tag="tasks_cancel_requested"):
    """Somebody wants these tasks not to run, or to stop."""

    tasks: tuple[str, ...]
    by: str = ""


class RunPaused(Fact, frozen=True, tag="run_paused"):
    """Nothing new starts until the run is unpaused."""

    by: str = ""


class RunUnpaused(Fact, frozen=True, tag="run_unpaused"):
    """Starts are allowed again."""

    by: str = ""


class RunAdopted(Fact, frozen=True, tag="run_adopted"):
    """Another engine took the run over; changes no task."""

    owner: str
    epoch: int


class RunFinished(Fact, frozen=True, tag="run_finished"):
    """The generation ended with this status; recorded when the machine said so."""

    status: str


Event = (
    RunStarted
    | RunResumed
    | TasksReset
    | TasksMarked
    | ConditionEvaluated
    | AttemptStarted
    | AttemptLaunched
    | AttemptFinished
    | AttemptDeadlineReached
    | BackoffElapsed
    | ApprovalAnswered
    | RunDeadlineReached
    | RunCancelRequested
    | TasksCancelRequested
    | RunPaused
    | RunUnpaused
    | RunAdopted
    | RunFinished
)
