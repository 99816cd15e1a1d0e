"""What the Details tab tells of a task, a group and a run, and never tells."""

import msgspec
import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.spec.model import (
    Approval,
    Argv,
    Backoff,
    Dag,
    HttpCall,
    PythonCall,
    RetryOn,
    RetryPolicy,
    Secret,
    Shell,
    SubDag,
    Task,
    TriggerRule,
)
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_tui.viewmodels.panels.definition_text import action_text, retry_text
from leo_tui.viewmodels.panels.details import task_page
from leo_tui.viewmodels.panels.outlook import Outlook, Remaining
from leo_tui.viewmodels.panels.page import Page, TaskTarget
from leo_tui.viewmodels.panels.run_details import group_page, run_page
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import task_row
from run_story import at, attempt, story


def texts(page: Page) -> list[str]:
    return [text_of(spans).rstrip() for spans in page.lines]


def of_task(model: RunModel, task: str, width: int = 80, **more: str) -> list[str]:
    number = model.index[task]
    return texts(task_page(model, number, width=width, now_ms=at(60), **more))


def failed() -> RunModel:
    action = Argv(("python", "pull.py", "--table", "two words"))
    shape = dag(
        "users>orders>load",
        tasks={
            "orders": {
                "action": action,
                "env": (("MODE", "fast"),),
                "secrets": (Secret("DB_PASSWORD", "env:PGPASSWORD"),),
                "timeout_ms": 90_000,
                "retry": RetryPolicy(retries=2, delay_ms=5_000),
                "matrix": (("shard", "a"),),
            }
        },
    )
    shape = with_fields(shape, env=(("MODE", "slow"), ("REGION", "eu")))
    reason = "exit 2"
    return story(
        shape,
        [
            attempt("users", 0, 4),
            attempt(
                "orders", 4, 16, "failed", reason=reason, exit_code=2, cpu_ms=9_000
            ),
            attempt("orders", 21, 33, "timed_out", number=2, signal=9),
        ],
        [
            task_row(
                "orders",
                "failed",
                attempt=2,
                max_attempts=3,
                started_ms=at(21),
                ended_ms=at(33),
                reason=reason,
                definition_hash="9f31c2",
            ),
            task_row("load", "blocked"),
        ],
        median_ms={"orders": 11_000},
    )


def test_a_task_tells_how_it_stands_first() -> None:
    lines = of_task(failed(), "orders")
    assert lines[0] == "✗ orders  failed"
    assert lines[1] == "reason        exit 2"
    assert "attempt       2 of 3" in lines
    assert "took          12.0s" in lines
    assert "usually       11.0s" in lines


def test_attempts_are_a_table() -> None:
    lines = of_task(failed(), "orders")
    table = lines.index("Attempts") + 1
    columns = [line.split() for line in lines[table : table + 3]]
    assert columns[0] == [
        "#",
        "outcome",
        "exit",
        "started",
        "took",
        "cpu",
        "peak",
        "where",
    ]
    assert columns[1][:3] == ["1", "failed", "2"]
    assert columns[1][4:] == ["12.0s", "9.0s", "0B", "subprocess", "slot", "0"]
    assert columns[2][:5] == ["2", "timed", "out", "signal", "9"]


def test_the_table_of_attempts_is_whole_beside_two_other_panels() -> None:
    lines = of_task(failed(), "orders", width=46)
    table = lines.index("Attempts") + 1
    assert lines[table].split() == ["#", "outcome", "exit", "started", "took"]
    assert not any("…" in line for line in lines[table : table + 3])


def test_the_definition_is_as_written() -> None:
    lines = of_task(failed(), "orders", log_path="/state/orders/2.log")
    assert lines[lines.index("Action: command") + 1] == (
        "  python pull.py --table 'two words'"
    )
    assert "matrix        shard=a" in lines
    assert "retries       2 retries, after 5.0s" in lines
    assert "timeout       1:30" in lines
    assert "log           /state/orders/2.log" in lines
    assert "definition    9f31c2" in lines


def test_variables_have_values_and_secrets_only_sources() -> None:
    lines = of_task(failed(), "orders")
    assert "env           MODE=fast" in lines
    assert "env           REGION=eu (of the DAG)" in lines
    assert "secret        DB_PASSWORD from env:PGPASSWORD" in lines


def test_neighbours_lead_to_themselves() -> None:
    model = failed()
    page = task_page(model, 1, width=80, now_ms=at(60))
    lines = texts(page)
    row = lines.index("Downstream (1)") + 1
    assert lines[row] == "  ⊘ load  blocked"
    assert page.targets[row] == TaskTarget("load")
    assert TaskTarget("users") in page.targets.values()


def test_what_the_engine_knows_better_is_told() -> None:
    model = story("a", rows=[task_row("a", "queued")])
    assert "why           queued: docker not reachable" in of_task(
        model, "a", why="queued: docker not reachable"
    )


def test_a_task_in_its_pause_says_when_it_goes_on() -> None:
    shape = dag("a", retry=RetryPolicy(retries=4, delay_ms=20_000))
    model = story(
        shape,
        [attempt("a", 0, 48, "failed")],
        [task_row("a", "backoff", attempt=1, max_attempts=5, started_ms=at(0))],
    )
    assert "next try      in 8s" in of_task(model, "a")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (Shell("a\n  b\n"), ("shell", "a\n  b\n")),
        (Argv(()), ("command", "the image's own command")),
        (
            PythonCall("m:f", msgspec.Raw(b'{"x":1}'), "env"),
            ("python", 'm:f\n{\n  "x": 1\n}\nvenv env'),
        ),
        (
            HttpCall(msgspec.Raw(b'{"url":"u"}')),
            ("http", '{\n  "url": "u"\n}'),
        ),
        (SubDag("other"), ("sub-DAG", "other")),
        (Approval("Ship it?"), ("approval", "Ship it?")),
    ],
)
def test_each_kind_of_action_is_told(action: object, told: tuple[str, str]) -> None:
    assert action_text(action) == told  # type: ignore[arg-type]


def test_a_retry_policy_is_told_in_words() -> None:
    policy = RetryPolicy(
        retries=1,
        delay_ms=10_000,
        backoff=Backoff(factor=2, max_ms=300_000, jitter=0.1),
        retry_on=RetryOn(exit_codes=(1, 75), timeout=False, signals=False),
    )
    assert retry_text(policy) == (
        "1 retry, after 10.0s x2 up to 5:00 ±10%, on exit 1, 75, "
        "not after a timeout, not after a signal"
    )
    assert retry_text(RetryPolicy()) == "none"


def test_a_run_tells_its_state_and_what_it_was_started_with() -> None:
    model = failed()
    run = with_fields(
        model.run,
        params={"day": "mon", "retail": True},
        options={"slots": 8},
        trigger="batch",
        generation=3,
        status=RunStatus.FAILED,
        ended_ms=at(40),
        error="disk full",
    )
    model.take(run, [], [])
    page = run_page(model, width=80, now_ms=at(60))
    lines = texts(page)
    assert lines[0] == "✗ etl  failed"
    assert "error         disk full" in lines
    assert "took          0:40" in lines
    assert "param         day = mon" in lines
    assert "param         retail = true" in lines
    assert "option        slots = 8" in lines
    assert "generation    3, resumed 2 times" in lines
    assert TaskTarget("orders") in page.targets.values()


def test_a_live_run_tells_what_is_left() -> None:
    model = story("a", [attempt("a", 0)])
    seen = Outlook((0,), Remaining(920_000, 100_000))
    lines = texts(run_page(model, width=80, now_ms=at(60), outlook=seen))
    assert "remaining     15:20 (±1:40)" in lines
    assert "tasks         1: ▸ 1 running" in lines


def test_a_group_sums_its_tasks_up() -> None:
    page = group_page(failed(), "extract", [0, 1], width=80, now_ms=at(60))
    lines = texts(page)
    assert lines[:4] == [
        "extract",
        "tasks         2: ✗ 1 failed, ✓ 1 ok",
        "from to       33.0s",
        "work          16.0s",
    ]
    assert lines[-2:] == ["  ✗ orders  failed", "  ✓ users  ok"]


@pytest.mark.parametrize("width", [1, 20, 60, 300])
def test_no_definition_breaks_the_page(width: int) -> None:
    tasks = tuple(
        Task(
            id=f"{text}{n}",
            base="t",
            action=Shell(text),
            title=text[:90],
            description=text,
            condition=text,
            env=((text, text),),
            secrets=(Secret(text, text),),
            matrix=((text, text),),
            working_dir=text,
            trigger_rule=TriggerRule.ALWAYS,
            upstream=(f"{HOSTILE[0]}0",) if n else (),
        )
        for n, text in enumerate(HOSTILE)
    )
    whole = Dag(name="x", tasks=tasks, description=HOSTILE[0])
    model = story(whole, [attempt(t.id, 0, 1, "failed", reason=t.title) for t in tasks])
    for number, text in enumerate(HOSTILE):
        page = task_page(
            model, number, width=width, now_ms=at(9), why=text, log_path=text
        )
        check_lines(page.lines, width)
    run = with_fields(model.run, params={t: t for t in HOSTILE}, error=HOSTILE[5])
    model.take(run, [], [])
    check_lines(run_page(model, width=width, now_ms=at(9)).lines, width)
    numbers = range(len(tasks))
    page = group_page(model, HOSTILE[0], numbers, width=width, now_ms=at(9))
    check_lines(page.lines, width)
