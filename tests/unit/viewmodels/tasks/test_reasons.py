"""Why tasks wait, as their rows and the Why box say it."""

import msgspec
import pytest

from leo_engine.spec.model import (
    Approval,
    Backoff,
    Dag,
    RetryPolicy,
    SubDag,
    TriggerRule,
)
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.tasks.never_run import never_run_lines
from leo_tui.viewmodels.tasks.reasons import (
    backoff_until_ms,
    blocked_count,
    brief,
    cause,
    countdown,
    downstream,
)
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.why import why_lines
from run_models import attempt_row, change, opened, run_row, task_row

NOW_MS = 20_000


def why(model: RunModel, number: int) -> list[str]:
    return [text_of(line) for line in why_lines(model, number, NOW_MS)]


def test_a_blocked_task_names_what_it_waits_for_and_the_box_what_failed() -> None:
    model = opened("a>b>c", b="blocked", c="blocked")
    change(model, task_row("a", "failed", attempt=3, max_attempts=3, reason="exit 2"))
    assert brief(model, 2, NOW_MS) == "waits b"
    assert cause(model, 2) == 0
    assert why(model, 2) == [
        "⊘ Not run: a failed 3 of 3.",
        "  r on it, or R, brings this back. u jumps there.",
    ]


def test_a_failure_says_how_many_tasks_it_blocks() -> None:
    model = opened("a>b>c a>d d>e", b="blocked", c="blocked", d="blocked", e="blocked")
    change(model, task_row("a", "failed", attempt=3, max_attempts=3, reason="exit 2"))
    assert blocked_count(model, 0) == 4
    assert why(model, 0) == [
        "✗ failed after 3 attempts; blocks 4 tasks.",
        "  exit 2",
        "  r retry   R retry + 4 downstream   e edit",
    ]


def test_a_failure_with_nothing_downstream_offers_less() -> None:
    model = opened("a")
    change(model, task_row("a", "failed", attempt=1, reason="timed out after 60 s"))
    assert brief(model, 0, NOW_MS) == "timeout 60s"
    assert why(model, 0) == ["⧗ timed out after 1 attempt.", "  r retry   e edit"]


def test_an_ignored_failure_says_that_it_is() -> None:
    model = opened(dag("a", tasks={"a": {"ignore_failure": True}}))
    change(model, task_row("a", "failed", attempt=1, reason="exit 1"))
    assert brief(model, 0, NOW_MS) == "exit 1 (ignored)"
    assert "ignored" in why(model, 0)[0]


def test_a_waiting_task_names_what_is_not_settled() -> None:
    model = opened("a>d b>d c>d", a="ok", c="waiting")
    change(model, task_row("b", "running", started_ms=8_000))
    number = model.index["d"]
    assert brief(model, number, NOW_MS) == ""
    assert why(model, number) == [
        "◦ Waits for: b (running 12 s), c (waiting).",
        "  u jumps there.",
    ]
    assert cause(model, number) == model.index["b"]


def test_a_waiting_task_names_what_it_waits_for_in_the_end() -> None:
    model = opened("a>b>c>d")
    change(model, task_row("a", "running", started_ms=8_000))
    assert cause(model, 3) == 0
    assert why(model, 3)[1] == "  In the end for a (running 12 s). u jumps there."


def test_many_upstreams_are_counted() -> None:
    model = opened(" ".join(f"t{n}>z" for n in range(9)))
    text = why(model, model.index["z"])[0]
    assert text.endswith("t2 (waiting) and 6 more.")


def test_another_rule_is_named() -> None:
    shape = dag("a>b", tasks={"b": {"trigger_rule": TriggerRule.ONE_FAILED}})
    assert "rule one_failed" in why(opened(shape, a="running"), 1)[1]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"options": {"slots": 2}}, "queued: slots 2/2"),
        ({"options": {"slots": 4}}, "queued"),
        ({}, "queued"),
        ({"options": {"slots": 2}, "paused": True}, "queued: run paused"),
        ({"status": RunStatus.INTERRUPTED}, "queued: run interrupted"),
    ],
)
def test_a_queued_task_says_what_it_lacks(fields: dict[str, object], text: str) -> None:
    model = opened("a b c", run_row(**fields), a="running", b="running", c="queued")
    assert brief(model, 2, NOW_MS) == text


def test_a_full_pool_is_named_before_the_slots_and_so_is_who_holds_it() -> None:
    shape = with_fields(
        dag("a b", tasks={"a": {"pool": "gpu"}, "b": {"pool": "gpu"}}),
        pools=(("gpu", 1),),
    )
    model = opened(shape, run_row(options={"slots": 1}), a="running", b="queued")
    assert brief(model, 1, NOW_MS) == "queued: pool gpu 1/1"
    assert why(model, 1) == ["◔ Could start: waits for pool gpu 1/1.", "  Held by a."]


def test_max_parallel_and_sub_dags_are_named() -> None:
    shape = with_fields(dag("a b"), max_parallel=1)
    assert brief(opened(shape, a="running", b="queued"), 1, 0) == (
        "queued: max_parallel 1/1"
    )
    shape = dag("a", tasks={"a": {"action": SubDag("other")}})
    assert brief(opened(shape, a="queued"), 0, 0) == "queued: its run is being started"


def test_memory_is_named_in_the_box() -> None:
    shape = dag("a", tasks={"a": {"memory_bytes": 4_000_000_000}})
    assert why(opened(shape, a="queued"), 0) == [
        "◔ Could start: waits for a slot.",
        "  Starts only with 4.0 GB of memory free.",
    ]


def test_a_task_that_waits_for_a_person_asks_its_question() -> None:
    shape = dag("a", tasks={"a": {"action": Approval("Release \x1b[2Jit?")}})
    model = opened(shape)
    change(model, task_row("a", "queued", reason="waits for an answer"))
    assert brief(model, 0, NOW_MS) == "waits for you: enter"
    assert why(model, 0) == ["⚑ Release it?", "  enter answers."]


def test_a_backoff_ends_where_the_policy_says() -> None:
    policy = RetryPolicy(retries=4, delay_ms=2_000, backoff=Backoff(factor=2.0))
    model = opened(dag("a", tasks={"a": {"retry": policy}}))
    change(model, task_row("a", "backoff", attempt=2, max_attempts=5, reason="exit 75"))
    assert backoff_until_ms(model, 0) is None
    assert why(model, 0)[1] == "  Tried again soon."
    change(model, attempt_row("a", 2, ended_ms=18_000, outcome="failed"))
    assert backoff_until_ms(model, 0) == 22_000
    assert brief(model, 0, NOW_MS) == "exit 75"
    assert why(model, 0) == ["↻ attempt 2 of 5: exit 75.", "  Tried again in 2s."]


@pytest.mark.parametrize(
    ("left_ms", "text"),
    [(8_000, "in 8s"), (7_001, "in 8s"), (125_000, "in 2:05"), (0, "now"), (-5, "now")],
)
def test_a_countdown_counts_what_is_still_to_come(left_ms: int, text: str) -> None:
    assert countdown(left_ms + 50, 50) == text


def test_a_task_being_stopped_counts_down_to_the_kill() -> None:
    model = opened("a", a="running")
    assert why(model, 0) == []
    model.stopping[0] = NOW_MS + 9_500
    assert brief(model, 0, NOW_MS) == "stopping 10 s"
    assert why(model, 0)[1] == "  x again kills it now."


def test_what_was_left_out_says_why() -> None:
    shape = dag("a b c", tasks={"a": {"condition": "params.full"}})
    model = opened(shape, c="ok")
    change(model, task_row("a", "skipped", reason="condition is false"))
    change(model, task_row("b", "stopped", reason="cancelled by ann", started_ms=2))
    assert why(model, 0) == [
        "↷ Not run: condition is false.",
        "  Its condition: params.full",
    ]
    assert why(model, 1) == [
        "⊟ Stopped: cancelled by ann.",
        "  r runs it again; c continues the run.",
    ]
    assert why(model, 2) == []


def test_a_hook_says_who_calls_it() -> None:
    shape = with_fields(
        dag("a", hooks="tidy", tasks={"a": {"on_failure": "tidy"}}), on_exit=("tidy",)
    )
    assert why(opened(shape), 1) == [
        "◦ Starts only when called for: by the run's end, a."
    ]


def test_a_task_without_upstream_waits_for_its_turn_or_its_condition() -> None:
    shape = dag("a>b", tasks={"b": {"condition": "tasks.a.ok"}})
    model = opened(shape, a="ok")
    assert why(model, 1) == ["◦ Its condition is being worked out: tasks.a.ok"]
    assert why(opened("a", run_row(status=RunStatus.PENDING)), 0) == [
        "◦ Waits for the run to begin."
    ]


def test_running_tasks_of_an_engine_that_is_gone_are_interrupted() -> None:
    model = opened("a", run_row(status=RunStatus.INTERRUPTED), a="running")
    assert brief(model, 0, NOW_MS) == "was interrupted"


def test_causes_are_found_along_a_chain_of_thousands() -> None:
    names = [f"t{n}" for n in range(10_000)]
    model = opened(dag(">".join(names)))
    last = len(names) - 1
    change(model, task_row("t0", "running", started_ms=1_000))
    assert cause(model, last) == 0
    blocked = [task_row(name, "blocked") for name in names[1:]]
    change(model, task_row("t0", "failed", attempt=1), *blocked)
    assert cause(model, last) == 0
    assert len(downstream(model, 0)) == blocked_count(model, 0) == last


def test_causes_are_found_among_more_paths_than_could_be_walked() -> None:
    pairs = [f"{a}{n}>{b}{n + 1}" for n in range(60) for a in "lr" for b in "lr"]
    model = opened(" ".join(["start>l0 start>r0", *pairs]))
    last = model.index["l60"]
    assert cause(model, last) == model.index["l59"]
    change(model, task_row("start", "running"))
    assert cause(model, last) == model.index["start"]


def test_keys_are_those_that_a_person_has_set() -> None:
    model = opened("a", a="failed")
    keys = {"task.retry": "ctrl+t", "task.retry_downstream": "T", "file.edit": "E"}
    assert text_of(why_lines(model, 0, 0, keys)[-1]) == "  ctrl+t retry   E edit"


def test_a_dag_that_never_ran_says_what_it_would_do() -> None:
    lines = never_run_lines(dag("a>b>c d", hooks="tidy"), slots=8)
    assert [text_of(line) for line in lines] == [
        "Never run. s starts it.",
        "",
        "4 tasks, the longest chain has 3, 8 slots.",
    ]


def test_hostile_names_and_reasons_reach_no_line() -> None:
    evil = "\x1b]0;owned\x07\x1bc\u202e\ud800"
    shape = dag("a>b", tasks={"a": {"title": f"x{evil}"}})
    shape = msgspec.structs.replace(shape, name=evil)
    assert isinstance(shape, Dag)
    model = opened(shape, b="blocked")
    change(model, task_row("a", "failed", attempt=1, reason=f"exit 1 {evil}"))
    for number in (0, 1):
        text = brief(model, number, 0) + "".join(why(model, number))
        assert not set(text) & set("\x1b\x07\u202e\ud800")
