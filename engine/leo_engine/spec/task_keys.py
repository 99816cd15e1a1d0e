"""What each key of a task means for the model: one function per key, run when set.

Resolving costs what is written, not what could be: most tasks have two keys of forty.
"""

from collections.abc import Callable, Mapping

from leo_engine.spec.actions import resolve_action
from leo_engine.spec.draft import (
    Draft,
    duration_ms,
    environment,
    plain,
    size_bytes,
    texts,
)
from leo_engine.spec.honoured import EXECUTORS, HONOURED, TaskKind, where_honoured
from leo_engine.spec.model import (
    NO_RETRY,
    Backoff,
    ExecutorName,
    Json,
    RetryOn,
    RetryPolicy,
    Secret,
)
from leo_engine.spec.names import environment_fault, is_register_name
from leo_engine.spec.source import TaskSource
from leo_engine.spec.text_place import Path
from leo_engine.spec.value_text import value_text

_RETRY_KEYS = frozenset(("retries", "retry_delay", "backoff", "retry_on"))
_CONTAINER_KEYS = ("image", "docker", "kubernetes")
_SIZES_IN_CONTAINER = ("memory", "shm_size")
_DURATIONS_IN_CONTAINER = ("startup_headroom", "image_pull_grace")
_IN_CONTAINER = frozenset((TaskKind.DOCKER, TaskKind.KUBERNETES))
_SECRET_SOURCES = ("env:", "file:")


def resolve_keys(draft: Draft) -> None:
    """Fill in the fields of a draft, all but its id, upstream and matrix values."""
    source, raw = draft.source, draft.raw
    honoured = HONOURED[draft.kind]
    for key, value in raw.items():
        if value is None:
            continue
        if key not in honoured:
            _refuse_key(draft, key)
        resolve = _RESOLVERS.get(key)
        if resolve is not None:
            resolve(draft, source)
    draft.fields["action"] = resolve_action(draft)
    executor = EXECUTORS[draft.kind]
    if executor is not ExecutorName.SUBPROCESS:
        draft.fields["executor"] = executor
    if not _RETRY_KEYS.isdisjoint(raw):
        draft.fields["retry"] = draft.pool.share(_retry_policy(draft, source))
    if draft.kind in _IN_CONTAINER:
        draft.fields["container"] = _container(draft)


def _refuse_key(draft: Draft, key: str) -> None:
    draft.findings.add(
        (*draft.path, key),
        f"{draft.kind} cannot honour {key!r}",
        hint=where_honoured(key),
        at_key=True,
    )


def _copied(field: str) -> Callable[[Draft, TaskSource], None]:
    def resolve(draft: Draft, source: TaskSource) -> None:
        draft.fields[_MODEL_NAMES.get(field, field)] = getattr(source, field)

    return resolve


def _printed(field: str) -> Callable[[Draft, TaskSource], None]:
    def resolve(draft: Draft, source: TaskSource) -> None:
        text: str = getattr(source, field)
        draft.fields[_MODEL_NAMES.get(field, field)] = draft.text(field, text)

    return resolve


def _duration(field: str) -> Callable[[Draft, TaskSource], None]:
    def resolve(draft: Draft, source: TaskSource) -> None:
        written: str | float | None = getattr(source, field)
        duration = duration_ms(written, (*draft.path, field), draft.findings)
        if duration is not None:
            draft.fields[f"{field}_ms"] = duration

    return resolve


def _size(field: str) -> Callable[[Draft, TaskSource], None]:
    def resolve(draft: Draft, source: TaskSource) -> None:
        written: str | float | None = getattr(source, field)
        size = size_bytes(written, (*draft.path, field), draft.findings)
        if size is not None:
            draft.fields[f"{field}_bytes"] = size

    return resolve


def _timeout(draft: Draft, source: TaskSource) -> None:
    """Take `timeout`; zero, as in wf, means that there is none."""
    path = (*draft.path, "timeout")
    draft.fields["timeout_ms"] = (
        duration_ms(source.timeout, path, draft.findings) or None
    )


def _condition(draft: Draft, source: TaskSource) -> None:
    written = source.if_
    if isinstance(written, bool):
        draft.fields["condition"] = value_text(written)
    elif written is not None:
        draft.fields["condition"] = draft.text("if", written.strip())


def _register(draft: Draft, source: TaskSource) -> None:
    name = source.register or ""
    if not is_register_name(name):
        draft.fault("register", f"{name!r} cannot be the name of a variable")
    draft.fields["register"] = name


def _env(draft: Draft, source: TaskSource) -> None:
    pairs = environment(source.env or {}, (*draft.path, "env"), draft.findings)
    draft.fields["env"] = draft.pool.share(pairs)


def _dotenv(draft: Draft, source: TaskSource) -> None:
    paths = tuple(draft.text("dotenv", path) for path in texts(source.dotenv))
    draft.fields["dotenv"] = draft.pool.share(paths)


def _secrets(draft: Draft, source: TaskSource) -> None:
    written = source.secrets or ()
    path = (*draft.path, "secrets")
    if isinstance(written, dict):
        check_secrets(written, path, draft)
        secrets = written
    else:
        secrets = {}
        for position, name in enumerate(written):
            if name in draft.secrets:
                secrets[name] = draft.secrets[name]
                continue
            draft.findings.add(
                (*path, position),
                f"no secret {name!r} is declared",
                hint=draft.findings.did_you_mean(name, draft.secrets)
                or "declare it in a [secrets] table",
            )
    pairs = tuple(Secret(name, where) for name, where in secrets.items())
    draft.fields["secrets"] = draft.pool.share(pairs)


def check_secrets(written: Mapping[str, str], path: Path, draft: Draft) -> None:
    """Record what is wrong with a table of secrets."""
    for name, where in written.items():
        fault = secret_fault(name, where)
        if fault:
            draft.findings.add((*path, name), fault)


def secret_fault(name: str, where: str) -> str:
    """Say what is wrong with one declared secret; nothing when it is fine."""
    fault = environment_fault(name)
    if fault:
        return fault
    if not where.startswith(_SECRET_SOURCES) or where in _SECRET_SOURCES:
        return f"a secret is 'env:NAME' or 'file:PATH', not {where!r}"
    return ""


def _output_schema(draft: Draft, source: TaskSource) -> None:
    schema = plain(source.output_schema, (*draft.path, "output_schema"), draft.findings)
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 -- heavy, and few tasks have a schema

    try:
        Draft202012Validator.check_schema(schema if isinstance(schema, dict) else {})
    except SchemaError as error:
        draft.fault("output_schema", f"not a JSON Schema: {error.message}")
    draft.fields["output_schema"] = schema


def _retry_policy(draft: Draft, source: TaskSource) -> RetryPolicy:
    path, findings = draft.path, draft.findings
    backoff, retry_on = Backoff(), RetryOn()
    if source.backoff is not None:
        backoff = Backoff(
            factor=source.backoff.factor or 1.0,
            max_ms=duration_ms(source.backoff.max, (*path, "backoff", "max"), findings),
            jitter=source.backoff.jitter or 0.0,
        )
    if source.retry_on is not None:
        retry_on = RetryOn(
            exit_codes=source.retry_on.exit_codes,
            timeout=source.retry_on.timeout is not False,
            signals=source.retry_on.signals is not False,
        )
    delay = duration_ms(source.retry_delay, (*path, "retry_delay"), findings)
    policy = RetryPolicy(source.retries or 0, delay or 0, backoff, retry_on)
    return NO_RETRY if policy == NO_RETRY else policy


def _container(draft: Draft) -> Json:
    if not draft.source.image:
        message = f"{draft.kind} needs an 'image'"
        draft.findings.add(draft.path, message, at_key=True)
    options: dict[str, Json] = {}
    for key in _CONTAINER_KEYS:
        value = draft.raw.get(key)
        if isinstance(value, dict):
            value = _measured(draft, key, value)
            _check_secret_files(draft, value.get("secret_files"))
        if value is not None:
            options[key] = value
    return plain(options, draft.path, draft.findings)


def _check_secret_files(draft: Draft, written: Json) -> None:
    declared = draft.source.secrets or ()
    for name, file in written.items() if isinstance(written, dict) else ():
        path = (*draft.path, "docker", "secret_files", name)
        if name not in declared:
            message = f"the task has no secret {name!r}"
            draft.findings.add(path, message, hint="name it in 'secrets'", at_key=True)
        if not str(file).startswith("/"):
            draft.findings.add(path, f"{file!r} is not an absolute path")


def _measured(draft: Draft, key: str, table: Mapping[str, Json]) -> dict[str, Json]:
    """Return a container's table, sizes and durations as numbers, unit in the key."""
    options = {name: value for name, value in table.items() if value is not None}
    path = (*draft.path, key)
    for name in _SIZES_IN_CONTAINER:
        size = options.pop(name, None)
        if isinstance(size, str | int | float):
            options[f"{name}_bytes"] = size_bytes(size, (*path, name), draft.findings)
    for name in _DURATIONS_IN_CONTAINER:
        wait = options.pop(name, None)
        if isinstance(wait, str | int | float):
            options[f"{name}_ms"] = duration_ms(wait, (*path, name), draft.findings)
    return options


_MODEL_NAMES = {"name": "title"}
_RESOLVERS: Mapping[str, Callable[[Draft, TaskSource], None]] = {
    **{
        key: _copied(key)
        for key in (
            "skip",
            "trigger_rule",
            "ignore_failure",
            "on_failure",
            "pool",
            "pool_slots",
            "priority",
            "clean_env",
        )
    },
    **{key: _printed(key) for key in ("name", "description", "working_dir")},
    "estimate": _duration("estimate"),
    "grace": _duration("grace"),
    "memory": _size("memory"),
    "log_max": _size("log_max"),
    "timeout": _timeout,
    "if": _condition,
    "register": _register,
    "env": _env,
    "dotenv": _dotenv,
    "secrets": _secrets,
    "output_schema": _output_schema,
}
