"""When a task may start, from how its upstream stands. One pure function per rule.

A rule never looks at the order in which its upstream settled: asked again and again as
counts grow, it says the same thing in the end whichever came first. So the same
outcomes give the same statuses however the work was scheduled.

Source: Apache Airflow's trigger rules, with two differences. A skip satisfies
dependents unless it cascades (`SkipMode`), and a cancelled task counts as failed.
"""

from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

from leo_engine.spec.model import TriggerRule


class Verdict(Enum):
    """What a rule says about a task that has not started."""

    WAIT = "wait"
    RUN = "run"
    SKIP = "skip"
    SKIP_DOWNSTREAM = "skip_downstream"
    """Skip, and let the skip cascade to the dependents."""
    UPSTREAM_FAILED = "upstream_failed"


class Upstream(msgspec.Struct, frozen=True, gc=False):
    """How many tasks upstream of one task stand where; the rest is not settled yet."""

    total: int
    succeeded: int = 0
    """Failures that are ignored included."""
    skipped: int = 0
    """Skips that satisfy dependents."""
    cascading: int = 0
    """Skips that skip dependents as well."""
    failed: int = 0
    """Failed, upstream_failed or cancelled."""

    @property
    def is_settled(self) -> bool:
        """True when nothing upstream can change any more."""
        settled = self.succeeded + self.skipped + self.cascading + self.failed
        return settled == self.total


Rule = Callable[[Upstream], Verdict]


def _all_success(upstream: Upstream) -> Verdict:
    if upstream.failed:
        return Verdict.UPSTREAM_FAILED
    # A skip alone must not decide before all is settled: a failure outranks it.
    if not upstream.is_settled:
        return Verdict.WAIT
    return Verdict.SKIP_DOWNSTREAM if upstream.cascading else Verdict.RUN


def _all_failed(upstream: Upstream) -> Verdict:
    if upstream.succeeded or upstream.skipped or upstream.cascading:
        return Verdict.SKIP
    return Verdict.RUN if upstream.is_settled else Verdict.WAIT


def _all_done(upstream: Upstream) -> Verdict:
    return Verdict.RUN if upstream.is_settled else Verdict.WAIT


def _one_success(upstream: Upstream) -> Verdict:
    if upstream.succeeded:
        return Verdict.RUN
    if not upstream.is_settled:
        return Verdict.WAIT
    return Verdict.UPSTREAM_FAILED if upstream.failed else Verdict.SKIP


def _one_failed(upstream: Upstream) -> Verdict:
    if upstream.failed:
        return Verdict.RUN
    return Verdict.SKIP if upstream.is_settled else Verdict.WAIT


def _none_failed(upstream: Upstream) -> Verdict:
    if upstream.failed:
        return Verdict.UPSTREAM_FAILED
    return Verdict.RUN if upstream.is_settled else Verdict.WAIT


def _none_failed_min_one_success(upstream: Upstream) -> Verdict:
    if upstream.failed:
        return Verdict.UPSTREAM_FAILED
    if not upstream.is_settled:
        return Verdict.WAIT
    return Verdict.RUN if upstream.succeeded else Verdict.SKIP


def _always(_upstream: Upstream) -> Verdict:
    return Verdict.RUN


RULES: Mapping[TriggerRule, Rule] = {
    TriggerRule.ALL_SUCCESS: _all_success,
    TriggerRule.ALL_FAILED: _all_failed,
    TriggerRule.ALL_DONE: _all_done,
    TriggerRule.ONE_SUCCESS: _one_success,
    TriggerRule.ONE_FAILED: _one_failed,
    TriggerRule.NONE_FAILED: _none_failed,
    TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: _none_failed_min_one_success,
    TriggerRule.ALWAYS: _always,
}


def verdict(rule: TriggerRule, upstream: Upstream) -> Verdict:
    """Return what `rule` says; a task without upstream runs whatever its rule."""
    return RULES[rule](upstream) if upstream.total else Verdict.RUN
