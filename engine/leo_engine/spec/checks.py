"""What must hold between the tasks of a DAG, beyond each of them being well-formed."""

from collections.abc import Iterable, Mapping

from leo_engine.spec.cycle_search import find_cycles
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag, Task
from leo_engine.spec.surroundings import Surroundings

_LONGEST_PATH_SHOWN = 20


def check_tasks(dag: Dag, surroundings: Surroundings, findings: Findings) -> None:
    """Record every fault between tasks: hooks, pools, cycles."""
    by_id = {task.id: task for task in dag.tasks}
    bases = {task.base for task in dag.tasks}
    pools = {name for name, _ in dag.pools} | surroundings.pools
    for task in dag.tasks:
        if task.upstream:
            _check_sides(task, by_id, findings)
        if task.on_failure:
            _check_hook(task, by_id, bases, findings)
        if task.pool and task.pool not in pools:
            findings.add(
                ("tasks", task.base, "pool"),
                f"there is no pool {task.pool!r}",
                hint=findings.did_you_mean(task.pool, pools)
                or "declare it under 'pools'",
            )
    _check_not_all_hooks(dag, findings)
    _check_cycles(dag, findings)


def _check_sides(task: Task, by_id: Mapping[str, Task], findings: Findings) -> None:
    """Hooks run when the rest is over, so neither side can wait for the other."""
    for above in task.upstream:
        if by_id[above].is_hook is task.is_hook:
            continue
        if task.is_hook:
            message = f"the hook {task.base!r} depends on {above!r}, which is no hook"
            hint = "hooks may depend on hooks only"
        else:
            message = f"the task {task.base!r} depends on the hook {above!r}"
            hint = "a hook runs only when it is called for"
        findings.add(
            ("tasks", task.base, "depends_on"), message, hint=hint, needle=above
        )


def _check_hook(
    task: Task, by_id: Mapping[str, Task], bases: Iterable[str], findings: Findings
) -> None:
    if task.on_failure in by_id:
        return
    path = ("tasks", task.base, "on_failure")
    if task.on_failure in bases:
        message = f"on_failure starts one task, and {task.on_failure!r} has a matrix"
        findings.add(path, message, hint="name one instance, as in 'page[to=ops]'")
        return
    message = f"on_failure names the task {task.on_failure!r}, which is not there"
    findings.add(path, message, hint=findings.did_you_mean(task.on_failure, by_id))


def _check_not_all_hooks(dag: Dag, findings: Findings) -> None:
    if dag.tasks and all(task.is_hook for task in dag.tasks):
        message = "every task is a hook: nothing is left to run"
        findings.add(("tasks",), message, at_key=True)


def _check_cycles(dag: Dag, findings: Findings) -> None:
    by_id = {task.id: task for task in dag.tasks}
    upstream = {task.id: task.upstream for task in dag.tasks}
    for cycle in find_cycles(upstream):
        shown = cycle
        if len(cycle) > _LONGEST_PATH_SHOWN:
            half = _LONGEST_PATH_SHOWN // 2
            shown = [*cycle[:half], "…", *cycle[-half:]]
        findings.add(
            ("tasks", by_id[cycle[0]].base, "depends_on"),
            f"cycle: {' -> '.join(shown)}",
            hint="each of these waits for the next",
        )
