"""A DAG as the engine runs it: defaults merged, matrix expanded, durations in ms.

`spec.source` holds what the user wrote; `spec.resolve` turns that into these. Strings
that may hold a template keep it: rendering happens just before an attempt. Everything
is frozen, hashable where it can be, and free of I/O.

Stored DAGs leave out what is at its default: a default must never change. None of these
can be part of a reference cycle, so the garbage collector need not look at them.
"""

from enum import StrEnum

import msgspec

Json = object
"""A value that came from JSON, TOML or YAML and is not looked into."""


class Plain(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of everything a DAG is made of."""


class TriggerRule(StrEnum):
    """When a task may start, in terms of its upstream.

    The values are stored; never rename them.
    """

    ALL_SUCCESS = "all_success"
    ALL_FAILED = "all_failed"
    ALL_DONE = "all_done"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    NONE_FAILED = "none_failed"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    ALWAYS = "always"


class FailurePolicy(StrEnum):
    """What the first failed task means for the rest of the run."""

    CONTINUE = "continue"
    """Everything that can still run, runs."""
    DRAIN = "drain"
    """Nothing new starts; what runs may end."""
    ABORT = "abort"
    """Nothing new starts; what runs is stopped."""


class SkipMode(StrEnum):
    """What a task skipped by its own `if` does to its dependents."""

    SELF = "self"
    """It satisfies them, as a success would."""
    DOWNSTREAM = "downstream"
    """They are skipped as well."""


class Overlap(StrEnum):
    """What a scheduled start does while an earlier run of the DAG is under way."""

    SKIP = "skip"
    QUEUE = "queue"
    ALLOW = "allow"


class ExecutorName(StrEnum):
    """Where an attempt runs."""

    SUBPROCESS = "subprocess"
    DOCKER = "docker"
    KUBERNETES = "kubernetes"
    HTTP = "http"
    ENGINE = "engine"
    """Inside the engine itself: sub-DAGs and approvals. Never written by a user."""


class Shell(Plain, frozen=True, tag="shell"):
    """A string for `/bin/sh -c`; values are quoted for the place they stand in."""

    script: str


class Argv(Plain, frozen=True, tag="argv"):
    """A program and its arguments, each a template of its own; no shell is involved."""

    arguments: tuple[str, ...]


class PythonCall(Plain, frozen=True, tag="python"):
    """`module:callable`, or `file.py:callable`, in an interpreter of its own."""

    target: str
    arguments: msgspec.Raw = msgspec.Raw(b"{}")
    """The `with` table as JSON; its strings are templates."""
    venv: str = ""
    """Template; relative to the DAG file's folder; empty: the engine's interpreter."""
    sources: tuple[tuple[str, str], ...] = ()
    """(path, hex digest) of each file of the DAG's folder that its import reads."""


class HttpCall(Plain, frozen=True, tag="http"):
    """One HTTP request; `options` is the task's `http` table as JSON."""

    options: msgspec.Raw


class SubDag(Plain, frozen=True, tag="dag"):
    """Another DAG of the same folder, run as a run of its own."""

    dag: str
    params: msgspec.Raw = msgspec.Raw(b"{}")
    """The `with` table as JSON; its strings are templates."""


class Approval(Plain, frozen=True, tag="approval"):
    """A question to a person; the task ends with the answer."""

    prompt: str


Action = Shell | Argv | PythonCall | HttpCall | SubDag | Approval


class Backoff(Plain, frozen=True):
    """How the pause before a retry grows.

    It is `delay * factor ** (n - 1)`, at most `max_ms`, plus or minus `jitter`.
    """

    factor: float = 1.0
    max_ms: int | None = None
    jitter: float = 0.0
    """Share of the delay, 0 to 1, by which the shell may change it either way."""


class RetryOn(Plain, frozen=True):
    """Which failures are worth another attempt; with none given, every one is."""

    exit_codes: tuple[int, ...] | None = None
    timeout: bool = True
    signals: bool = True


class RetryPolicy(Plain, frozen=True):
    """How often and how soon a failed task is tried again."""

    retries: int = 0
    """Attempts after the first one."""
    delay_ms: int = 0
    backoff: Backoff = Backoff()
    retry_on: RetryOn = RetryOn()


NO_RETRY = RetryPolicy()


class Secret(Plain, frozen=True):
    """Where a secret's value comes from; the value itself is never part of a spec."""

    name: str
    """Environment variable under which the task sees it."""
    source: str
    """`env:NAME` or `file:PATH`."""


class Task(Plain, frozen=True, kw_only=True):
    """One task, after matrix expansion."""

    id: str
    """`load` or `load[shard=a]`."""
    base: str
    """The name it was declared under: `load`."""
    action: Action
    upstream: tuple[str, ...] = ()
    """Ids it depends on, in the order of declaration, without repeats."""
    executor: ExecutorName = ExecutorName.SUBPROCESS
    is_hook: bool = False
    """Forensic, or named by on_failure / on_success / on_exit: outside the totals,
    started only when called for."""
    title: str = ""
    """The `name` key: how it is shown. Empty: the id."""
    description: str = ""
    matrix: tuple[tuple[str, Json], ...] = ()
    """Its matrix values, for example `(("shard", "a"),)`; its templates see them."""
    condition: str = ""
    """A Jinja2 expression; empty: always true."""
    skip: SkipMode = SkipMode.SELF
    trigger_rule: TriggerRule = TriggerRule.ALL_SUCCESS
    register: str = ""
    """Variable that receives the last non-blank line of stdout; empty: none."""
    retry: RetryPolicy = NO_RETRY
    timeout_ms: int | None = None
    """For one attempt."""
    grace_ms: int = 10_000
    """Between TERM and KILL when an attempt is stopped."""
    ignore_failure: bool = False
    """A failure counts as success for the dependents and for the run."""
    on_failure: str = ""
    """Id of the hook to start when this task has failed for good."""
    pool: str = ""
    pool_slots: int = 1
    memory_bytes: int = 0
    """Free memory to wait for before a start; 0: do not look."""
    estimate_ms: int | None = None
    """Expected duration, used until runs of this DAG have taught better."""
    priority: int = 0
    """Ties of the critical path are broken by it; larger first."""
    env: tuple[tuple[str, str], ...] = ()
    """The task's own variables over those of the DAG; values are templates."""
    clean_env: bool = False
    """Start from an empty environment instead of the caller's."""
    dotenv: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    working_dir: str = ""
    """Template; relative to the DAG file's folder; empty: that folder."""
    output_schema: Json = None
    """JSON Schema that the task's output must satisfy; None: any."""
    log_max_bytes: int | None = None
    container: Json = None
    """`image`, `docker` and `kubernetes` of the task as one table, its texts templates;
    None: it runs in no container."""


class Param(Plain, frozen=True, kw_only=True):
    """A parameter of a DAG."""

    name: str
    type: str = "string"
    """string, integer, number, boolean, array or object."""
    default: Json = None
    has_default: bool = False
    required: bool = False
    enum: tuple[Json, ...] = ()
    pattern: str = ""
    """Regular expression the whole text must match."""
    description: str = ""


class Dag(Plain, frozen=True, kw_only=True):
    """One DAG, whole and valid: every dependency exists, no cycles, templates parse."""

    name: str
    tasks: tuple[Task, ...]
    """In order of declaration, matrix siblings side by side; hooks included."""
    description: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    dotenv: tuple[str, ...] = ()
    pools: tuple[tuple[str, int], ...] = ()
    max_parallel: int | None = None
    max_active_runs: int = 1
    timeout_ms: int | None = None
    failure_policy: FailurePolicy = FailurePolicy.CONTINUE
    on_failure: tuple[str, ...] = ()
    on_success: tuple[str, ...] = ()
    on_exit: tuple[str, ...] = ()
    schedule: tuple[str, ...] = ()
    timezone: str = ""
    catchup_ms: int | None = None
    overlap: Overlap = Overlap.SKIP
