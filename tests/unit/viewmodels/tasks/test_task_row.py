"""Rows of tasks as the sheets show them, and what goes when there is little room."""

import pytest

from leo_engine.spec.model import Dag, RetryPolicy, Shell, Task
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import with_fields
from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, text_of
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_row import bar, row_width, tree_row
from leo_tui.viewmodels.tasks.task_tree import TaskOrder, TaskTree
from run_models import attempt_row, change, opened, run_row, task_row

NOW_MS = 60_300


def tasks(*names: str, **fields: object) -> list[Task]:
    return [
        with_fields(Task(id=name, base=name, action=Shell(":")), **fields)
        for name in names
    ]


@pytest.fixture
def tree() -> TaskTree:
    """The run of the sheets."""
    retry = RetryPolicy(retries=4, delay_ms=16_000)
    declared = [
        *tasks("extract.pull_users", "extract.pull_orders"),
        *tasks("extract.pull_ads", retry=retry),
        *tasks("extract.pull_events"),
        *tasks("load.load_orders", upstream=("extract.pull_orders",)),
        *tasks("load.load_users", "report.a", "report.b", "report.c"),
        *tasks("check.check_004"),
        *tasks("release.approve"),
    ]
    run = run_row(options={"slots": 1}, total=len(declared))
    model = RunModel(Dag(name="etl", tasks=tuple(declared)), run)
    model.median_ms = {"extract.pull_events": 60_000}
    told = {
        "ok": task_row("extract.pull_users", "ok", started_ms=1_000, ended_ms=5_100),
        "failed": task_row(
            "extract.pull_orders",
            "failed",
            attempt=3,
            max_attempts=3,
            started_ms=1_000,
            ended_ms=13_000,
            reason="exit 2",
        ),
        "backoff": task_row(
            "extract.pull_ads",
            "backoff",
            attempt=2,
            max_attempts=5,
            started_ms=1_000,
            reason="exit 75",
        ),
        "running": task_row("extract.pull_events", "running", started_ms=2_000),
        "blocked": task_row("load.load_orders", "blocked"),
        "queued": task_row("check.check_004", "queued"),
        "person": task_row("release.approve", "queued", reason="waits for an answer"),
    }
    change(model, *told.values())
    ended = attempt_row("extract.pull_ads", 2, ended_ms=NOW_MS - 8_000)
    change(model, ended)
    tree = TaskTree(model)
    folded = [e for e in tree.group_entries() if tree.group(e).name == "report"]
    tree.fold(folded, folded=True)
    return tree


def rows(tree: TaskTree, width: int, blocks: int = 0) -> list[str]:
    columns = row_width(tree, width)
    return [
        text_of(tree_row(tree, entry, columns, NOW_MS, blocks=blocks)).rstrip()
        for entry in tree.rows
    ]


def test_rows_in_the_column_of_a_wide_screen(tree: TaskTree) -> None:
    assert rows(tree, 40) == [
        "▾ ✗ extract       1/4     0:59",
        "    ✓ pull_users          4.1s",
        "    ✗ pull_orders  x3/3  12.0s  exit 2",
        "    ↻ pull_ads     x2/5  in 8s  exit 75",
        "    ▸ pull_events        58.3s  ▆▆▆▄",
        "▾ ⊘ load          0/2",
        "    ⊘ load_orders waits extract.pull_or…",
        "    ◦ load_users",
        "▸ ◦ report        (3 tasks)",
        "▾ ◔ check         0/1",
        "    ◔ check_004   queued: slots 1/1",
        "▾ ⚑ release       0/1",
        "    ⚑ approve     waits for you: enter",
    ]


def test_rows_of_a_narrow_screen_that_has_the_width_for_one_list(
    tree: TaskTree,
) -> None:
    assert rows(tree, 77, blocks=37)[2:5] == [
        "    ✗ pull_orders             x3/3  12.0s  exit 2  blocks 37",
        "    ↻ pull_ads                x2/5  in 8s  exit 75",
        "    ▸ pull_events                   58.3s  ▆▆▆▄",
    ]


def test_little_room_keeps_glyph_start_of_name_attempt_and_time(
    tree: TaskTree,
) -> None:
    found = rows(tree, 24, blocks=37)
    assert found[2:5] == [
        "    ✗ pu…rs x3/3  12.0s",
        "    ↻ pu…ds x2/5  in 8s",
        "    ▸ pull_events 58.3s",
    ]


@pytest.mark.parametrize("width", [16, 24, 40, 77, 118])
def test_no_row_is_wider_than_its_list(tree: TaskTree, width: int) -> None:
    assert max(map(cells, rows(tree, width, blocks=37))) <= max(width, 20)


def test_a_dag_without_groups_is_not_indented() -> None:
    tree = TaskTree(opened("a b", a="ok"))
    assert rows(tree, 40) == ["✓ a", "◦ b"]


def test_other_orders_show_whole_names(tree: TaskTree) -> None:
    tree.sort(TaskOrder.STATE)
    assert rows(tree, 77)[0].startswith("✗ extract.pull_orders")


def test_wide_names_are_cut_in_their_middle_by_cells() -> None:
    tree = TaskTree(opened("世界世界世界世界世界世界世界世界世界"))
    change(tree.model, task_row(tree.model.ids[0], "running", started_ms=300))
    row = rows(tree, 40)[0]
    assert "…" in row
    assert "1:00" in row
    assert cells(row) <= 40


def test_a_bar_is_full_at_the_usual_time_and_reversed_at_twice_that() -> None:
    model = opened("a")
    change(model, task_row("a", "running", started_ms=0))
    assert bar(model, 0, 10_000) is None
    model.median_ms = {"a": 12_000}
    shown = [bar(model, 0, at_ms) for at_ms in (0, 1_000, 6_000, 12_000, 24_001)]
    assert shown == [
        ("▂", Style.BUSY),
        ("▂", Style.BUSY),
        ("▆▆", Style.BUSY),
        ("▆▆▆▆", Style.BUSY),
        ("▆▆▆▆", Style.HIT),
    ]


def test_an_estimate_stands_in_for_what_no_run_has_taught() -> None:
    model = RunModel(
        Dag(name="etl", tasks=tuple(tasks("a", estimate_ms=10))), run_row()
    )
    change(model, task_row("a", "running", started_ms=0))
    assert bar(model, 0, 10) == ("▆▆▆▆", Style.BUSY)


def test_times_of_an_interrupted_run_do_not_go_on() -> None:
    model = opened("a", run_row(status=RunStatus.INTERRUPTED))
    model.median_ms = {"a": 10}
    change(model, task_row("a", "running", started_ms=0))
    assert rows(TaskTree(model), 60)[0].split() == ["!", "a", "was", "interrupted"]


def test_kept_tasks_say_that_they_were_reused() -> None:
    model = opened("a")
    change(model, task_row("a", "ok", started_ms=0, ended_ms=900))
    change(model, run_row(generation=2))
    assert rows(TaskTree(model), 60)[0].split() == ["⊜", "a", "0.9s", "reused"]


def styles(line: Line) -> dict[str, Style]:
    return {span.text.strip(): span.style for span in line}


def test_what_has_not_run_is_faint_and_a_failure_is_not(tree: TaskTree) -> None:
    columns = row_width(tree, 77)
    waiting = styles(tree_row(tree, 5, columns, NOW_MS))
    failed = styles(tree_row(tree, 1, columns, NOW_MS))
    assert waiting["load_users"] is Style.DIM
    assert (failed["✗"], failed["exit 2"]) == (Style.BAD, Style.BAD)
    assert failed["pull_orders"] is Style.PLAIN


def test_names_that_look_like_markup_or_escapes_are_text() -> None:
    title = "[b]bold[/] \x1b[31mred \x1b]0;owned\x07"
    shape = Dag(name="etl", tasks=tuple(tasks("a", title=title)))
    tree = TaskTree(RunModel(shape, run_row(), [task_row("a", "failed", reason=title)]))
    row = rows(tree, 100)[0]
    assert "[b]bold[/] red" in row
    assert "\x1b" not in row
    assert "\x07" not in row


def matrix_of(*values: str) -> RunModel:
    """A task for each language, in a run of two slots."""
    ids = [f"greet[language={value}]" for value in values]
    declared = [
        with_fields(
            Task(id=name, base="greet", action=Shell(":")),
            matrix=(("language", value),),
        )
        for name, value in zip(ids, values, strict=True)
    ]
    run = run_row(options={"slots": 2}, total=len(declared))
    return RunModel(Dag(name="hello", tasks=tuple(declared)), run)


def test_names_have_the_room_that_attempts_leave_empty() -> None:
    model = matrix_of("english", "french", "old_norse")
    english, french, norse = model.ids
    change(model, task_row(english, "ok", started_ms=0, ended_ms=400))
    change(
        model,
        task_row(french, "failed", started_ms=0, ended_ms=400, reason="exit 2"),
        task_row(norse, "queued"),
    )
    assert rows(TaskTree(model), 40) == [
        "▾ ✗ greet          1/3",
        "    ✓ [language=english]   0.4s",
        "    ✗ [language=french]    0.4s  exit 2",
        "    ◔ [language=old_norse] queued",
    ]


def test_a_second_attempt_anywhere_makes_a_column_for_all() -> None:
    model = matrix_of("english", "french")
    english, french = model.ids
    change(model, task_row(english, "ok", started_ms=0, ended_ms=400))
    tree = TaskTree(model)
    columns = row_width(tree, 40)
    assert columns.suits(tree, 40)
    again = task_row(french, "running", attempt=2, started_ms=NOW_MS - 300)
    change(model, again)
    assert not columns.suits(tree, 40)
    assert rows(tree, 40)[1:] == [
        "    ✓ [language=english]   0.4s",
        "    ▸ [french]      x2/1   0.3s",
    ]


def test_what_is_left_of_a_cut_matrix_name_are_its_values() -> None:
    tree = TaskTree(matrix_of("germany,year=2024", "france"))
    assert rows(tree, 20)[1:] == ["    ◦ [german…=2024]", "    ◦ [france]"]


def test_a_reason_and_a_name_have_the_room_that_the_other_leaves() -> None:
    model = opened("a a_task_with_a_name")
    change(model, task_row("a_task_with_a_name", "queued"))
    change(model, task_row("a", "queued", attempt=2, max_attempts=3))
    assert rows(TaskTree(model), 28) == [
        "◔ a         x2/3  queued",
        "◔ a_task_with_a_name queued",
    ]


def test_a_name_of_a_matrix_goes_without_its_keys_before_a_reason_is_cut() -> None:
    model = matrix_of("a_language_of_its_own")
    change(model, task_row(model.ids[0], "queued"))
    model.slots_taken = 2
    assert rows(TaskTree(model), 48) == [
        "◔ greet[a_language_of_its_own] queued: slots 2/2"
    ]
