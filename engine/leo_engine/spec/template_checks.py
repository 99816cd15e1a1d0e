"""Undefined names and faulty templates, found before anything runs."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from leo_engine.spec.decode import Decoded, RawTask
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag, Json, Param, Task
from leo_engine.spec.names import is_identifier
from leo_engine.spec.template import (
    Mentions,
    is_template,
    mentioned,
    mentioned_in_condition,
)
from leo_engine.spec.text_place import Path
from leo_engine.spec.variables import ALWAYS, IN_HOOKS, IN_REQUESTS, OF_ANSWERS

TEMPLATED_KEYS = frozenset(
    [
        "cmd",
        "with",
        "http",
        "env",
        "working_dir",
        "image",
        "docker",
        "kubernetes",
        "approval",
        "venv",
    ]
)
"""Keys of a task whose texts are rendered for every attempt; `if` is a condition."""

_UNTIL = ("http", "poll", "until")
"""Of an HTTP task: a condition, too."""
_NONE: Mapping[str, str] = MappingProxyType({})


class TemplateChecker:
    """Checks every template of a DAG; collects the parameters that wf files imply."""

    def __init__(self, dag: Dag, decoded: Decoded, findings: Findings) -> None:
        self._decoded = decoded
        self._findings = findings
        self._by_id = {task.id: task for task in dag.tasks}
        self._ids: dict[str, set[str]] = {}
        """{id, or name of a matrix task: ids it stands for}"""
        for task in dag.tasks:
            self._ids.setdefault(task.base, set()).add(task.id)
            self._ids.setdefault(task.id, set()).add(task.id)
        self._params = frozenset(param.name for param in dag.params)
        self._registering: dict[str, set[str]] = {}
        """{variable: ids of tasks that register it}"""
        for task in dag.tasks:
            if task.register:
                self._registering.setdefault(task.register, set()).add(task.id)
        self._declares_params = decoded.dag.params is not None
        self.implied: dict[str, bool] = {}
        """{parameter that is used and not declared: whether a normal task needs it}"""

    def check(self, dag: Dag) -> None:
        """Check the DAG's environment and every task; matrix siblings once."""
        for name, text in dag.env:
            self._check_mentions(mentioned(text), None, ("env", name))
        seen: set[str] = set()
        for task in dag.tasks:
            if task.base in seen:
                continue
            if task.matrix:
                seen.add(task.base)
            self._check_task(task)

    def _check_task(self, task: Task) -> None:
        path: Path = ("tasks", task.base)
        raw = self._decoded.raw_tasks[task.base]
        for where, text in _templates(raw, path):
            if where == (*path, *_UNTIL):
                continue
            also = IN_REQUESTS if where[len(path)] == "http" else _NONE
            self._check_mentions(mentioned(text), task, where, also)
        if until := _until(raw):
            mentions = mentioned_in_condition(until)
            also = {**IN_REQUESTS, **OF_ANSWERS}
            self._check_mentions(mentions, task, (*path, *_UNTIL), also)
        if task.condition:
            mentions = mentioned_in_condition(task.condition)
            self._check_mentions(mentions, task, (*path, "if"))

    def _check_mentions(
        self,
        mentions: Mentions,
        task: Task | None,
        path: Path,
        also: Mapping[str, str] = _NONE,
    ) -> None:
        """Check what one text speaks of; `also` are names that it may use besides."""
        if mentions.error:
            word = "condition" if path[-1] in ("if", "until") else "template"
            self._findings.add(path, f"not a {word}: {mentions.error}")
        for name in sorted(mentions.names - also.keys()):
            if not self._knows(name, task):
                self._undefined(name, task, path)
        if task is not None and "secrets" in also:
            self._check_secrets(mentions.secrets, task, path)
        for name in sorted(mentions.dotted):
            self._check_dotted(name, task, path)
        for name in sorted(mentions.outputs):
            self._check_outputs(name, task, path)
        for name in sorted(mentions.params - self._params):
            hint = self._findings.did_you_mean(name, self._params)
            message = f"there is no parameter {name!r}"
            self._findings.add(path, message, hint=hint, needle=name)

    def _check_secrets(self, names: frozenset[str], task: Task, path: Path) -> None:
        declared = {secret.name for secret in task.secrets}
        for name in sorted(names - declared):
            message = f"{task.base!r} does not declare the secret {name!r}"
            hint = self._findings.did_you_mean(name, declared)
            hint = hint or f"add {name!r} to its secrets"
            self._findings.add(path, message, hint=hint, needle=name)

    def _knows(self, name: str, task: Task | None) -> bool:
        if name in ALWAYS or name in self._params:
            return True
        if task is None:
            return False
        if any(name == key for key, _ in task.matrix):
            return True
        if task.is_hook:
            return name in IN_HOOKS or name in self._registering
        registering = self._registering.get(name)
        return registering is not None and self._is_upstream(task, registering)

    def _check_dotted(self, name: str, task: Task | None, path: Path) -> None:
        """Check `{{.name}}`, which in wf may be a variable that the start gives.

        A file with `[params]` declares all of them. Any other is taken for a wf file.
        """
        if self._knows(name, task) or name in self._registering:
            return
        if task is not None and any(
            name == f"{task.base}.{key}" for key, _ in task.matrix
        ):
            return
        if self._declares_params or not is_identifier(name):
            self._undefined(name, task, path)
            return
        is_needed = task is None or not task.is_hook
        self.implied[name] = self.implied.get(name, False) or is_needed

    def _check_outputs(self, name: str, task: Task | None, path: Path) -> None:
        ids = self._ids.get(name)
        if ids is None:
            message = f"there is no task {name!r} whose outputs to use"
            hint = self._findings.did_you_mean(name, self._ids)
            self._findings.add(path, message, hint=hint, needle=name)
        elif task is not None and not task.is_hook and not self._is_upstream(task, ids):
            self._findings.add(
                path,
                f"{task.base!r} uses the outputs of {name!r}, which is not upstream",
                hint=f"add {name!r} to its depends_on",
                needle=name,
            )

    def _is_upstream(self, task: Task, wanted: set[str]) -> bool:
        """Whether any of the wanted ids lies upstream; the nearest are tried first."""
        seen = set(task.upstream)
        waiting = list(task.upstream)
        for task_id in waiting:
            if task_id in wanted:
                return True
            above = self._by_id.get(task_id)
            for further in above.upstream if above else ():
                if further not in seen:
                    seen.add(further)
                    waiting.append(further)
        return False

    def _undefined(self, name: str, task: Task | None, path: Path) -> None:
        registering = self._registering.get(name)
        if registering is not None:
            owner = min(registering)
            message = f"{name!r} is registered by {owner!r}, which is not upstream"
            hint = f"add {owner!r} to depends_on"
        else:
            message = f"the variable {name!r} is not defined"
            known = [*self._params, *self._registering, *ALWAYS]
            known += [key for key, _ in task.matrix] if task else []
            hint = self._findings.did_you_mean(name, known)
        self._findings.add(path, message, hint=hint, needle=name)


def implied_params(implied: Mapping[str, bool]) -> tuple[Param, ...]:
    """Return parameters for the names that a wf file expects from its start."""
    return tuple(
        Param(name=name, required=is_needed, description="given at the start")
        for name, is_needed in implied.items()
    )


def _templates(raw: RawTask, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield (path, text) of every text of a task that is a template."""
    for key, value in raw.items():
        if key in TEMPLATED_KEYS:
            yield from _templates_in(value, (*path, key))


def _templates_in(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            if "{" in value and is_template(value):
                yield path, value
        case dict():
            for key, item in value.items():
                yield from _templates_in(item, (*path, key))
        case list():
            for position, item in enumerate(value):
                yield from _templates_in(item, (*path, position))


def _until(raw: RawTask) -> str:
    """Return the condition of an HTTP task's poll; "" when it has none."""
    value: Json = raw
    for key in _UNTIL:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
