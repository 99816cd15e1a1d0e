"""What does not change while a run follows one version of its DAG."""

from typing import Self

import msgspec

from leo_engine.graph.dag import Graph
from leo_engine.spec.model import Approval, Dag, Task


class HookPlan(msgspec.Struct, frozen=True, eq=False):
    """Which hooks are called for by what, as task integers."""

    of_task: dict[int, int]
    """{task: the hook to call when it has failed for good}."""
    on_failure: tuple[int, ...]
    """Those the DAG names, then those that nobody names."""
    on_success: tuple[int, ...]
    on_exit: tuple[int, ...]
    every: tuple[int, ...]


class Layout(msgspec.Struct, frozen=True, eq=False):
    """One version of a DAG, numbered and connected.

    An edge counts only between two tasks, or between two hooks: hooks are outside the
    order of the run and begin when they are called.
    """

    dag: Dag
    graph: Graph
    hooks: HookPlan

    @classmethod
    def build(cls, dag: Dag) -> Self:
        """Number the tasks of a DAG.

        Raises:
            GraphError: its dependencies make no DAG.
        """
        ids = [task.id for task in dag.tasks]
        hooks = {task.id for task in dag.tasks if task.is_hook}
        upstream = [_same_kind(task, hooks) for task in dag.tasks]
        graph = Graph.build(ids, upstream)
        return cls(dag, graph, _hook_plan(dag, graph.index))

    def is_approval(self, task: int) -> bool:
        """Tell whether the task is a question to a person."""
        return isinstance(self.dag.tasks[task].action, Approval)


def _same_kind(task: Task, hooks: set[str]) -> tuple[str, ...]:
    if not hooks:
        return task.upstream
    return tuple(
        before for before in task.upstream if (before in hooks) == task.is_hook
    )


def _hook_plan(dag: Dag, index: dict[str, int]) -> HookPlan:
    every = tuple(n for n, task in enumerate(dag.tasks) if task.is_hook)
    known = frozenset(every)

    def numbers(names: tuple[str, ...]) -> tuple[int, ...]:
        found = [index[name] for name in names if name in index]
        return tuple(hook for hook in dict.fromkeys(found) if hook in known)

    of_task = {
        number: index[task.on_failure]
        for number, task in enumerate(dag.tasks)
        if not task.is_hook and index.get(task.on_failure) in known
    }
    on_failure, on_success = numbers(dag.on_failure), numbers(dag.on_success)
    on_exit = numbers(dag.on_exit)
    named = {*of_task.values(), *on_failure, *on_success, *on_exit}
    unnamed = tuple(hook for hook in every if hook not in named)
    return HookPlan(of_task, on_failure + unnamed, on_success, on_exit, every)
