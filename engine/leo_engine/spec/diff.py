"""How two versions of a DAG differ, as data."""

from collections.abc import Iterator

import msgspec

from leo_engine.spec.model import Dag, Json, Task


class FieldChange(msgspec.Struct, frozen=True):
    """One field that differs."""

    field: str
    before: Json
    """As JSON values."""
    after: Json


class TaskChange(msgspec.Struct, frozen=True):
    """A task that both versions have, with what differs in it."""

    task: str
    changes: tuple[FieldChange, ...]


class DagDiff(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs; tasks in order of declaration."""

    dag_changes: tuple[FieldChange, ...] = ()
    """Fields of the DAG itself."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[TaskChange, ...] = ()
    """Tasks whose own fields differ, their dependencies not counted."""
    added_edges: tuple[tuple[str, str], ...] = ()
    """(upstream, downstream)"""
    removed_edges: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two versions are the same."""
        return self == DagDiff()


_NOT_COMPARED = frozenset(("id", "base", "upstream"))


def diff_dags(before: Dag, after: Dag) -> DagDiff:
    """Return how `after` differs from `before`."""
    old = {task.id: task for task in before.tasks}
    new = {task.id: task for task in after.tasks}
    old_edges, new_edges = dict(_edges(before)), dict(_edges(after))
    return DagDiff(
        dag_changes=tuple(_changes(before, after, frozenset(("tasks",)))),
        added=tuple(task_id for task_id in new if task_id not in old),
        removed=tuple(task_id for task_id in old if task_id not in new),
        changed=tuple(
            TaskChange(task_id, changes)
            for task_id, task in new.items()
            if task_id in old
            and (changes := tuple(_changes(old[task_id], task, _NOT_COMPARED)))
        ),
        added_edges=tuple(edge for edge in new_edges if edge not in old_edges),
        removed_edges=tuple(edge for edge in old_edges if edge not in new_edges),
    )


def _edges(dag: Dag) -> Iterator[tuple[tuple[str, str], None]]:
    for task in dag.tasks:
        for above in task.upstream:
            yield (above, task.id), None


def _changes(
    before: Dag | Task, after: Dag | Task, skipped: frozenset[str]
) -> Iterator[FieldChange]:
    for field in before.__struct_fields__:
        if field in skipped:
            continue
        old, new = getattr(before, field), getattr(after, field)
        if old is new:
            continue
        # Raw JSON compares by identity, so what is stored is compared instead.
        old, new = _as_json(old), _as_json(new)
        if old != new:
            yield FieldChange(field, old, new)


def _as_json(value: Json) -> Json:
    plain: Json = msgspec.json.decode(msgspec.json.encode(value))
    return plain
