"""The rows of a run's tasks: groups, folding, filters and orders."""

from random import Random

import pytest

from leo_engine.spec.model import Dag, Shell, Task
from leo_engine.testing.builders import dag, with_fields
from leo_tui.units import grouped
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_filter import parse_filter
from leo_tui.viewmodels.tasks.task_groups import DONE, TaskGroup
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.viewmodels.tasks.task_tree import TaskOrder, TaskTree
from run_models import STATUSES, attempt_row, change, opened, run_row, task_row


def matrix(base: str, count: int) -> list[Task]:
    return [
        Task(id=f"{base}[n={n}]", base=base, action=Shell(":")) for n in range(count)
    ]


def plain(*names: str, **fields: object) -> list[Task]:
    return [
        with_fields(Task(id=name, base=name, action=Shell(":")), **fields)
        for name in names
    ]


def model_of(*tasks: Task) -> RunModel:
    return RunModel(Dag(name="etl", tasks=tasks), run_row(total=len(tasks)))


def shown(tree: TaskTree) -> list[str]:
    """Return the rows: a group as `name:`, what is inside with a blank before."""
    found = []
    for entry in tree.rows:
        indent = "" if tree.parent(entry) is None else " "
        found.append(f"{tree.name(entry)}:" if entry < 0 else indent + tree.name(entry))
    return found


def group(tree: TaskTree, name: str) -> TaskGroup:
    found = (tree.group(entry) for entry in tree.group_entries())
    return next(one for one in found if one.name == name)


@pytest.fixture
def mixed() -> TaskTree:
    tasks = [
        *plain("start", "extract.users"),
        *matrix("load", 2),
        *plain("extract.orders", "end"),
        *plain("tidy", is_hook=True),
    ]
    return TaskTree(model_of(*tasks))


def test_groups_stand_where_their_first_task_is_declared_and_hooks_last(
    mixed: TaskTree,
) -> None:
    assert shown(mixed) == [
        "start",
        "extract:",
        " users",
        " orders",
        "load:",
        " [n=0]",
        " [n=1]",
        "end",
        "hooks:",
        " tidy",
    ]


def test_a_matrix_of_one_and_names_with_dots_at_their_ends_are_no_groups() -> None:
    tree = TaskTree(model_of(*matrix("load", 1), *plain(".hidden", "odd.", "a")))
    assert shown(tree) == ["load[n=0]", ".hidden", "odd.", "a"]
    assert tree.is_flat


def test_a_matrix_and_a_dot_of_the_same_name_are_two_groups() -> None:
    tree = TaskTree(model_of(*matrix("load", 2), *plain("load.check")))
    assert shown(tree) == ["load:", " [n=0]", " [n=1]", "load:", " check"]
    assert [tree.entry_of_key(tree.key(entry)) for entry in tree.rows] == list(
        tree.rows
    )


def test_a_title_is_shown_as_it_is() -> None:
    tree = TaskTree(model_of(*plain("a.b", title="a.b, the \x1b[31mred one")))
    assert shown(tree) == ["a:", " a.b, the red one"]


def test_folded_groups_keep_their_row_only(mixed: TaskTree) -> None:
    load = mixed.rows[4]
    assert mixed.fold([load], folded=True)
    assert not mixed.fold([load], folded=True)
    assert shown(mixed)[4:6] == ["load:", "end"]
    assert mixed.folded_keys() == ["load["]
    mixed.fold(mixed.group_entries(), folded=True)
    assert shown(mixed) == ["start", "extract:", "load:", "end", "hooks:"]
    mixed.fold_keys(["extract.", "no longer there"])
    assert [mixed.is_folded(entry) for entry in mixed.group_entries()] == [
        True,
        False,
        False,
    ]


def test_a_group_shows_its_worst_state_and_how_many_are_done(mixed: TaskTree) -> None:
    model = mixed.model
    changed = change(
        model, task_row("extract.users", "ok"), task_row("extract.orders", "running")
    )
    assert not mixed.changed(changed)
    extract = group(mixed, "extract")
    assert (extract.worst, extract.done, extract.is_active) == (
        TaskState.RUNNING,
        1,
        True,
    )
    mixed.changed(change(model, task_row("extract.orders", "failed")))
    assert (extract.worst, extract.is_all_ok) == (TaskState.FAILED, False)
    mixed.changed(change(model, task_row("extract.orders", "skipped")))
    assert (extract.worst, extract.is_all_ok) == (TaskState.SKIPPED, True)


def test_counts_of_groups_always_agree_with_their_tasks() -> None:
    random = Random(7)
    model = model_of(*matrix("a", 9), *matrix("b", 5))
    tree = TaskTree(model, folds_ok=True)
    for _ in range(400):
        name = random.choice(model.ids)
        tree.changed(change(model, task_row(name, random.choice(list(STATUSES)))))
    for entry in tree.group_entries():
        one = tree.group(entry)
        states = [model.states[number] for number in one.members]
        assert one.counts == [states.count(state) for state in TaskState]
        assert one.worst == min(states)
        assert one.done == sum(state in DONE for state in states)


def test_a_group_lasts_from_its_first_start_to_its_last_end() -> None:
    model = model_of(*matrix("a", 3))
    tree = TaskTree(model)
    one = group(tree, "a")
    assert one.elapsed_ms(9_000) is None
    rows = (
        task_row("a[n=0]", "ok", started_ms=3_000, ended_ms=4_000),
        task_row("a[n=1]", "running", started_ms=5_000, attempt=2),
        attempt_row("a[n=1]", 1, started_ms=2_000),
    )
    tree.changed(change(model, *rows))
    assert one.elapsed_ms(9_000) == 7_000
    done = task_row("a[n=1]", "ok", started_ms=5_000, ended_ms=6_000)
    tree.changed(change(model, done))
    assert one.elapsed_ms(9_000) == 4_000


def test_a_group_forgets_the_times_of_an_earlier_generation() -> None:
    model = model_of(*matrix("a", 2))
    tree = TaskTree(model)
    tree.changed(change(model, task_row("a[n=0]", "ok", started_ms=2_000, ended_ms=3)))
    tree.changed(change(model, run_row(generation=2, started_ms=50_000)))
    assert group(tree, "a").elapsed_ms(60_000) is None
    row = task_row("a[n=1]", "running", started_ms=52_000, generation=2)
    tree.changed(change(model, row))
    assert group(tree, "a").elapsed_ms(60_000) == 8_000


def test_a_group_of_which_a_task_has_not_begun_after_all_takes_its_times_anew() -> None:
    model = model_of(*matrix("a", 2))
    tree = TaskTree(model)
    started = [
        task_row("a[n=0]", "ok", started_ms=2_000, ended_ms=3_000),
        task_row("a[n=1]", "ok", started_ms=5_000, ended_ms=9_000),
    ]
    tree.changed(change(model, *started))
    assert group(tree, "a").elapsed_ms(60_000) == 7_000
    tree.changed(change(model, task_row("a[n=1]", "waiting")))
    assert group(tree, "a").elapsed_ms(60_000) == 1_000
    tree.changed(change(model, task_row("a[n=0]", "waiting")))
    assert group(tree, "a").elapsed_ms(60_000) is None


def test_groups_fold_themselves_when_all_ok_but_not_under_the_cursor() -> None:
    model = model_of(*matrix("a", 2), *matrix("b", 2))
    tree = TaskTree(model, folds_ok=True)
    a, b = tree.group_entries()
    rows = [task_row(name, "ok") for name in model.ids]
    assert tree.changed(change(model, *rows), cursor=0)
    assert (tree.is_folded(a), tree.is_folded(b)) == (False, True)


def test_a_filter_keeps_matches_with_their_groups(mixed: TaskTree) -> None:
    mixed.fold(mixed.group_entries(), folded=True)
    mixed.set_filter("user")
    assert shown(mixed) == ["extract:", " users"]
    assert mixed.tasks_of(mixed.rows[0]) == [1]
    assert mixed.filter_text() == "1 of 7 match 'user'. esc clears."
    mixed.set_filter("")
    assert mixed.filter_text() == ""
    assert shown(mixed) == ["start", "extract:", "load:", "end", "hooks:"]


def test_folding_while_a_filter_is_on_lasts_as_long_as_the_filter(
    mixed: TaskTree,
) -> None:
    mixed.set_filter("extract")
    mixed.fold([mixed.rows[0]], folded=True)
    assert shown(mixed) == ["extract:"]
    mixed.set_filter("")
    assert " users" in shown(mixed)


def test_a_filter_that_nothing_matches_says_so() -> None:
    tree = TaskTree(model_of(*matrix("a", 1_000)))
    tree.set_filter("x\x1b[2Jyz")
    assert list(tree.rows) == []
    assert tree.filter_text() == "0 of 1 000 match 'xyz'. esc clears."


def test_a_filter_by_state_follows_the_states() -> None:
    model = opened("a b c", a="failed", b="running")
    tree = TaskTree(model)
    tree.set_filter("state:failed")
    assert shown(tree) == ["a"]
    assert tree.changed(change(model, task_row("b", "failed")))
    assert shown(tree) == ["a", "b"]
    assert not tree.changed(change(model, task_row("c", "running")))


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("state:failed", {TaskState.FAILED, TaskState.TIMED_OUT}),
        ("state:timeout", {TaskState.TIMED_OUT}),
        ("state:runn state:queued", {TaskState.RUNNING, TaskState.QUEUED}),
        ("state:you", {TaskState.PERSON}),
        ("state:ok", {TaskState.OK, TaskState.KEPT}),
        ("state:", set()),
        ("state:none", set()),
    ],
)
def test_states_are_asked_for_by_name(text: str, states: set[TaskState]) -> None:
    assert parse_filter(text).states == states


def test_case_counts_only_when_a_word_has_a_capital_letter() -> None:
    assert parse_filter("load").accepts_text("Load_Users")
    assert not parse_filter("LOAD").accepts_text("load_users")
    assert parse_filter("Load users").accepts_text("Load_users")
    assert not parse_filter("load orders").accepts_text("Load_users")


@pytest.mark.parametrize("text", ["", "state:failed", "n=1 state:running", "b["])
def test_rows_kept_up_to_date_are_those_worked_out_anew(text: str) -> None:
    random = Random(text)
    model = model_of(*matrix("a", 9), *plain("x.y", "z"), *matrix("b", 5))
    tree = TaskTree(model)
    tree.set_filter(text)
    for _ in range(200):
        names = random.choices(model.ids, k=3)
        rows = [task_row(name, random.choice(list(STATUSES))) for name in names]
        tree.changed(change(model, *rows))
        fresh = TaskTree(model)
        fresh.set_filter(text)
        assert tree.rows == fresh.rows
        assert [tree.place(entry) for entry in tree.rows] == list(range(len(tree.rows)))


def test_other_orders_have_no_groups_and_whole_names() -> None:
    model = model_of(*matrix("a", 2), *plain("b", "c", "d"))
    change(
        model,
        task_row("a[n=0]", "ok", started_ms=4_000, ended_ms=5_000),
        task_row("a[n=1]", "failed", started_ms=2_000, ended_ms=9_000),
        task_row("b", "running", started_ms=3_000),
        task_row("d", "running", started_ms=2_500),
    )
    tree = TaskTree(model)
    tree.sort(TaskOrder.START)
    assert shown(tree) == ["a[n=1]", "d", "b", "a[n=0]", "c"]
    tree.sort(TaskOrder.DURATION)
    assert shown(tree) == ["d", "b", "a[n=1]", "a[n=0]", "c"]
    tree.sort(TaskOrder.STATE)
    assert shown(tree) == ["a[n=1]", "b", "d", "c", "a[n=0]"]
    tree.sort(TaskOrder.DEFINITION)
    assert shown(tree)[:2] == ["a:", " [n=0]"]


def test_a_chain_of_thousands_is_a_list_like_any_other() -> None:
    names = [f"t{n}" for n in range(5_000)]
    tree = TaskTree(opened(dag(">".join(names))))
    assert len(tree.rows) == 5_000
    assert tree.place(4_999) == 4_999


def test_numbers_are_read_in_groups_of_three() -> None:
    assert [grouped(n) for n in (7, 999, 1_000, 1_204_311)] == [
        "7",
        "999",
        "1 000",
        "1 204 311",
    ]
