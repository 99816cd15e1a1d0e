"""The longest path and the bound no schedule beats."""

from leo_engine.graph.critical_path import critical_path, lower_bound_ms, remaining_ms
from leo_engine.graph.dag import Graph

DIAMOND = Graph.build(["a", "b", "c", "d"], [[], ["a"], ["a"], ["b", "c"]])
NOTHING = Graph.build([], [])


def test_what_remains_of_a_task_is_the_longest_path_from_it_itself_included() -> None:
    assert remaining_ms(DIAMOND, [1, 10, 20, 5]) == [26, 15, 25, 5]


def test_the_critical_path_is_the_longest_one() -> None:
    assert critical_path(DIAMOND, [1, 10, 20, 5]) == (26, [0, 2, 3])


def test_of_equal_paths_the_first_declared_is_critical() -> None:
    assert critical_path(DIAMOND, [1, 1, 1, 1]) == (3, [0, 1, 3])


def test_a_task_that_takes_no_time_can_be_critical() -> None:
    assert critical_path(DIAMOND, [0, 0, 0, 0]) == (0, [0, 1, 3])


def test_nothing_has_an_empty_critical_path() -> None:
    assert critical_path(NOTHING, []) == (0, [])


def test_few_slots_are_bound_by_the_work_and_many_by_the_critical_path() -> None:
    assert lower_bound_ms(DIAMOND, [1, 10, 20, 5], 1) == 36
    assert lower_bound_ms(DIAMOND, [1, 10, 20, 5], 8) == 26


def test_the_bound_of_uneven_work_is_rounded_up() -> None:
    pair = Graph.build(["a", "b", "c"], [[], [], []])
    assert lower_bound_ms(pair, [1, 1, 1], 2) == 2
