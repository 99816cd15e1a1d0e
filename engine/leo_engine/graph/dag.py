"""The tasks of a DAG as integers: who waits for whom, and one order that suits all.

A task is its position in the order of declaration. Everything above this layer that
has to be fast (the machine, the placers, the simulation) counts in these positions and
turns to names only at its border.

Source of the order: Kahn, "Topological sorting of large networks", CACM 5(11), 1962.
"""

from collections.abc import Sequence
from typing import Self

import msgspec

from leo_engine.errors import CycleError, GraphError, UnknownTaskError
from leo_engine.graph.cycle import find_cycle

NOBODY: tuple[int, ...] = ()
"""Shared by every task without upstream, and by every one without downstream."""


class Graph(msgspec.Struct, frozen=True, eq=False):
    """A DAG of integers. Tuples that are equal are one object."""

    ids: tuple[str, ...]
    index: dict[str, int]
    """{task id: its integer}."""
    upstream: tuple[tuple[int, ...], ...]
    """Per task, what it depends on, in the order of declaration, without repeats."""
    downstream: tuple[tuple[int, ...], ...]
    """Per task, what depends on it, ascending."""
    order: tuple[int, ...]
    """Every task after its upstream; ties in the order of declaration."""

    @classmethod
    def build(cls, ids: Sequence[str], upstream: Sequence[Sequence[str]]) -> Self:
        """Number the tasks and connect them; `upstream[n]` names what `ids[n]` needs.

        O(tasks + dependencies).

        Raises:
            UnknownTaskError: a dependency names no task; carries the nearest name.
            CycleError: the dependencies run in a circle; carries its path.
            GraphError: an id is declared twice.
        """
        index = {task: number for number, task in enumerate(ids)}
        if len(index) != len(ids):
            twice = next(task for n, task in enumerate(ids) if index[task] != n)
            raise GraphError(f"task {twice!r} is declared twice")
        incoming = _numbered(index, upstream)
        outgoing = _reversed_edges(incoming)
        order = _topological_order(incoming, outgoing)
        if len(order) < len(ids):
            circle = find_cycle(incoming, frozenset(range(len(ids))).difference(order))
            raise CycleError([ids[task] for task in circle])
        return cls(tuple(ids), index, incoming, outgoing, tuple(order))

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, task_id: str) -> int:
        """Return the integer of a task.

        Raises:
            UnknownTaskError: there is no such task; carries the nearest name.
        """
        found = self.index.get(task_id)
        if found is None:
            raise _unknown(task_id, self.index)
        return found


def levels(graph: Graph) -> list[int]:
    """Return {task: length of the longest chain of tasks before it}, as a list."""
    level = [0] * len(graph)
    for task in graph.order:
        for before in graph.upstream[task]:
            if level[before] >= level[task]:
                level[task] = level[before] + 1
    return level


def _numbered(
    index: dict[str, int], upstream: Sequence[Sequence[str]]
) -> tuple[tuple[int, ...], ...]:
    """Turn names into integers, once per name of a task, sharing equal rows."""
    shared: dict[tuple[int, ...], tuple[int, ...]] = {NOBODY: NOBODY}
    rows = []
    for names in upstream:
        try:
            row = tuple([index[name] for name in dict.fromkeys(names)])
        except KeyError as error:
            raise _unknown(str(error.args[0]), index) from None
        rows.append(shared.setdefault(row, row))
    return tuple(rows)


def _reversed_edges(
    incoming: tuple[tuple[int, ...], ...],
) -> tuple[tuple[int, ...], ...]:
    outgoing: list[list[int] | None] = [None] * len(incoming)
    for task, row in enumerate(incoming):
        for before in row:
            known = outgoing[before]
            if known is None:
                outgoing[before] = [task]
            else:
                known.append(task)
    shared: dict[tuple[int, ...], tuple[int, ...]] = {}
    rows = []
    for after in outgoing:
        row = tuple(after) if after else NOBODY
        rows.append(shared.setdefault(row, row))
    return tuple(rows)


def _topological_order(
    incoming: tuple[tuple[int, ...], ...], outgoing: tuple[tuple[int, ...], ...]
) -> list[int]:
    """Return what can be ordered: everything, or all that no circle holds back."""
    missing = [len(row) for row in incoming]
    order = [task for task, count in enumerate(missing) if not count]
    for task in order:  # grows while it is read: it is its own queue
        for after in outgoing[task]:
            missing[after] -= 1
            if not missing[after]:
                order.append(after)
    return order


def _unknown(task_id: str, index: dict[str, int]) -> UnknownTaskError:
    # Only wanted once something is wrong, and slow to import.
    from difflib import get_close_matches  # noqa: PLC0415

    nearest = get_close_matches(task_id, index, n=1)
    return UnknownTaskError(task_id, nearest[0] if nearest else "")
