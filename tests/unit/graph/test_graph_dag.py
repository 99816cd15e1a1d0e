"""Tasks as integers: numbering, order, and what is refused."""

import pytest

from leo_engine.errors import CycleError, GraphError, UnknownTaskError
from leo_engine.graph.dag import Graph, levels


def graph(**upstream: str) -> Graph:
    return Graph.build(list(upstream), [names.split() for names in upstream.values()])


def test_tasks_are_numbered_in_the_order_of_declaration() -> None:
    assert graph(load="extract", extract="").index == {"load": 0, "extract": 1}


def test_upstream_keeps_its_order_and_downstream_is_its_mirror() -> None:
    built = graph(a="", b="a", c="b a")
    assert built.upstream == ((), (0,), (1, 0))
    assert built.downstream == ((1, 2), (2,), ())


def test_a_dependency_named_twice_counts_once() -> None:
    assert graph(a="", b="a a").upstream[1] == (0,)


def test_the_order_puts_upstream_first_and_breaks_ties_by_declaration() -> None:
    built = graph(d="c b", c="a", b="a", a="", z="")
    assert [built.ids[task] for task in built.order] == ["a", "z", "c", "b", "d"]


def test_levels_count_the_longest_chain_before_a_task() -> None:
    assert levels(graph(d="c a", c="b", b="a", a="")) == [3, 2, 1, 0]


def test_an_unknown_dependency_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownTaskError) as refusal:
        graph(extract="", load="extrakt")
    assert (refusal.value.task_id, refusal.value.nearest) == ("extrakt", "extract")


def test_an_unknown_dependency_without_a_likeness_names_none() -> None:
    with pytest.raises(UnknownTaskError) as refusal:
        graph(extract="zzz")
    assert refusal.value.nearest == ""


def test_the_number_of_an_unknown_task_is_refused() -> None:
    with pytest.raises(UnknownTaskError):
        graph(extract="").number("load")


def test_an_id_declared_twice_is_refused() -> None:
    with pytest.raises(GraphError, match="'a' is declared twice"):
        Graph.build(["a", "b", "a"], [[], [], []])


def test_a_cycle_is_refused_with_its_path_in_the_direction_of_the_work() -> None:
    with pytest.raises(CycleError) as refusal:
        graph(start="", a="start c", b="a", c="b", end="c")
    assert refusal.value.path == ("a", "b", "c", "a")


def test_a_task_that_depends_on_itself_is_a_cycle() -> None:
    with pytest.raises(CycleError) as refusal:
        graph(a="a")
    assert refusal.value.path == ("a", "a")


def test_a_chain_of_100_000_is_ordered_and_its_cycle_found_without_recursion() -> None:
    ids = [f"t{number}" for number in range(100_000)]
    chain = [[], *([before] for before in ids[:-1])]
    assert Graph.build(ids, chain).order == tuple(range(100_000))
    with pytest.raises(CycleError) as refusal:
        Graph.build(ids, [[ids[-1]], *chain[1:]])
    assert len(refusal.value.path) == 100_001


def test_equal_rows_are_one_object() -> None:
    built = graph(a="", b="", c="a b", d="a b")
    assert built.upstream[2] is built.upstream[3]
    assert built.upstream[0] is built.downstream[3]
