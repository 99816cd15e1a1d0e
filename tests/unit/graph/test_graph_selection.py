"""Everything after some tasks, everything before some."""

from leo_engine.graph.dag import Graph
from leo_engine.graph.selection import with_downstream, with_upstream

GRAPH = Graph.build(["a", "b", "c", "d", "lone"], [[], ["a"], ["b"], ["a"], []])


def test_downstream_is_everything_that_depends_on_it_itself_included() -> None:
    assert with_downstream(GRAPH, [1]) == {1, 2}
    assert with_downstream(GRAPH, [0]) == {0, 1, 2, 3}


def test_upstream_is_everything_it_depends_on_itself_included() -> None:
    assert with_upstream(GRAPH, [2, 4]) == {0, 1, 2, 4}


def test_nothing_selects_nothing() -> None:
    assert with_downstream(GRAPH, []) == set()
