"""A sceptic's reading of a journal."""

from collections.abc import Sequence

import pytest

from leo_engine.state.audit import first_violation
from leo_engine.state.event import (
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    Event,
    RunAdopted,
    RunFinished,
    RunStarted,
)
from leo_engine.state.outcome import Succeeded
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import FAILURE, begun

SPEC = dag("a>b")
BEGIN = RunStarted(at_ms=0, dag_hash="v1")


def started(task: str, attempt: int = 1) -> Event:
    return AttemptStarted(at_ms=0, task=task, attempt=attempt)


def finished(task: str, attempt: int = 1) -> Event:
    return AttemptFinished(at_ms=0, task=task, attempt=attempt, outcome=Succeeded())


def audited(*events: Event) -> str | None:
    return first_violation(enumerate(events, start=1), lambda _: SPEC)


def ended(status: str = "succeeded") -> Event:
    return RunFinished(at_ms=0, status=status)


def test_a_sound_journal_passes() -> None:
    run = begun(SPEC)
    run.succeed("a")
    run.fail("b", FAILURE)
    run.end()
    run.reset("b")
    run.succeed("b")
    run.end()
    run.resume("a", "b")
    assert audited(*run.journal) is None


def test_an_empty_journal_and_one_cut_off_pass() -> None:
    assert audited() is None
    assert audited(BEGIN, started("a")) is None


def test_repeated_and_late_news_of_an_end_pass() -> None:
    sound = (BEGIN, started("a"), finished("a"), finished("a"), started("b"))
    assert audited(*sound, finished("b"), ended(), finished("a")) is None


@pytest.mark.parametrize(
    ("events", "violation"),
    [
        (
            (RunAdopted(at_ms=0, owner="x", epoch=1), BEGIN),
            "event 1: the journal begins with run_adopted",
        ),
        ((BEGIN, BEGIN), "event 2: the run started twice"),
        (
            (BEGIN, started("a"), started("a")),
            "event 3: attempt 1 of a started twice",
        ),
        (
            (BEGIN, started("b")),
            "event 2: attempt 1 of b started while the task was pending",
        ),
        (
            (BEGIN, started("a", 2)),
            "event 2: attempt 2 of a started while the task was ready",
        ),
        (
            (BEGIN, started("nobody")),
            "event 2: attempt 1 of nobody started, a task the DAG does not have",
        ),
        (
            (BEGIN, finished("a")),
            "event 2: attempt_finished for attempt 1 of a, which never started",
        ),
        (
            (BEGIN, AttemptLaunched(at_ms=0, task="a", attempt=1, handle="x")),
            "event 2: attempt_launched for attempt 1 of a, which never started",
        ),
        ((BEGIN, ended()), "event 2: the run finished while a was ready"),
        (
            (
                *(BEGIN, started("a"), finished("a")),
                *(started("b"), finished("b"), ended("failed")),
            ),
            "event 6: the run finished as failed, not as succeeded",
        ),
    ],
)
def test_the_first_violation_is_named(events: Sequence[Event], violation: str) -> None:
    assert audited(*events) == violation


def test_a_gap_in_the_numbers_is_named() -> None:
    journal = [(1, BEGIN), (3, started("a"))]
    assert first_violation(journal, lambda _: SPEC) == "event 3: event 2 is missing"
