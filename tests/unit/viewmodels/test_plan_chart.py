"""A prediction shows its sums, its critical path, and every slot to scale."""

from hypothesis import given, settings, strategies as st

from leo_engine.simulation.plan import Plan, PlannedTask
from leo_tui.text.width import cells
from leo_tui.viewmodels.plan_chart import plan_chart, utilisation
from leo_tui.viewmodels.spans import text_of

PLAN = Plan(
    makespan_ms=4_000,
    lower_bound_ms=3_000,
    critical_path=("a", "c"),
    tasks=(
        PlannedTask("a", 0, 0, 1_000),
        PlannedTask("b", 1, 0, 2_000),
        PlannedTask("c", 0, 2_000, 4_000),
    ),
)


def chart(plan: Plan = PLAN, width: int = 50, slots: int = 2) -> list[str]:
    return [text_of(line) for line in plan_chart(plan, slots=slots, width=width)]


def test_the_sums_say_how_good_the_plan_is() -> None:
    lines = chart()
    assert lines[0] == "makespan       4.0 s  1.33 of the lower bound"
    assert lines[1].startswith("lower bound    3.0 s")
    assert lines[2] == "utilisation    62% of 2 slots"


def test_the_critical_path_names_its_tasks_with_their_durations() -> None:
    lines = chart()
    assert lines[3] == "critical path  3.0 s, 2 tasks"
    assert [lines[4].split(), lines[5].split()] == [
        ["a", "1.0", "s"],
        ["c", "2.0", "s"],
    ]


def test_slots_are_drawn_to_scale() -> None:
    lines = chart()
    assert lines[7] == "slot 0    ▌a────────          ▌c──────────────────"
    assert lines[8] == "slot 1    ▌b──────────────────"
    assert lines[9].endswith("4.0 s")


def test_a_task_of_no_length_at_the_end_shares_the_last_cell() -> None:
    tasks = (PlannedTask("a", 0, 0, 1_000), PlannedTask("b", 0, 1_000, 1_000))
    lines = chart(Plan(1_000, 1_000, ("a",), tasks), width=31, slots=1)
    assert lines[6] == f"slot 0    ▌a{'─' * 19}"


def test_utilisation_is_work_over_what_the_slots_offer() -> None:
    assert utilisation(PLAN, 2) == 5_000 / 8_000
    assert utilisation(Plan(0, 0, (), ()), 2) == 1.0


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 50), max_size=60),
    st.integers(1, 120),
    st.text(max_size=30),
)
def test_the_chart_is_never_wider_than_allowed(
    lengths: list[int], width: int, name: str
) -> None:
    tasks, now_ms = [], 0
    for number, length_ms in enumerate(lengths):
        tasks.append(PlannedTask(f"{name}{number}", 0, now_ms, now_ms + length_ms))
        now_ms += length_ms
    plan = Plan(now_ms, now_ms, tuple(t.task for t in tasks), tuple(tasks))
    drawn = chart(plan, width, slots=1)
    assert all(cells(text) <= width for text in drawn)
