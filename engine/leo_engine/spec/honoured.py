"""Which keys of a task each kind of task can honour; any other is refused."""

from collections.abc import Mapping
from enum import StrEnum

from leo_engine.spec.model import ExecutorName, Json

ACTION_KEYS = ("cmd", "python", "http", "dag", "approval")
"""Exactly one of them makes the task's action."""


class TaskKind(StrEnum):
    """What decides which keys make sense, as a message would name it."""

    SUBPROCESS = "a task in a subprocess"
    PYTHON = "a Python task"
    DOCKER = "a task in Docker"
    KUBERNETES = "a task in Kubernetes"
    HTTP = "an HTTP task"
    SUB_DAG = "a sub-DAG"
    APPROVAL = "an approval"


_ANYWHERE = frozenset(
    [
        "name",
        "description",
        "type",
        "depends_on",
        "if",
        "skip",
        "trigger_rule",
        "matrix",
        "ignore_failure",
        "on_failure",
        "estimate",
        "priority",
        "timeout",
        "executor",
    ]
)
_RETRIED = frozenset(["retries", "retry_delay", "backoff", "retry_on"])
_LIMITED = frozenset(("pool", "pool_slots"))
_WITH_OUTPUT = frozenset(("register", "output_schema", "log_max"))
_PROCESS = frozenset(
    [
        "env",
        "clean_env",
        "dotenv",
        "secrets",
        "working_dir",
        "grace",
    ]
)
_ATTEMPTED = _ANYWHERE | _RETRIED | _LIMITED | _WITH_OUTPUT

HONOURED: Mapping[TaskKind, frozenset[str]] = {
    TaskKind.SUBPROCESS: _ATTEMPTED | _PROCESS | {"cmd", "memory"},
    TaskKind.PYTHON: _ATTEMPTED | _PROCESS | {"python", "with", "venv", "memory"},
    TaskKind.DOCKER: _ATTEMPTED | _PROCESS | {"cmd", "image", "docker", "memory"},
    TaskKind.KUBERNETES: _ATTEMPTED | _PROCESS | {"cmd", "image", "kubernetes"},
    TaskKind.HTTP: _ATTEMPTED | {"http", "env", "dotenv", "secrets"},
    TaskKind.SUB_DAG: _ANYWHERE | _RETRIED | {"dag", "with"},
    TaskKind.APPROVAL: _ANYWHERE | {"approval"},
}

EXECUTORS: Mapping[TaskKind, ExecutorName] = {
    TaskKind.SUBPROCESS: ExecutorName.SUBPROCESS,
    TaskKind.PYTHON: ExecutorName.SUBPROCESS,
    TaskKind.DOCKER: ExecutorName.DOCKER,
    TaskKind.KUBERNETES: ExecutorName.KUBERNETES,
    TaskKind.HTTP: ExecutorName.HTTP,
    TaskKind.SUB_DAG: ExecutorName.ENGINE,
    TaskKind.APPROVAL: ExecutorName.ENGINE,
}

_BY_NAME = {
    "subprocess": TaskKind.SUBPROCESS,
    "docker": TaskKind.DOCKER,
    "kubernetes": TaskKind.KUBERNETES,
    "http": TaskKind.HTTP,
}


_TABLES = frozenset(("docker", "kubernetes"))
_BY_KEY = {
    "approval": TaskKind.APPROVAL,
    "dag": TaskKind.SUB_DAG,
    "http": TaskKind.HTTP,
    "python": TaskKind.PYTHON,
    "kubernetes": TaskKind.KUBERNETES,
    "image": TaskKind.DOCKER,
    "docker": TaskKind.DOCKER,
}


def kind_of(task: Mapping[str, Json]) -> TaskKind:
    """Return the kind of a task as written: by its action, `executor`, its tables."""
    for key in ("approval", "dag"):
        if task.get(key) is not None:
            return _BY_KEY[key]
    named = _BY_NAME.get(str(task.get("executor")))
    if named is TaskKind.SUBPROCESS and task.get("python") is not None:
        return TaskKind.PYTHON
    if named is not None:
        return named
    for key, kind in _BY_KEY.items():
        if task.get(key) is not None:
            return kind
    return TaskKind.SUBPROCESS


def merge_defaults(
    defaults: Mapping[str, Json], task: Mapping[str, Json]
) -> dict[str, Json]:
    """Return a task over `[defaults]`; tables in both are merged key by key.

    A default that the kind of the task cannot honour is left out: a default says how
    things are done, not that they must be.
    """
    has_action = any(key in task for key in ACTION_KEYS)
    usable = {
        key: value
        for key, value in defaults.items()
        if not (has_action and key in ACTION_KEYS)
    }
    # How containers are made, by default, does not yet make every task one.
    deciding = {key: value for key, value in usable.items() if key not in _TABLES}
    honoured = HONOURED[kind_of({**deciding, **task})]
    usable = {key: value for key, value in usable.items() if key in honoured}
    return _merge(usable, task)


def _merge(lower: Mapping[str, Json], upper: Mapping[str, Json]) -> dict[str, Json]:
    merged = {**lower, **upper}
    for key in lower.keys() & upper.keys():
        below, above = lower[key], upper[key]
        if isinstance(below, dict) and isinstance(above, dict):
            merged[key] = _merge(below, above)
    return merged


def where_honoured(key: str) -> str:
    """Say which kinds of tasks take a key: `only a task in Docker takes it`."""
    takers = [str(kind) for kind in TaskKind if key in HONOURED[kind]]
    return f"only {' or '.join(takers)} takes it"
