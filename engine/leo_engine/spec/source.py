"""A DAG file as the user writes it: every key, its type, nothing resolved yet.

These structs are the one list of keys. Decoding, the messages about wrong keys and the
JSON Schema all come from them.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from leo_engine.spec.model import (
    FailurePolicy,
    Json,
    Overlap,
    SkipMode,
    TriggerRule,
)
from leo_engine.spec.source_executors import (
    Count,
    DockerSource,
    Duration,
    HttpSource,
    KubernetesSource,
    PositiveCount,
    Scalar,
    Size,
    Table,
)


class TaskType(StrEnum):
    """What a task is for."""

    NORMAL = "normal"
    FORENSIC = "forensic"
    """Runs only when something failed; outside the totals."""


class ExecutorChoice(StrEnum):
    """Executors that a file may name."""

    SUBPROCESS = "subprocess"
    DOCKER = "docker"
    KUBERNETES = "kubernetes"
    HTTP = "http"


class ParamType(StrEnum):
    """Types of a parameter."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"


class BackoffSource(Table, frozen=True):
    """How the pause before a retry grows."""

    factor: Annotated[float, Meta(ge=1)] | None = None
    max: Duration | None = None
    jitter: Annotated[float, Meta(ge=0, le=1)] | None = None


class RetryOnSource(Table, frozen=True):
    """Which failures are worth another attempt."""

    exit_codes: tuple[Annotated[int, Meta(ge=0, le=255)], ...] | None = None
    timeout: bool | None = None
    signals: bool | None = None


class ParamSource(Table, frozen=True):
    """A parameter written as a table."""

    type: ParamType | None = None
    default: Json = None
    required: bool | None = None
    enum: tuple[Json, ...] | None = None
    pattern: str | None = None
    """Regular expression that the whole text must match."""
    description: str | None = None


class TaskSource(Table, frozen=True):
    """One task; `[defaults]` has the same keys."""

    cmd: str | tuple[str | int | float, ...] | None = None
    """A string is a shell command, a list is a program and its arguments."""
    python: str | None = None
    """`module:callable`, run by an interpreter of its own."""
    http: HttpSource | None = None
    dag: str | None = None
    """Name of another DAG of the folder."""
    approval: str | None = None
    """A question that a person answers."""
    with_: dict[str, Json] | None = field(default=None, name="with")
    """Arguments of `python` or parameters of `dag`."""
    venv: str | None = None
    executor: ExecutorChoice | None = None
    image: str | None = None
    docker: DockerSource | None = None
    kubernetes: KubernetesSource | None = None
    name: str | None = None
    """Title."""
    description: str | None = None
    type: TaskType | None = None
    depends_on: str | tuple[str, ...] | None = None
    if_: str | bool | None = field(default=None, name="if")
    skip: SkipMode | None = None
    trigger_rule: TriggerRule | None = None
    matrix: dict[str, tuple[Json, ...]] | None = None
    register: str | None = None
    """Variable that receives the last non-blank line of stdout."""
    retries: Count | None = None
    retry_delay: Duration | None = None
    backoff: BackoffSource | None = None
    retry_on: RetryOnSource | None = None
    timeout: Duration | None = None
    grace: Duration | None = None
    """Between asking an attempt to stop and killing it."""
    ignore_failure: bool | None = None
    on_failure: str | None = None
    pool: str | None = None
    pool_slots: PositiveCount | None = None
    memory: Size | None = None
    """Free memory to wait for before a start."""
    estimate: Duration | None = None
    priority: int | None = None
    env: dict[str, Scalar] | None = None
    clean_env: bool | None = None
    dotenv: str | tuple[str, ...] | None = None
    secrets: tuple[str, ...] | dict[str, str] | None = None
    working_dir: str | None = None
    output_schema: dict[str, Json] | None = None
    log_max: Size | None = None


class DagSource(Table, frozen=True):
    """A whole file."""

    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    schedule: str | tuple[str, ...] | None = None
    timezone: str | None = None
    catchup: Duration | None = None
    overlap: Overlap | None = None
    max_parallel: PositiveCount | None = None
    max_active_runs: PositiveCount | None = None
    timeout: Duration | None = None
    failure_policy: FailurePolicy | None = None
    on_failure: str | tuple[str, ...] | None = None
    on_success: str | tuple[str, ...] | None = None
    on_exit: str | tuple[str, ...] | None = None
    pools: dict[str, PositiveCount] | None = None
    params: dict[str, Json] | None = None
    """A bare value is a default, a table is a `ParamSource`."""
    env: dict[str, Scalar] | None = None
    dotenv: str | tuple[str, ...] | None = None
    secrets: dict[str, str] | None = None
    """`NAME = "env:VARIABLE"` or `"file:PATH"`, for tasks to name."""
    defaults: TaskSource | None = None
    tasks: dict[str, TaskSource] | None = None
