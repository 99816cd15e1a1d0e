"""Whether and when a failed attempt is followed by another."""

import pytest

from leo_engine.spec.model import Backoff, RetryOn, RetryPolicy
from leo_engine.state.attempt import Spent
from leo_engine.state.outcome import (
    Cancelled,
    Failed,
    Lost,
    Outcome,
    Succeeded,
    TimedOut,
)
from leo_engine.state.retry import (
    LONGEST_DELAY_MS,
    LOST_LIMIT,
    backoff_ms,
    is_worth_retrying,
)

EXIT_2 = Failed("exit 2", exit_code=2)
EXIT_75 = Failed("exit 75", exit_code=75)
CRASH = Failed("killed by SIGSEGV", signal=11)
NO_PROGRAM = Failed("no such program")
ANY, ONLY_75 = RetryOn(), RetryOn(exit_codes=(75,))


@pytest.mark.parametrize(
    ("retry_on", "outcome", "expected"),
    [
        (ANY, EXIT_2, True),
        (ANY, CRASH, True),
        (ANY, NO_PROGRAM, True),
        (ANY, TimedOut(), True),
        (ANY, Succeeded(), False),
        (ANY, Cancelled(), False),
        (ONLY_75, EXIT_2, False),
        (ONLY_75, EXIT_75, True),
        (ONLY_75, CRASH, True),
        (ONLY_75, NO_PROGRAM, False),
        (ONLY_75, Lost("gone"), True),
        (RetryOn(timeout=False), TimedOut(), False),
        (RetryOn(signals=False), CRASH, False),
    ],
)
def test_the_policy_says_which_outcomes_are_worth_a_retry(
    retry_on: RetryOn, outcome: Outcome, *, expected: bool
) -> None:
    assert is_worth_retrying(retry_on, outcome) is expected


def delays(policy: RetryPolicy, count: int = 4) -> list[int]:
    return [backoff_ms(policy, number) for number in range(1, count + 1)]


def test_a_delay_is_constant_without_a_factor() -> None:
    assert delays(RetryPolicy(delay_ms=50)) == [50, 50, 50, 50]


def test_a_delay_grows_by_its_factor_up_to_its_maximum() -> None:
    policy = RetryPolicy(delay_ms=100, backoff=Backoff(factor=2.0, max_ms=500))
    assert delays(policy) == [100, 200, 400, 500]


def test_the_maximum_cuts_the_first_delay_as_well() -> None:
    assert delays(RetryPolicy(delay_ms=100, backoff=Backoff(max_ms=30)), 1) == [30]


@pytest.mark.parametrize("factor", [2.0, 1e300, float("inf")])
def test_a_huge_number_of_failures_does_not_overflow(factor: float) -> None:
    policy = RetryPolicy(delay_ms=100, backoff=Backoff(factor=factor))
    assert backoff_ms(policy, 10**6) == LONGEST_DELAY_MS


def test_no_delay_stays_none_whatever_its_factor() -> None:
    assert backoff_ms(RetryPolicy(backoff=Backoff(factor=float("inf"))), 9) == 0


def test_a_long_delay_without_a_maximum_is_kept() -> None:
    longer = LONGEST_DELAY_MS + 1
    assert backoff_ms(RetryPolicy(delay_ms=longer), 1) == longer


def test_failures_are_charged_to_the_retries_and_losses_to_their_own_budget() -> None:
    spent, policy = Spent(), RetryPolicy(retries=1)
    assert spent.charge(Lost("gone"), policy) == 1
    assert spent.charge(EXIT_2, policy) == 1
    assert spent.charge(EXIT_2, policy) is None
    assert spent.charge(Lost("gone"), policy) == 2


def test_losses_are_made_up_for_a_limited_number_of_times() -> None:
    spent = Spent()
    charged = [spent.charge(Lost("gone"), RetryPolicy()) for _ in range(LOST_LIMIT + 1)]
    assert charged == [*range(1, LOST_LIMIT + 1), None]
