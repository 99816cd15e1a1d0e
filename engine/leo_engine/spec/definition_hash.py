"""What a task would do, as a hash: `resume` keeps a success while it stays the same."""

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from leo_engine.spec.model import Dag, Json, PythonCall, Task
from leo_engine.spec.task_texts import task_conditions, task_texts
from leo_engine.spec.template import mentioned, mentioned_in_condition

_ALL_PARAMS = "LEO_PARAM_"
"""A script that reads parameters from its environment may read any of them."""
_DIGEST_BYTES = 16
_COVERED = (
    "action",
    "base",
    "clean_env",
    "condition",
    "container",
    "dotenv",
    "env",
    "executor",
    "matrix",
    "output_schema",
    "register",
    "secrets",
    "working_dir",
)


def definition_hashes(dag: Dag, params: Mapping[str, Json]) -> dict[str, str]:
    """Return {task id: hex} over whatever would make the task do something else.

    That is its action and its surroundings, and the values of the parameters it
    mentions; not how it is scheduled, retried, named or limited. What is upstream is
    for the caller to combine.
    """
    hasher = _Hasher(dag, params)
    return {task.id: hasher.digest(task) for task in dag.tasks}


class _Hasher:
    """Hashes the tasks of one DAG; what they share is encoded once."""

    def __init__(self, dag: Dag, params: Mapping[str, Json]) -> None:
        self._params = params
        env_names = {name for _, text in dag.env for name in _params_in(text)}
        mentioned_by_env = {name: params[name] for name in env_names if name in params}
        self._shared = msgspec.json.encode(
            [dag.env, dag.dotenv, mentioned_by_env], order="deterministic"
        )

    def digest(self, task: Task) -> str:
        covered = {field: getattr(task, field) for field in _COVERED}
        text = msgspec.json.encode(
            [covered, self._params_of(task)], order="deterministic"
        )
        digest = hashlib.blake2b(self._shared, digest_size=_DIGEST_BYTES)
        digest.update(text)
        return digest.hexdigest()

    def _params_of(self, task: Task) -> Mapping[str, Json]:
        if not self._params:
            return {}
        names: set[str] = set()
        for text in _texts(task):
            if _ALL_PARAMS in text:
                return self._params
            names |= _params_in(text)
        for condition in task_conditions(task):
            mentions = mentioned_in_condition(condition)
            names |= mentions.names | mentions.dotted | mentions.params
        if "params" in names:
            return self._params
        return {name: self._params[name] for name in names if name in self._params}


def _params_in(text: str) -> set[str]:
    mentions = mentioned(text)
    names = mentions.names | mentions.dotted | mentions.params
    if mentions.params and "params" in names:
        return set(names - {"params"})
    return set(names)


def _texts(task: Task) -> Iterator[str]:
    """Yield every text that decides which parameters a task reads."""
    yield from task_texts(task)
    if isinstance(task.action, PythonCall):
        # The callable sees its environment, and so every parameter.
        yield _ALL_PARAMS
