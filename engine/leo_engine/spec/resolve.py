"""Source structs to the model: keys resolved, matrices expanded, dependencies by id."""

from collections.abc import Iterator, Mapping

import msgspec

from leo_engine.errors import TemplateError
from leo_engine.spec.dag_keys import resolve_dag
from leo_engine.spec.decode import Decoded
from leo_engine.spec.document import plain_json
from leo_engine.spec.draft import Draft, Pool, texts
from leo_engine.spec.expand import (
    MOST_COMBINATIONS,
    MatrixValues,
    combination_count,
    combinations,
    instance_id,
)
from leo_engine.spec.findings import Findings
from leo_engine.spec.honoured import kind_of
from leo_engine.spec.model import Dag, Json, Shell, Task
from leo_engine.spec.names import is_register_name, name_fault
from leo_engine.spec.source import TaskSource, TaskType
from leo_engine.spec.surroundings import Surroundings
from leo_engine.spec.task_keys import resolve_keys
from leo_engine.spec.template import is_template, render_text
from leo_engine.spec.text_place import Path

_BLANK = Task(id="", base="", action=Shell(""))
_HOOK_KEYS = ("on_failure", "on_success", "on_exit")


class Resolver:
    """Builds one DAG; what is wrong goes to the findings and is left out."""

    def __init__(self, decoded: Decoded, findings: Findings) -> None:
        self._decoded = decoded
        self._findings = findings
        self._pool = Pool()
        self._by_name: dict[str, tuple[str, ...]] = {}
        """{id, or name of a matrix task: ids it stands for}"""

    def resolve(self, stem: str, surroundings: Surroundings) -> Dag:
        """Return the DAG, tasks in order of declaration."""
        dag = resolve_dag(self._decoded.dag, stem, surroundings, self._findings)
        tasks = list(self._tasks(self._hook_names()))
        if not tasks and not self._findings.has(("tasks",)):
            message = "a DAG needs at least one task: a table such as [tasks.hello]"
            self._findings.add(("tasks",), message, at_key=True)
        resolved = tuple(
            self._with_upstream(task) if task.base in self._depending else task
            for task in tasks
        )
        hooks = {key: self._hook_ids(key) for key in _HOOK_KEYS}
        return msgspec.structs.replace(dag, tasks=resolved, **hooks)

    def _hook_names(self) -> frozenset[str]:
        dag = self._decoded.dag
        names = {*texts(dag.on_failure), *texts(dag.on_success), *texts(dag.on_exit)}
        for name, task in self._decoded.tasks.items():
            if task.type is TaskType.FORENSIC:
                names.add(name)
            if task.on_failure and task.on_failure != name:
                names.add(task.on_failure)
        return frozenset(names)

    def _tasks(self, hook_names: frozenset[str]) -> Iterator[Task]:
        """Yield every task without its upstream, and remember what its names mean."""
        self._depending = {
            name for name, task in self._decoded.tasks.items() if task.depends_on
        }
        for name, source in self._decoded.tasks.items():
            fields = self._fields(name, source, name in hook_names)
            if source.matrix is None:
                yield self._named(name, name, fields, ())
                continue
            ids = []
            for values in self._combinations(name, source.matrix):
                task = self._named(instance_id(name, values), name, fields, values)
                ids.append(task.id)
                yield task
            self._by_name.setdefault(name, tuple(ids))

    def _named(
        self,
        task_id: str,
        base: str,
        fields: Mapping[str, object],
        values: MatrixValues,
    ) -> Task:
        if task_id in self._by_name:
            self._findings.add(
                ("tasks", base), f"two tasks have the id {task_id!r}", at_key=True
            )
        self._by_name[task_id] = (task_id,)
        if values:
            fields = {**fields, "matrix": values}
        return msgspec.structs.replace(_BLANK, id=task_id, base=base, **fields)

    def _fields(
        self,
        name: str,
        source: TaskSource,
        is_hook: bool,  # noqa: FBT001 -- private, one caller
    ) -> dict[str, object]:
        fault = name_fault(name)
        if fault:
            self._findings.add(("tasks", name), fault, at_key=True)
        raw = self._decoded.raw_tasks[name]
        draft = Draft(
            name,
            source,
            raw,
            kind=kind_of(raw),
            secrets=self._decoded.dag.secrets or {},
            pool=self._pool,
            findings=self._findings,
        )
        resolve_keys(draft)
        if is_hook:
            draft.fields["is_hook"] = True
            if draft.fields.get("on_failure") == name:
                del draft.fields["on_failure"]
        return draft.fields

    def _combinations(
        self, name: str, matrix: Mapping[str, tuple[Json, ...]]
    ) -> Iterator[MatrixValues]:
        path: Path = ("tasks", name, "matrix")
        fault = _matrix_fault(matrix)
        if fault:
            self._findings.add(path, fault)
            # One stand-in, so that the rest of the task is checked as well.
            yield tuple((key, "") for key in matrix)
            return
        plain: dict[str, list[Json]] = {}
        for key, values in matrix.items():
            plain[key] = []
            for position, value in enumerate(values):
                fault = _matrix_value_fault(value)
                if fault:
                    self._findings.add((*path, key, position), fault)
                else:
                    plain[key].append(plain_json(value))
        yield from combinations(plain)

    def _with_upstream(self, task: Task) -> Task:
        """Return the task with its dependencies as ids, without repeats."""
        depends_on = self._decoded.tasks[task.base].depends_on
        path: Path = ("tasks", task.base, "depends_on")
        found: dict[str, None] = {}
        for position, written in enumerate(texts(depends_on)):
            place = path if isinstance(depends_on, str) else (*path, position)
            name = self._rendered(written, task, place)
            ids = self._by_name.get(name)
            if ids is None:
                self._unknown(name, place, "there is no task {!r} to depend on")
            elif task.id in ids and not task.is_hook:
                self._findings.add(place, f"the task {task.base!r} depends on itself")
            else:
                found.update(dict.fromkeys(ids))
        return msgspec.structs.replace(task, upstream=tuple(found))

    def _rendered(self, written: str, task: Task, path: Path) -> str:
        if not is_template(written):
            return written
        try:
            return render_text(
                written, {**dict(task.matrix), "matrix": dict(task.matrix)}
            )
        except TemplateError as error:
            self._findings.add(path, f"{written!r}: {error}")
            return task.base if task.base in self._by_name else written

    def _unknown(self, name: str, path: Path, message: str) -> None:
        hint = self._findings.did_you_mean(name, self._by_name)
        self._findings.add(path, message.format(name), hint=hint)

    def _hook_ids(self, key: str) -> tuple[str, ...]:
        written = getattr(self._decoded.dag, key)
        ids: list[str] = []
        for position, name in enumerate(texts(written)):
            path: Path = (key,) if isinstance(written, str) else (key, position)
            if name in self._by_name:
                ids.extend(self._by_name[name])
            else:
                self._unknown(
                    name, path, f"{key} names the task {{!r}}, which is not there"
                )
        return tuple(dict.fromkeys(ids))


def _matrix_fault(matrix: Mapping[str, tuple[Json, ...]]) -> str:
    if not matrix:
        return "an empty matrix makes no task"
    for key, values in matrix.items():
        if not values:
            return f"the matrix has no values for {key!r}: it makes no task"
        if not is_register_name(key):
            return f"{key!r} cannot be a key of a matrix"
    count = combination_count(matrix)
    if count > MOST_COMBINATIONS:
        return f"the matrix makes {count:,} tasks; {MOST_COMBINATIONS:,} is the most"
    return ""


def _matrix_value_fault(value: Json) -> str:
    if isinstance(value, dict | list) or value is None:
        return "a value of a matrix is a text, a number, true or false"
    if isinstance(value, str) and not value.isprintable():
        return f"the matrix value {value!r} holds a character that does not print"
    try:
        plain_json(value)
    except ValueError as error:
        return str(error)
    return ""
