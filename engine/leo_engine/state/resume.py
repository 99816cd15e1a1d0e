"""Which tasks of an ended run keep their result in the next generation, and why.

A task keeps its success, or its skip, if its own definition and those of everything
upstream are what they were and nothing upstream runs again. Hooks are not asked: every
generation calls its own.
"""

from collections.abc import Collection, Mapping

import msgspec

from leo_engine.graph.dag import Graph
from leo_engine.spec.model import (
    Approval,
    Argv,
    Dag,
    HttpCall,
    Json,
    PythonCall,
    Shell,
    SubDag,
    Task,
)
from leo_engine.state.layout import Layout
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import TaskStatus

_KEY_OF_ACTION = {
    Shell: "cmd",
    Argv: "cmd",
    PythonCall: "python",
    HttpCall: "http",
    SubDag: "dag",
    Approval: "approval",
}
_KEY_OF_FIELD = {
    "upstream": "depends_on",
    "is_hook": "type",
    "title": "name",
    "condition": "if",
    "retry": "retries",
    "timeout_ms": "timeout",
    "grace_ms": "grace",
    "memory_bytes": "memory",
    "estimate_ms": "estimate",
    "container": "image",
}
"""{field of `Task`: how the user writes it}, where they differ."""


class Decision(msgspec.Struct, frozen=True):
    """What the next generation does with one task."""

    task: str
    runs: bool
    reason: str
    """One line: `succeeded in generation 1`, `failed: exit 2`, `new task`."""


class Version(msgspec.Struct, frozen=True, eq=False):
    """One version of a DAG with the definition hash of each task."""

    dag: Dag
    hashes: Mapping[str, str]
    """{task: hex}; covers everything that decides what the task does."""


def plan_resume(
    old: Version,
    new: Version,
    rows: Mapping[str, TaskRow],
    changed_params: Collection[str] = (),
) -> tuple[Decision, ...]:
    """Decide about every task of the new version, in order of declaration.

    `rows` are the tasks of the run as they stand, by id. `changed_params` are named
    when the hash of a task changed though nothing in the file did.

    Raises:
        GraphError: the new version makes no DAG.
    """
    graph = Layout.build(new.dag).graph
    old_tasks = {task.id: task for task in old.dag.tasks}
    decisions: dict[int, Decision] = {}
    for number in graph.order:
        task = new.dag.tasks[number]
        if task.is_hook:
            continue
        row = rows.get(task.id)
        if row is None or task.id not in old_tasks:
            why = "new task"
        elif old.hashes.get(task.id) != new.hashes.get(task.id):
            why = _change(old_tasks[task.id], task, changed_params)
        else:
            why = _own_reason(row, task) or _upstream_reason(graph, number, decisions)
        runs = bool(why)
        if row is not None and not runs:
            why = _kept(row)
        decisions[number] = Decision(task.id, runs, why)
    return tuple(decisions[number] for number in sorted(decisions))


def tasks_to_run(decisions: Collection[Decision]) -> tuple[str, ...]:
    """Return the tasks that run again: what `RunResumed.reset` names."""
    return tuple(decision.task for decision in decisions if decision.runs)


def _change(old: Task, new: Task, changed_params: Collection[str]) -> str:
    keys = [
        _key(new, field)
        for field in Task.__struct_fields__
        if _differ(getattr(old, field), getattr(new, field))
    ]
    if keys == ["python"] and (files := _changed_files(old, new)):
        return f"its source changed: {', '.join(files)}"
    if keys:
        return f"definition changed: {', '.join(keys)}"
    if not changed_params:
        return "definition changed"
    noun = "parameter" if len(changed_params) == 1 else "parameters"
    return f"{noun} {', '.join(changed_params)} changed"


def _differ(old: Json, new: Json) -> bool:
    # Raw JSON compares by identity, so what is stored is compared where it may be.
    return old != new and _stored(old) != _stored(new)


def _stored(value: Json) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _changed_files(old: Task, new: Task) -> list[str]:
    """Return the files that differ between calls that are otherwise the same."""
    before, after = old.action, new.action
    if not isinstance(before, PythonCall) or not isinstance(after, PythonCall):
        return []
    was, now = dict(before.sources), dict(after.sources)
    changed = [path for path in {**now, **was} if was.get(path) != now.get(path)]
    otherwise = msgspec.structs.replace(after, sources=before.sources)
    return [] if _differ(before, otherwise) else changed


def _key(task: Task, field: str) -> str:
    if field == "action":
        return _KEY_OF_ACTION[type(task.action)]
    return _KEY_OF_FIELD.get(field, field)


def _own_reason(row: TaskRow, task: Task) -> str:
    """Return why a task runs for its own sake; "" when it has a result to keep."""
    if row.status is TaskStatus.FAILED and task.ignore_failure:
        return ""
    match row.status:
        case TaskStatus.SUCCEEDED | TaskStatus.SKIPPED:
            return ""
        case TaskStatus.FAILED | TaskStatus.BACKOFF:
            return f"failed: {row.reason}" if row.reason else "failed"
        case TaskStatus.UPSTREAM_FAILED | TaskStatus.CANCELLED:
            return row.reason or row.status
        case TaskStatus.RUNNING:
            return "had not ended"
        case TaskStatus.PENDING | TaskStatus.READY:
            return "had not started"


def _upstream_reason(
    graph: Graph, number: int, decisions: Mapping[int, Decision]
) -> str:
    for before in graph.upstream[number]:
        if decisions[before].runs:
            return f"upstream {graph.ids[before]} runs again"
    return ""


def _kept(row: TaskRow) -> str:
    if row.status is TaskStatus.SUCCEEDED:
        return f"succeeded in generation {row.generation}"
    if row.status is TaskStatus.FAILED:
        return f"failed in generation {row.generation}, which is ignored"
    return f"skipped in generation {row.generation}: {row.reason}"
