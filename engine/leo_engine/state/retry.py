"""Whether a failed attempt is worth another one, and how long to wait before it."""

from typing import assert_never

from leo_engine.spec.model import RetryOn, RetryPolicy
from leo_engine.state.outcome import (
    Cancelled,
    Failed,
    Lost,
    Outcome,
    Succeeded,
    TimedOut,
)

LOST_LIMIT = 3
"""Losses of a task, between two resets, that are each made up for by another attempt.

A separate budget: a machine that vanished says nothing about the task. Not endless, for
a task that takes its machine down would do so for ever.
"""

LONGEST_DELAY_MS = 366 * 24 * 3_600_000
"""What a growing delay without `max` stops at: a year, which timers can hold."""


def is_worth_retrying(retry_on: RetryOn, outcome: Outcome) -> bool:
    """Tell whether the policy wants another attempt after this outcome.

    A failure without exit code and signal (it never ran, or its output was refused)
    is retried unless exit codes are named.
    """
    match outcome:
        case Failed():
            if outcome.signal is not None:
                return retry_on.signals
            codes = retry_on.exit_codes
            return codes is None or outcome.exit_code in codes
        case TimedOut():
            return retry_on.timeout
        case Lost():
            return True
        case Succeeded() | Cancelled():
            return False
        case _:
            assert_never(outcome)


def backoff_ms(policy: RetryPolicy, failures: int) -> int:
    """Return the pause after failure number `failures` (1-based), before any jitter.

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.
    """
    if not policy.delay_ms:
        return 0
    longest_ms = policy.backoff.max_ms
    if longest_ms is None:
        longest_ms = max(LONGEST_DELAY_MS, policy.delay_ms)
    try:
        delay_ms = policy.delay_ms * policy.backoff.factor ** (failures - 1)
    except OverflowError:
        return longest_ms
    return max(0, int(min(delay_ms, longest_ms)))
