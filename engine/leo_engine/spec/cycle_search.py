"""Finds dependencies that run in a circle, all of them, without recursion.

Tasks whose upstream is done are taken away again and again (Kahn). Whatever stays is on
a cycle or behind one: going upstream inside the rest must come back to where it was.

Source: Kahn, CACM 5(11), 1962.
"""

from collections.abc import Mapping, Sequence


def find_cycles(upstream: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return disjoint cycles, each as the way round: `["a", "b", "a"]`, a first.

    Every name in a sequence must be a key. No cycle is left when all of these are cut.
    """
    waiting = {name: len(names) for name, names in upstream.items()}
    downstream: dict[str, list[str]] = {name: [] for name in upstream}
    for name, names in upstream.items():
        for above in names:
            downstream[above].append(name)
    done = [name for name, count in waiting.items() if not count]
    cycles: list[list[str]] = []
    while True:
        _take_away(done, waiting, downstream)
        if not waiting:
            return cycles
        cycle = _walk_up(next(iter(waiting)), waiting, upstream)
        cycles.append(cycle)
        done = cycle[:-1]


def _take_away(
    done: list[str], waiting: dict[str, int], downstream: Mapping[str, list[str]]
) -> None:
    """Remove finished names and all that then waits for nothing."""
    for name in done:
        waiting.pop(name, None)
    while done:
        for below in downstream[done.pop()]:
            if below in waiting:
                waiting[below] -= 1
                if not waiting[below]:
                    del waiting[below]
                    done.append(below)


def _walk_up(
    start: str, waiting: Mapping[str, int], upstream: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return a cycle upstream of `start`, its first declared name at both ends."""
    order = {start: 0}
    name = start
    while True:
        name = next(above for above in upstream[name] if above in waiting)
        if name in order:
            break
        order[name] = len(order)
    path = list(order)[order[name] :]
    position = {task: place for place, task in enumerate(upstream)}
    first = min(range(len(path)), key=lambda place: position[path[place]])
    path = path[first:] + path[:first]
    return [*path, path[0]]
