"""A run that goes on, as it stands, over another version of its DAG."""

import pytest

from leo_engine.spec.model import Approval, Dag, RetryPolicy, Secret, SubDag
from leo_engine.state.command import (
    AskApproval,
    OfferTask,
    StartBackoff,
    StopAttempt,
)
from leo_engine.state.event import RunCancelRequested, RunPaused, TasksCancelRequested
from leo_engine.state.invariants import check
from leo_engine.state.projection import Projection
from leo_engine.testing.builders import dag, with_fields
from leo_engine.testing.scenario import Scenario, begun

RETRIED = {"retry": RetryPolicy(retries=3, delay_ms=5_000)}


def test_what_runs_and_what_is_done_stay_and_what_waits_is_considered_anew() -> None:
    run = begun(dag("a>b>c x"))
    run.succeed("a")
    run.start("b")
    commands = run.move(dag("a>b>d x>d e"))
    assert commands == [OfferTask("x"), OfferTask("e")]
    assert run.statuses() == {
        "a": "succeeded",
        "b": "running",
        "d": "pending",
        "x": "ready",
        "e": "ready",
    }
    assert run.finish("b") == []
    assert run.succeed("x") == [OfferTask("d")]
    check(run.machine)


def test_no_clock_starts_afresh_and_a_pause_lasts() -> None:
    run = begun(dag("a b"))
    run.start("a")
    started_ms = run.machine.started_ms
    run.happen(RunPaused(at_ms=70))
    assert run.move(dag("a b c")) == []
    assert run.machine.is_paused
    assert run.machine.started_ms == started_ms
    assert run.machine.generation == 2


def test_a_pause_between_two_attempts_is_not_cut_short() -> None:
    run = begun(dag("a b", tasks={"a": RETRIED}))
    run.fail("a")
    until_ms = run.machine.board.backoff_until_ms[run.machine.index("a")]
    (again,) = (
        command
        for command in run.move(dag("a b c", tasks={"a": RETRIED}))
        if isinstance(command, StartBackoff)
    )
    assert (again.task, again.attempt) == ("a", 1)
    assert until_ms - 100 < again.delay_ms < until_ms
    assert run.machine.task_run("a").retries_left == 2
    check(run.machine)


def test_what_waits_for_its_next_attempt_has_started() -> None:
    run = begun(dag("a b", tasks={"a": RETRIED}))
    run.fail("a")
    assert "a has started, and would have to wait for b" in run.refusal(
        dag("b>a", tasks={"a": RETRIED})
    )
    assert run.refusal(dag("a>b", tasks={"a": RETRIED})) == ""

    asks = {"a": {"action": Approval("Go on?")}}
    assert "asks somebody now" in run.refusal(dag("a b", tasks=asks))


def test_a_question_that_waits_for_its_answer_still_does() -> None:
    asks = {"a": {"action": Approval("Go on?")}}
    run = begun(dag("a>b", tasks=asks))
    assert run.move(dag("a>b>c", tasks=asks)) == [AskApproval("a")]
    assert run.machine.task_run("a").attempt == 1
    held = run.move(dag("x>a>b", tasks=asks))
    assert OfferTask("x") in held
    assert run.statuses()["a"] == "pending"
    check(run.machine)


def test_what_is_being_stopped_is_still_stopped_and_does_not_start_afresh() -> None:
    run = begun(dag("a b"))
    run.start("a")
    run.happen(TasksCancelRequested(at_ms=5, tasks=("a",)))
    assert StopAttempt("a", 1) in run.move(dag("a b c"))
    run.finish("a")
    assert run.statuses()["a"] == "cancelled"


def test_hooks_that_were_called_stay_called() -> None:
    def with_hook(edges: str) -> Dag:
        made = dag(edges, hooks="page")
        first = with_fields(made.tasks[0], on_failure="page")
        return with_fields(made, tasks=(first, *made.tasks[1:]))

    run = begun(with_hook("a b"))
    run.fail("a")
    run.start("page")
    run.move(with_hook("a b c"))
    assert run.statuses()["page"] == "running"
    assert run.machine.caller("page") == "a"
    run.finish("page")
    run.succeed("b", "c")
    assert run.statuses()["page"] == "succeeded"
    check(run.machine)


@pytest.mark.parametrize(
    ("newer", "why"),
    [
        (dag("b c"), "a has started, and is not in the file any more"),
        (dag("c>a b"), "a has started, and would have to wait for c"),
        (dag("c b", hooks="a"), "a has started, and is a hook now"),
        (
            dag("a b", tasks={"b": {"action": SubDag("x")}}),
            "b runs, and is run otherwise",
        ),
        (dag("a b", tasks={"b": {"secrets": (Secret("K", "env:K"),)}}), "b runs"),
    ],
)
def test_what_has_started_must_still_make_sense(newer: Dag, why: str) -> None:
    run = begun(dag("a b>c"))
    run.succeed("a")
    run.start("b")
    assert why in run.refusal(newer)


def test_an_edge_that_is_kept_already_is_no_refusal() -> None:
    run = begun(dag("a b>c"))
    run.succeed("a")
    run.start("b")
    assert run.refusal(dag("a>b>c")) == ""
    assert run.refusal(dag("a b c")) == ""


def test_a_run_that_is_ending_is_not_moved() -> None:
    run = begun(dag("a b"))
    run.start("a")
    run.happen(RunCancelRequested(at_ms=5, by="ann"))
    assert "no task of it starts any more" in run.refusal(dag("a b c"))
    over = begun(dag("a"))
    over.succeed("a")
    assert over.refusal(dag("a b")) == "its tasks are over"
    over.end()
    assert over.refusal(dag("a b")) == "it is succeeded"


def test_what_cannot_be_moved_is_resumed() -> None:
    run = begun(dag("a b"))
    run.succeed("a")
    run.start("b")
    run.move(dag("b"))
    assert run.statuses() == {"b": "running"}
    check(run.machine)


def test_rows_of_what_is_open_are_made_anew() -> None:
    run = begun(dag("a b>c"))
    run.succeed("a")
    run.start("b")
    projection = Projection(run.machine)
    projection.drain()
    newer = dag("a b>c d", tasks={"b": {"retry": RetryPolicy(retries=4)}})
    projection.switch(run.machine.carried_over(newer, is_moved=True))
    projection.apply(Scenario.moved(2))
    rows = {row.task: row for row in projection.drain().tasks}
    assert set(rows) == {"b", "c", "d"}
    assert (rows["b"].max_attempts, rows["b"].generation) == (5, 2)
