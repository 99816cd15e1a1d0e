"""Each rule, from how its upstream stands."""

import pytest

from leo_engine.spec.model import TriggerRule as R
from leo_engine.state.trigger_rule import RULES, Upstream, Verdict, verdict

# Of two tasks upstream: what is known of them, and what each rule makes of it.
NOTHING = Upstream(2)
ONE_SUCCESS = Upstream(2, succeeded=1)
ONE_FAILURE = Upstream(2, failed=1)
ONE_SKIP = Upstream(2, skipped=1)
ONE_CASCADE = Upstream(2, cascading=1)
SUCCESSES = Upstream(2, succeeded=2)
FAILURES = Upstream(2, failed=2)
SKIPS = Upstream(2, skipped=2)
MIXED = Upstream(2, succeeded=1, failed=1)
SUCCESS_AND_SKIP = Upstream(2, succeeded=1, skipped=1)
SUCCESS_AND_CASCADE = Upstream(2, succeeded=1, cascading=1)
FAILURE_AND_SKIP = Upstream(2, failed=1, skipped=1)
FAILURE_AND_CASCADE = Upstream(2, failed=1, cascading=1)
STANDINGS = (
    NOTHING,
    ONE_SUCCESS,
    ONE_FAILURE,
    ONE_SKIP,
    ONE_CASCADE,
    SUCCESSES,
    FAILURES,
    SKIPS,
    MIXED,
    SUCCESS_AND_SKIP,
    SUCCESS_AND_CASCADE,
    FAILURE_AND_SKIP,
    FAILURE_AND_CASCADE,
)
WAIT, RUN, SKIP, ON, FAIL = (
    Verdict.WAIT,
    Verdict.RUN,
    Verdict.SKIP,
    Verdict.SKIP_DOWNSTREAM,
    Verdict.UPSTREAM_FAILED,
)
TABLE = {
    R.ALL_SUCCESS: (
        *(WAIT, WAIT, FAIL, WAIT, WAIT),
        *(RUN, FAIL, RUN, FAIL, RUN, ON, FAIL, FAIL),
    ),
    R.ALL_FAILED: (
        *(WAIT, SKIP, WAIT, SKIP, SKIP),
        *(SKIP, RUN, SKIP, SKIP, SKIP, SKIP, SKIP, SKIP),
    ),
    R.ALL_DONE: (
        *(WAIT, WAIT, WAIT, WAIT, WAIT),
        *(RUN, RUN, RUN, RUN, RUN, RUN, RUN, RUN),
    ),
    R.ONE_SUCCESS: (
        *(WAIT, RUN, WAIT, WAIT, WAIT),
        *(RUN, FAIL, SKIP, RUN, RUN, RUN, FAIL, FAIL),
    ),
    R.ONE_FAILED: (
        *(WAIT, WAIT, RUN, WAIT, WAIT),
        *(SKIP, RUN, SKIP, RUN, SKIP, SKIP, RUN, RUN),
    ),
    R.NONE_FAILED: (
        *(WAIT, WAIT, FAIL, WAIT, WAIT),
        *(RUN, FAIL, RUN, FAIL, RUN, RUN, FAIL, FAIL),
    ),
    R.NONE_FAILED_MIN_ONE_SUCCESS: (
        *(WAIT, WAIT, FAIL, WAIT, WAIT),
        *(RUN, FAIL, SKIP, FAIL, RUN, RUN, FAIL, FAIL),
    ),
    R.ALWAYS: (RUN,) * len(STANDINGS),
}


@pytest.mark.parametrize("rule", list(R))
def test_a_rule_says_what_the_table_says(rule: R) -> None:
    found = [verdict(rule, standing) for standing in STANDINGS]
    assert found == list(TABLE[rule])


def test_every_rule_has_its_function() -> None:
    assert set(RULES) == set(R)


@pytest.mark.parametrize("rule", list(R))
def test_a_task_without_upstream_runs_whatever_its_rule(rule: R) -> None:
    assert verdict(rule, Upstream(0)) is Verdict.RUN


@pytest.mark.parametrize("rule", list(R))
def test_a_verdict_once_given_is_never_taken_back(rule: R) -> None:
    for standing in STANDINGS:
        first = verdict(rule, standing)
        for later in STANDINGS:
            if first is not Verdict.WAIT and comes_after(later, standing):
                assert verdict(rule, later) is first


def comes_after(later: Upstream, earlier: Upstream) -> bool:
    return (
        later.succeeded >= earlier.succeeded
        and later.skipped >= earlier.skipped
        and later.cascading >= earlier.cascading
        and later.failed >= earlier.failed
    )
