"""Two runs side by side: what counts as a difference, and how it is told."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.app.types import RunComparison, TaskComparison
from leo_engine.ports import RunRow
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus
from leo_tui.viewmodels.panels.comparison import Comparison
from leo_tui.viewmodels.panels.task_contrast import TaskContrast
from leo_tui.viewmodels.spans import text_of
from run_models import run_row, task_row
from run_story import START_MS, at

NOW_MS = at(134)
BEFORE = run_row(
    status=RunStatus.FAILED,
    created_ms=START_MS - 2_000_000,
    started_ms=START_MS - 2_000_000,
    ended_ms=START_MS - 2_000_000 + 1_082_000,
    dag_hash="77ab01d4",
)
AFTER = run_row(created_ms=START_MS, started_ms=START_MS, dag_hash="9f31c2aa")


def task(
    name: str,
    before: TaskRow | None,
    after: TaskRow | None,
    took: tuple[int | None, int | None] = (None, None),
    *,
    edited: bool = False,
) -> TaskComparison:
    return TaskComparison(name, before, after, took[0], took[1], edited)


def ok(name: str, **fields: object) -> TaskRow:
    return task_row(name, "ok", attempt=1, **fields)


def compared(
    *tasks: TaskComparison,
    after: RunRow = AFTER,
    params: dict[str, tuple[object, object]] | None = None,
) -> Comparison:
    comparison = RunComparison(BEFORE, after, params or {}, tasks)
    return Comparison(comparison, now_ms=NOW_MS, names=("run 40", "run 41"))


def sheet() -> Comparison:
    """Return the runs of the design's sheet."""
    return compared(
        task(
            "pull_orders",
            ok("pull_orders"),
            task_row("pull_orders", "failed", attempt=3, reason="exit 2"),
            (11_200, 12_000),
        ),
        task(
            "pull_events",
            ok("pull_events"),
            task_row("pull_events", "running", attempt=1, started_ms=NOW_MS - 58_300),
            (21_000, None),
        ),
        task(
            "pull_ads",
            ok("pull_ads"),
            task_row("pull_ads", "backoff", attempt=2, reason="exit 75"),
            (3_000, 4_000),
        ),
        task(
            "join_orders",
            task_row("join_orders", "failed", attempt=1, reason="exit 1"),
            task_row("join_orders", "blocked", reason="pull_orders did not succeed"),
            (44_100, None),
        ),
        task("dedupe_users", None, task_row("dedupe_users")),
        task("check_001", ok("check_001"), ok("check_001"), (900, 1_000)),
        task("publish", ok("publish"), task_row("publish"), (900, None)),
        task("tidy", ok("tidy"), ok("tidy"), (900, 950), edited=True),
    )


def lines(comparison: Comparison, width: int = 110) -> list[str]:
    count = len(comparison.rows())
    drawn = (comparison.row_line(row, width) for row in range(count))
    return [text_of(spans).rstrip() for spans in drawn]


def names(comparison: Comparison) -> str:
    rows = comparison.rows()
    return " ".join(row.task for row in rows if isinstance(row, TaskContrast))


def change(*args: object, **more: object) -> str:
    """Return what a single task's Δ and note say; `same` when it is not shown."""
    found = compared(task("t", *args, **more))  # type: ignore[arg-type]
    rows = [row for row in found.rows() if isinstance(row, TaskContrast)]
    if not rows:
        return "same"
    return " ".join(text_of(found.row_line(0, 140))[27 + 44 :].split())


def test_only_differences_are_shown_and_the_rest_is_counted() -> None:
    assert [" ".join(text.split()) for text in lines(sheet())] == [
        "pull_events ✓ 21.0s ▸ 58.3s +37.3s 2.8x slower, still runni…",
        "pull_orders ✓ 11.2s ✗ 12.0s x3 state exit 2",
        "pull_ads ✓ 3.0s ↻ x2 state exit 75",
        "join_orders ✗ 44.1s ⊘ state blocked by pull_orders",
        "dedupe_users — ◦ added new in file (rev 9f31c2)",
        "tidy ✓ 0.9s ✓ 0.9s edited",
        "",
        "same state and time within 20%: 1 task (A shows them)",
        "not run yet: 1 task (A shows them)",
    ]
    assert sheet().subtitle() == "6 differences"


def test_everything_can_be_shown() -> None:
    comparison = sheet()
    comparison.toggle_all()
    assert len(names(comparison).split()) == 8
    assert "A shows" not in "".join(lines(comparison))


def test_the_head_tells_the_runs_the_file_and_the_order() -> None:
    comparison = sheet()
    head = [text_of(spans) for spans in comparison.head_lines(110)]
    assert head[0].startswith(
        "only differences ●   same file ○ (file changed: 1 task edited, 1 added)"
    )
    assert head[0].endswith("order: Δ duration ▾")
    assert head[2].split() == ["task", "run", "40", "run", "41", "Δ", "note"]
    assert text_of(comparison.title(80)) == "run 40 ✗ 18:02   ↔   run 41 ▸ 2:14"


def test_columns_can_be_sorted_by() -> None:
    comparison = sheet()
    orders = []
    for _ in range(6):
        comparison.sort(forward=True)
        first = text_of(comparison.head_lines(110)[0]).split("order: ")[1]
        orders.append((first, names(comparison).split()[0]))
    assert orders == [
        ("kind ▾", "pull_orders"),
        ("as declared ▾", "pull_orders"),
        ("task ▾", "dedupe_users"),
        ("before ▾", "join_orders"),
        ("after ▾", "pull_events"),
        ("Δ duration ▾", "pull_events"),
    ]
    comparison.sort(forward=False)
    assert names(comparison).split()[0] == "pull_events"


@pytest.mark.parametrize(
    ("took", "told"),
    [
        ((10_000, 11_900), "same"),
        ((10_000, 12_100), "+2.1s 1.2x slower"),
        ((10_000, 7_000), "-3.0s 1.4x faster"),
        ((100, 1_100), "same"),
        ((100, 1_101), "+1.0s 11.0x slower"),
    ],
)
def test_a_time_differs_by_a_fifth_and_a_second(
    took: tuple[int, int], told: str
) -> None:
    assert change(ok("t"), ok("t"), took) == told


def test_other_differences_are_told_apart() -> None:
    tried = task_row("t", "failed", attempt=2, reason="exit 1")
    exited = task_row("t", "failed", attempt=1, reason="exit 1")
    other = task_row("t", "failed", attempt=1, reason="exit 2")
    assert change(exited, tried) == "attempts exit 1"
    assert change(exited, other) == "exit exit 2"
    assert change(ok("t"), None) == "removed not in file (rev 9f31c2)"
    assert change(exited, ok("t"), (5, 5)) == "state was: exit 1"


def test_a_reused_task_is_no_worse_than_one_that_ran() -> None:
    after = run_row(created_ms=START_MS, generation=2)
    kept = compared(task("t", ok("t"), ok("t"), (8_800, None)), after=after)
    assert lines(kept)[0].split() == ["t", "✓", "8.8s", "⊜", "reused", "="]


def test_what_a_finished_run_never_ran_is_a_difference() -> None:
    over = run_row(status=RunStatus.CANCELLED, created_ms=START_MS, ended_ms=NOW_MS)
    found = compared(task("t", ok("t"), task_row("t"), (5, None)), after=over)
    assert names(found) == "t"


def test_parameters_that_differ_come_first() -> None:
    found = compared(params={"day": ("mon", "tue")})
    assert lines(found) == ["parameter day=mon → day=tue"]
    assert found.subtitle() == "1 difference"


def test_the_text_to_copy_is_what_is_shown() -> None:
    text = sheet().text(110)
    assert text.startswith("run 40 ✗ 18:02")
    assert "pull_events" in text
    assert text.endswith("(A shows them)\n")


def test_another_comparison_can_be_looked_at_the_same_way() -> None:
    first, second = sheet(), sheet()
    first.toggle_all()
    first.sort(forward=True)
    second.look_as(first)
    assert names(second) == names(first)


@pytest.mark.parametrize("width", [1, 20, 56, 110, 300])
def test_no_name_breaks_the_table(width: int) -> None:
    rows = [
        task(text, ok(text), task_row(text, "failed", reason=text)) for text in HOSTILE
    ]
    found = compared(*rows, params={text: (text, [text]) for text in HOSTILE})
    drawn = [found.row_line(row, width) for row in range(len(found.rows()))]
    check_lines([*drawn, *found.head_lines(width), found.title(width)], width)
