"""Sets of tasks by where they lie: everything after some, everything before some."""

from collections.abc import Iterable, Sequence

from leo_engine.graph.dag import Graph


def with_downstream(graph: Graph, tasks: Iterable[int]) -> set[int]:
    """Return the tasks and everything that depends on them, however indirectly."""
    return _reachable(graph.downstream, tasks)


def with_upstream(graph: Graph, tasks: Iterable[int]) -> set[int]:
    """Return the tasks and everything they depend on, however indirectly."""
    return _reachable(graph.upstream, tasks)


def _reachable(edges: Sequence[Sequence[int]], tasks: Iterable[int]) -> set[int]:
    found = set(tasks)
    unseen = list(found)
    while unseen:
        fresh = [near for near in edges[unseen.pop()] if near not in found]
        found.update(fresh)
        unseen += fresh
    return found
