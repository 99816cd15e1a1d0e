"""Sub-DAGs: tasks that run another DAG of the folder; checked when all are read."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from leo_engine.spec.cycle_search import find_cycles
from leo_engine.spec.model import Dag, Json, SubDag, Task
from leo_engine.spec.nearest import did_you_mean
from leo_engine.spec.text_place import Path


class SubDagFault(NamedTuple):
    """Something wrong between two DAGs, at a path of the one that names the other."""

    path: Path
    message: str
    hint: str = ""


def sub_dag_tasks(dag: Dag) -> list[tuple[Task, SubDag]]:
    """Return the tasks of a DAG that run another one; matrix siblings once."""
    tasks = {task.base: task for task in dag.tasks if isinstance(task.action, SubDag)}
    return [
        (task, task.action)
        for task in tasks.values()
        if isinstance(task.action, SubDag)
    ]


def sub_dag_faults(
    dags: Mapping[str, Dag], unreadable: Iterable[str] = ()
) -> dict[str, list[SubDagFault]]:
    """Return {DAG: faults} for unknown names, unknown or missing parameters, cycles.

    `unreadable` holds names that exist but whose files have problems of their own.
    """
    names = {*dags, *unreadable}
    faults: dict[str, list[SubDagFault]] = {}
    upstream: dict[str, list[str]] = {name: [] for name in dags}
    for name, dag in dags.items():
        for task, action in sub_dag_tasks(dag):
            if action.dag in dags:
                upstream[name].append(action.dag)
                faults.setdefault(name, []).extend(
                    _param_faults(task, action, dags[action.dag])
                )
            elif action.dag not in names:
                message = f"there is no DAG {action.dag!r} in this folder"
                hint = did_you_mean(action.dag, names)
                fault = SubDagFault(("tasks", task.base, "dag"), message, hint)
                faults.setdefault(name, []).append(fault)
    for cycle in find_cycles(upstream):
        fault = _cycle_fault(cycle, dags)
        faults.setdefault(cycle[0], []).append(fault)
    return {name: found for name, found in faults.items() if found}


def _cycle_fault(cycle: list[str], dags: Mapping[str, Dag]) -> SubDagFault:
    task = next(
        task for task, action in sub_dag_tasks(dags[cycle[0]]) if action.dag == cycle[1]
    )
    message = f"the DAGs run each other in a circle: {' -> '.join(cycle)}"
    return SubDagFault(("tasks", task.base, "dag"), message)


def _param_faults(task: Task, action: SubDag, target: Dag) -> list[SubDagFault]:
    given = msgspec.json.decode(action.params, type=dict[str, Json])
    declared = {param.name: param for param in target.params}
    faults = [
        SubDagFault(
            ("tasks", task.base, "with", name),
            f"the DAG {target.name!r} has no parameter {name!r}",
            did_you_mean(name, declared),
        )
        for name in given
        if name not in declared
    ]
    faults += [
        SubDagFault(
            ("tasks", task.base, "dag"),
            f"the DAG {target.name!r} requires the parameter {param.name!r}",
            f"give it under 'with': {param.name} = …",
        )
        for param in target.params
        if param.required and not param.has_default and param.name not in given
    ]
    return faults
