"""A part of a DAG as a DAG: some of its tasks, what they need checked to be there.

Who waits for whom stays: where a task between two others is left out, the later one
waits for the earlier one itself. Whatever names what a left-out task hands on is a
fault, as far as it can be seen: in templates, in conditions, and as `LEO_OUTPUT_…` in
commands. What a program reads from `$LEO_INPUTS` cannot be seen.
"""

import re
from collections.abc import Collection, Iterator
from itertools import islice

import msgspec

from leo_engine.errors import Problem, SpecValidationError
from leo_engine.spec.mentions import Mentions
from leo_engine.spec.model import Dag, Task
from leo_engine.spec.task_texts import task_conditions, task_texts
from leo_engine.spec.template import mentioned, mentioned_in_condition
from leo_engine.spec.variables import name_of

_OUTPUT = re.compile(r"LEO_OUTPUT_[A-Z0-9_]+")
_MOST_PROBLEMS = 100
_WHERE = "--only"
"""Stands for the file in problems with what was chosen."""


def restrict_dag(dag: Dag, kept: Collection[str]) -> Dag:
    """Return a DAG of these tasks alone, in the same order.

    Hooks stay as well, but for those of left-out tasks: unnamed, they would be called
    for any failure.

    Raises:
        SpecValidationError: kept tasks use what left-out ones hand on; at most 100
            of them are named.
    """
    wanted = {*kept, *_hooks_to_keep(dag, frozenset(kept))}
    nearest = _Nearest(dag, wanted)
    tasks = tuple(
        msgspec.structs.replace(task, upstream=nearest.upstream(task))
        for task in dag.tasks
        if task.id in wanted
    )
    faults = _Faults(dag, wanted)
    found = (
        Problem(message=message, file=_WHERE, path=("tasks", task.base))
        for task in dag.tasks
        if task.id in wanted
        for message in faults.of(task)
    )
    problems = list(islice(found, _MOST_PROBLEMS))
    if problems:
        raise SpecValidationError(problems)
    return msgspec.structs.replace(dag, tasks=tasks)


def _hooks_to_keep(dag: Dag, kept: Collection[str]) -> set[str]:
    called = {task.on_failure for task in dag.tasks if task.id in kept}
    called |= {*dag.on_failure, *dag.on_success, *dag.on_exit}
    named = {task.on_failure for task in dag.tasks}
    return {
        task.id
        for task in dag.tasks
        if task.is_hook and (task.id in called or task.id not in named)
    }


class _Nearest:
    """Finds the nearest tasks upstream that are kept."""

    def __init__(self, dag: Dag, kept: Collection[str]) -> None:
        self._upstream = {task.id: task.upstream for task in dag.tasks}
        self._kept = kept
        self._beyond: dict[str, tuple[str, ...]] = {}
        """{left-out task: what stands for it}."""

    def upstream(self, task: Task) -> tuple[str, ...]:
        """Return what a task depends on now."""
        if all(before in self._kept for before in task.upstream):
            return task.upstream
        return self._of(task.id)

    def _of(self, task: str) -> tuple[str, ...]:
        """Look past left-out tasks; without recursion, for chains are long."""
        waiting = [task]
        while waiting:
            name = waiting[-1]
            missing = [
                before
                for before in self._upstream[name]
                if before not in self._kept and before not in self._beyond
            ]
            if missing:
                waiting += missing
            else:
                self._beyond[waiting.pop()] = self._joined(name)
        return self._beyond[task]

    def _joined(self, task: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for before in self._upstream[task]:
            is_kept = before in self._kept
            found.update(dict.fromkeys([before] if is_kept else self._beyond[before]))
        return tuple(found)


class _Faults:
    """Says what of left-out tasks a kept one uses."""

    def __init__(self, dag: Dag, kept: Collection[str]) -> None:
        self._dag = dag
        self._kept = kept
        self._by_id = {task.id: task for task in dag.tasks}
        self._params = {param.name for param in dag.params}
        self._ids: dict[str, list[Task]] = {}
        self._registering: dict[str, list[Task]] = {}
        self._by_variable: dict[str, list[Task]] = {}
        """{`LEO_OUTPUT_TASK_`: tasks whose outputs begin so}."""
        for task in dag.tasks:
            for name in {task.id, task.base}:
                self._ids.setdefault(name, []).append(task)
            if task.register:
                self._registering.setdefault(task.register, []).append(task)
            prefix = f"{name_of('OUTPUT', task.id)}_"
            self._by_variable.setdefault(prefix, []).append(task)
        self._above: tuple[str, frozenset[str]] = ("", frozenset())

    def of(self, task: Task) -> Iterator[str]:
        """Yield what is wrong with a kept task, each once."""
        told: dict[str, None] = {}
        for text in task_texts(task):
            told.update(dict.fromkeys(self._in_mentions(task, mentioned(text))))
            told.update(dict.fromkeys(self._in_variables(task, text)))
        for condition in task_conditions(task):
            mentions = mentioned_in_condition(condition)
            told.update(dict.fromkeys(self._in_mentions(task, mentions)))
        yield from told

    def _in_mentions(self, task: Task, mentions: Mentions) -> Iterator[str]:
        for name in sorted(mentions.outputs):
            missing = self._missing(task, self._ids.get(name, ()))
            if missing:
                yield _message(task, f"the outputs of {missing[0]!r}")
        near = {key for key, _ in task.matrix} | self._params
        for name in sorted((mentions.names | mentions.dotted) - near):
            owners = self._registering.get(name, ())
            is_anywhere = name in mentions.dotted
            missing = self._missing(task, owners, is_anywhere=is_anywhere)
            if missing and not self._is_given_otherwise(missing, owners):
                yield _message(task, f"{name!r}, registered by {missing[0]!r}")

    def _in_variables(self, task: Task, text: str) -> Iterator[str]:
        """Look for the variables by which commands know outputs."""
        for name in dict.fromkeys(_OUTPUT.findall(text)):
            missing = self._missing(task, self._owners_of(name))
            if missing:
                yield _message(task, f"${name}, an output of {missing[0]!r}")

    def _owners_of(self, variable: str) -> Collection[Task]:
        """Return the tasks whose names are the longest beginning of a variable's."""
        end = len(variable)
        while (end := variable.rfind("_", 0, end)) > 0:
            owners = self._by_variable.get(variable[: end + 1])
            if owners:
                return owners
        return ()

    def _is_given_otherwise(self, missing: list[str], owners: Collection[Task]) -> bool:
        """Whether a kept task registers the same; of a matrix task all have to."""
        bases = {task.base for task in owners if task.id in self._kept}
        return bool(bases) and bases.isdisjoint(self._by_id[t].base for t in missing)

    def _missing(
        self, task: Task, owners: Collection[Task], *, is_anywhere: bool = False
    ) -> list[str]:
        """Return those of the owners that are left out and would have been upstream."""
        left_out = [owner.id for owner in owners if owner.id not in self._kept]
        if not left_out or task.is_hook or is_anywhere:
            return left_out
        above = self._upstream_of(task)
        return [name for name in left_out if name in above]

    def _upstream_of(self, task: Task) -> frozenset[str]:
        if self._above[0] != task.id:
            seen = set(task.upstream)
            waiting = list(seen)
            while waiting:
                fresh = set(self._by_id[waiting.pop()].upstream) - seen
                seen |= fresh
                waiting += fresh
            self._above = (task.id, frozenset(seen))
        return self._above[1]


def _message(task: Task, what: str) -> str:
    return f"{task.id!r} uses {what}: that task is left out"
