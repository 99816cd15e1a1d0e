"""Runs of a part of a DAG: chosen tasks, with or without what is up- or downstream.

Such a run has a version of its own, of those tasks alone, and keeps to them: what goes
on with it, goes on with them, however the file has grown.
"""

from collections.abc import Mapping

import msgspec

from leo_engine.errors import ConfigError, UnknownTaskError
from leo_engine.graph.dag import Graph
from leo_engine.loader.load import LoadedDag, with_tasks
from leo_engine.ports import RunRow, RunStore
from leo_engine.spec.model import Dag, Json
from leo_engine.spec.nearest import nearest
from leo_engine.spec.part import Part

_ONLY, _REACH = "only", "reach"
"""Options of a run."""


def part_of(loaded: LoadedDag, part: Part) -> LoadedDag:
    """Return a DAG with the chosen tasks alone; as it is when those are all.

    Raises:
        UnknownTaskError: a name is no task of it; carries the nearest.
        ConfigError: a name is that of a hook, or there is none.
        SpecValidationError: chosen tasks use what left-out ones hand on.
    """
    return _restricted(loaded, _chosen(loaded.dag, part), part)


def _restricted(loaded: LoadedDag, kept: set[str], part: Part) -> LoadedDag:
    from leo_engine.spec.restrict import restrict_dag  # noqa: PLC0415 -- seldom

    if all(task.is_hook or task.id in kept for task in loaded.dag.tasks):
        return loaded
    return with_tasks(loaded, restrict_dag(loaded.dag, kept), part)


def _chosen(dag: Dag, part: Part) -> set[str]:
    from leo_engine.graph import selection  # noqa: PLC0415 -- seldom

    named = _named(dag, part.tasks)
    graph = Graph.build([t.id for t in dag.tasks], [t.upstream for t in dag.tasks])
    seeds = [graph.index[name] for name in named]
    numbers = set(seeds)
    if part.upstream:
        numbers |= selection.with_upstream(graph, seeds)
    if part.downstream:
        numbers |= selection.with_downstream(graph, seeds)
    return {graph.ids[n] for n in numbers if not dag.tasks[n].is_hook}


def _named(dag: Dag, names: tuple[str, ...]) -> list[str]:
    """Return the ids that are meant; the name of a matrix task means all of it."""
    if not names:
        raise ConfigError("name at least one task")
    by_name: dict[str, list[str]] = {}
    for task in dag.tasks:
        for name in {task.id, task.base}:
            by_name.setdefault(name, []).append(task.id)
    hooks = {task.id for task in dag.tasks if task.is_hook}
    found: list[str] = []
    for name in names:
        if name not in by_name:
            raise UnknownTaskError(name, nearest(name, by_name))
        if not hooks.isdisjoint(by_name[name]):
            raise ConfigError(f"{name!r} is a hook: it starts when it is called for")
        found += by_name[name]
    return found


def options_of(loaded: LoadedDag) -> Mapping[str, Json]:
    """Return what the options of a run say of the part it is of."""
    part = loaded.part
    if part is None:
        return {}
    return {_ONLY: list(part.tasks), **({_REACH: part.reach} if part.reach else {})}


def is_part(run: RunRow) -> bool:
    """Whether a run is of some tasks of its file only."""
    return _ONLY in run.options


def as_in(store: RunStore, run: RunRow, loaded: LoadedDag) -> LoadedDag:
    """Return as much of a file as a run is of: the tasks that it has and the file too.

    Raises:
        ConfigError: the file has none of them any more.
        SpecValidationError: they use by now what tasks hand on that the run lacks.
    """
    if not is_part(run) or loaded.part is not None:
        return loaded
    from leo_engine.app.history import stored_dag  # noqa: PLC0415 -- all of the machine

    ours = {task.id for task in stored_dag(store, run.dag_hash).tasks}
    kept = {task.id for task in loaded.dag.tasks if task.id in ours}
    if all(task.is_hook or task.id not in kept for task in loaded.dag.tasks):
        message = f"the file has no task any more of those that run {run.run_id} is of"
        raise ConfigError(message)
    named = run.options[_ONLY]
    tasks = msgspec.convert(named, tuple[str, ...])
    return _restricted(loaded, kept, Part(tasks=tasks))
