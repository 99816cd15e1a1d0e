"""Find one circle among tasks that hold each other back."""

from collections.abc import Sequence, Set as AbstractSet


def find_cycle(upstream: Sequence[Sequence[int]], stuck: AbstractSet[int]) -> list[int]:
    """Return one circle in the direction of the work, first task repeated at the end.

    `stuck` are the tasks that a topological sort could not place: each has an upstream
    that is stuck too, so walking upstream from any of them must come back on itself.
    The walk starts at the first one declared, so the same file gives the same answer.
    """
    seen_at: dict[int, int] = {}
    walk: list[int] = []
    task = min(stuck)
    while task not in seen_at:
        seen_at[task] = len(walk)
        walk.append(task)
        task = next(before for before in upstream[task] if before in stuck)
    circle = walk[seen_at[task] :][::-1]
    first = circle.index(min(circle))
    circle = circle[first:] + circle[:first]
    return [*circle, circle[0]]
