"""What a run hangs on, and when it will end."""

import pytest

from leo_engine.spec.model import ExecutorName
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.panels.outlook import Outlook, outlook
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import task_row
from run_story import at, attempt, row_of, story


def seen(model: RunModel, seconds: float) -> tuple[str, Outlook]:
    found = outlook(model, at(seconds))
    return ">".join(model.ids[number] for number in found.path), found


def test_the_path_goes_by_what_was_taken_and_what_is_expected() -> None:
    model = story(
        "a>c b>d",
        [attempt("a", 0, 10), attempt("b", 0, 2)],
        median_ms={"c": 5_000, "d": 60_000},
    )
    path, found = seen(model, 10)
    assert path == "b>d"
    assert found.remaining is not None
    assert found.remaining.expected_ms == 65_000  # one slot: 60 s after the other 5 s


def test_a_task_that_takes_longer_than_usual_has_nothing_left_to_expect() -> None:
    model = story("a", [attempt("a", 0)], median_ms={"a": 5_000})
    _, found = seen(model, 20)
    assert found.remaining == (0, 0)


def test_with_many_slots_the_longest_path_is_all_that_is_left() -> None:
    shape = " ".join(f"t{n}" for n in range(8))
    usual = dict.fromkeys((f"t{n}" for n in range(8)), 10_000)
    model = story(shape, median_ms=usual, options={"slots": 4})
    _, found = seen(model, 0)
    assert found.remaining is not None
    # At best 20 s of work a slot; at worst the last task starts when that is done.
    assert found.remaining.expected_ms == pytest.approx(23_750)
    assert found.remaining.uncertainty_ms == pytest.approx(3_750)


def test_nothing_is_expected_where_nothing_is_known() -> None:
    _, found = seen(story("a>b", [attempt("a", 0, 4)]), 4)
    assert found.remaining is None


def test_an_unknown_task_is_taken_for_an_ordinary_one() -> None:
    model = story("a b c", median_ms={"a": 2_000, "b": 4_000})
    _, found = seen(model, 0)
    assert found.remaining is not None
    assert found.remaining.expected_ms == 9_000


def test_a_run_that_is_over_expects_nothing() -> None:
    model = story(
        "a b",
        [attempt("a", 0, 4)],
        median_ms={"b": 4_000},
        status=RunStatus.CANCELLED,
    )
    assert seen(model, 4)[1].remaining is None


def test_what_never_runs_takes_no_time() -> None:
    model = story(
        "a>b c",
        [attempt("a", 0, 4, "failed")],
        [row_of(attempt("a", 0, 4, "failed")), task_row("b", "blocked")],
        median_ms={"b": 60_000, "c": 1_000},
    )
    assert seen(model, 4)[1].remaining == (1_000, 0)


def test_hooks_and_tasks_without_a_slot_are_no_work() -> None:
    shape = dag("a sub", hooks="tidy", tasks={"sub": {"executor": ExecutorName.ENGINE}})
    model = story(shape, median_ms={"a": 4_000, "sub": 3_000, "tidy": 99_000})
    path, found = seen(model, 0)
    assert path == "a"
    assert found.remaining == (4_000, 0)
