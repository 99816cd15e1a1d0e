"""The order in which ready tasks matter, as integers: the smaller, the sooner."""

from collections.abc import Mapping, Sequence
from typing import Self

import msgspec

from leo_engine.graph.critical_path import remaining_ms
from leo_engine.graph.dag import Graph
from leo_engine.spec.model import Task


def expected_ms(tasks: Sequence[Task], learnt: Mapping[str, int]) -> list[int]:
    """Return, per task, how long it is expected to take.

    `learnt` is {task: ms} from earlier runs; without it the task's own estimate counts,
    else 1, so that paths of unknown tasks are compared by their number of tasks.
    """
    return [learnt.get(task.id) or task.estimate_ms or 1 for task in tasks]


class Ranking(msgspec.Struct, frozen=True, eq=False):
    """A total order: every task has a rank of its own."""

    rank: list[int]
    """{task: its rank}."""
    by_rank: list[int]
    """{rank: its task}."""

    @classmethod
    def longest_first(
        cls, graph: Graph, durations: Sequence[int], priorities: Sequence[int]
    ) -> Self:
        """Rank by the longest path that remains; ties by priority, then by order."""
        remaining = remaining_ms(graph, durations)
        tasks = sorted(
            graph.order, key=lambda task: (-remaining[task], -priorities[task])
        )
        return cls._of(tasks)

    @classmethod
    def topological(cls, graph: Graph, priorities: Sequence[int]) -> Self:
        """Rank by priority, then by topological order, which follows declaration."""
        return cls._of(sorted(graph.order, key=lambda task: -priorities[task]))

    @classmethod
    def by_level(
        cls,
        graph: Graph,
        level: Sequence[int],
        durations: Sequence[int],
        priorities: Sequence[int],
    ) -> Self:
        """Rank by level; inside a level as `longest_first` does."""
        tasks = cls.longest_first(graph, durations, priorities).by_rank
        return cls._of(sorted(tasks, key=level.__getitem__))

    @classmethod
    def _of(cls, tasks: list[int]) -> Self:
        rank = [0] * len(tasks)
        for position, task in enumerate(tasks):
            rank[task] = position
        return cls(rank, tasks)
