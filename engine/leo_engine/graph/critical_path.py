"""How long a run takes at least, and which tasks it hangs on.

With T1 the work of all tasks and Tinf the longest chain, no schedule on p slots ends
before max(Tinf, T1 / p), and none that never leaves a slot idle needlessly ends after
T1 / p + Tinf.

Source: Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17(2),
1969.
"""

from collections.abc import Sequence

from leo_engine.graph.dag import Graph


def remaining_ms(graph: Graph, durations: Sequence[int]) -> list[int]:
    """Return, per task, the longest path from it to the end, itself included."""
    remaining = list(durations)
    for task in reversed(graph.order):
        after = graph.downstream[task]
        if after:
            remaining[task] += max([remaining[later] for later in after])
    return remaining


def critical_path(graph: Graph, durations: Sequence[int]) -> tuple[int, list[int]]:
    """Return the longest path's length and its tasks; of equal ones the first declared.

    `(0, [])` for a DAG without tasks.
    """
    if not graph.ids:
        return 0, []
    remaining = remaining_ms(graph, durations)
    task = max(range(len(graph)), key=remaining.__getitem__)
    path = [task]
    while graph.downstream[task]:
        task = max(graph.downstream[task], key=remaining.__getitem__)
        path.append(task)
    return remaining[path[0]], path


def lower_bound_ms(graph: Graph, durations: Sequence[int], slots: int) -> int:
    """Return the time below which no schedule on `slots` slots can end."""
    longest, _ = critical_path(graph, durations)
    return max(longest, -(-sum(durations) // slots))
