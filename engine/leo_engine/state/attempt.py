"""The attempt under way of a task, and what its end means."""

from enum import Enum
from typing import assert_never

import msgspec

from leo_engine.spec.model import RetryPolicy
from leo_engine.state.outcome import Cancelled, Lost, Outcome, TimedOut, usage_of
from leo_engine.state.retry import LOST_LIMIT, is_worth_retrying


class Stop(Enum):
    """Why a running attempt was told to stop."""

    DEADLINE = "deadline"
    CANCEL = "cancel"
    RESTART = "restart"
    """Its task starts afresh as soon as it has stopped."""


class Running(msgspec.Struct, gc=False):
    """The attempt under way of one task."""

    slot: int
    handle: str = ""
    """Empty until it is known to be launched."""
    stop: Stop | None = None
    reason: str = ""
    """Why it was told to stop, for people."""


class Spent(msgspec.Struct, gc=False):
    """What a task has used of its budgets since it last started afresh."""

    before: int = 0
    """Attempts before that."""
    failures: int = 0
    losses: int = 0

    def charge(self, outcome: Outcome, policy: RetryPolicy) -> int | None:
        """Count a failure against its budget, losses against one of their own.

        Return its number, 1-based, if another attempt may follow it, else None.
        """
        if isinstance(outcome, Lost):
            self.losses += 1
            return self.losses if self.losses <= LOST_LIMIT else None
        self.failures += 1
        if not is_worth_retrying(policy.retry_on, outcome):
            return None
        return self.failures if self.failures <= policy.retries else None


def effective(running: Running, outcome: Outcome, limit_ms: int | None) -> Outcome:
    """Return what the end of an attempt means, given that it may have been stopped.

    Once it was told to stop, that is how it ended, whatever its executor saw: a process
    that gets TERM may well exit 0, which says that it stopped neatly and not that its
    work is done. `limit_ms` is the time that was up, if any.
    """
    match running.stop:
        case None:
            return outcome
        case Stop.DEADLINE:
            return TimedOut(limit_ms or 0, usage_of(outcome))
        case Stop.CANCEL | Stop.RESTART:
            return Cancelled(running.reason, usage_of(outcome))
        case _:
            assert_never(running.stop)
