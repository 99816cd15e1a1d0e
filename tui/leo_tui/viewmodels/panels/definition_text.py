"""What a task is defined to do, in words: its action, its retries, its surroundings.

Texts are as the file has them, templates not filled in, and not sanitised yet. Of a
secret there is a name and a source, never a value.
"""

import json
import shlex
from collections.abc import Iterator

import msgspec

from leo_engine.spec.model import (
    Action,
    Approval,
    Argv,
    Dag,
    HttpCall,
    Json,
    PythonCall,
    RetryPolicy,
    Shell,
    SkipMode,
    SubDag,
    Task,
    TriggerRule,
)
from leo_tui.theme import words
from leo_tui.units import clock, counted, size


def action_text(action: Action) -> tuple[str, str]:
    """Return what kind of action it is, and the action itself; may have many lines."""
    match action:
        case Shell(script=script):
            return "shell", script
        case Argv(arguments=arguments):
            return "command", shlex.join(arguments) or "the image's own command"
        case PythonCall(target=target, arguments=arguments, venv=venv):
            place = f"\nvenv {venv}" if venv else ""
            return "python", f"{target}{_arguments(arguments)}{place}"
        case HttpCall(options=options):
            return "http", _json_text(options)
        case SubDag(dag=dag, params=params):
            return "sub-DAG", f"{dag}{_arguments(params)}"
        case Approval(prompt=prompt):
            return "approval", prompt


def retry_text(policy: RetryPolicy) -> str:
    """Return `2 retries, after 10.0s x2 up to 5:00, on exit 1, 75`."""
    if not policy.retries:
        return "none"
    parts = [counted(policy.retries, "retry").replace("retrys", "retries")]
    if policy.delay_ms:
        parts.append(_delay(policy))
    chosen = policy.retry_on
    if chosen.exit_codes is not None:
        codes = ", ".join(str(code) for code in chosen.exit_codes)
        parts.append(f"on exit {codes or 'none'}")
    parts += [] if chosen.timeout else ["not after a timeout"]
    parts += [] if chosen.signals else ["not after a signal"]
    return ", ".join(parts)


def _delay(policy: RetryPolicy) -> str:
    backoff = policy.backoff
    text = f"after {clock(policy.delay_ms)}"
    if backoff.factor != 1:
        text += f" x{backoff.factor:g}"
    if backoff.max_ms is not None:
        text += f" up to {clock(backoff.max_ms)}"
    return text + (f" ±{backoff.jitter:.0%}" if backoff.jitter else "")


def conditions(task: Task) -> Iterator[tuple[str, str]]:
    """Yield what decides whether and when the task runs, as labels and texts."""
    if task.trigger_rule is not TriggerRule.ALL_SUCCESS:
        yield "trigger rule", words(task.trigger_rule)
    if task.condition:
        then = "" if task.skip is SkipMode.SELF else " (else downstream is skipped too)"
        yield "if", task.condition + then
    yield "matrix", ", ".join(f"{key}={_plain(value)}" for key, value in task.matrix)
    yield "retries", retry_text(task.retry)
    yield "timeout", "none" if task.timeout_ms is None else clock(task.timeout_ms)
    yield "grace", clock(task.grace_ms)
    if task.pool:
        yield "pool", f"{task.pool}, {counted(task.pool_slots, 'slot')} of it"
    if task.memory_bytes:
        yield "memory", f"starts with {size(task.memory_bytes)} free"
    if task.priority:
        yield "priority", str(task.priority)
    if task.ignore_failure:
        yield "on failure", "counts as a success"
    if task.on_failure:
        yield "on failure", f"starts {task.on_failure}"


def surroundings(task: Task, dag: Dag) -> Iterator[tuple[str, str]]:
    """Yield where the task runs and what it sees there, secrets aside."""
    yield "executor", task.executor.value
    yield "container", "" if task.container is None else _plain(task.container)
    yield "folder", task.working_dir or "that of the file"
    yield "dotenv", ", ".join((*dag.dotenv, *task.dotenv))
    if task.clean_env:
        yield "environment", "empty but for the following"
    own = dict(task.env)
    for name, value in {**dict(dag.env), **own}.items():
        yield "env", f"{name}={value}" + ("" if name in own else " (of the DAG)")
    for secret in task.secrets:
        yield "secret", f"{secret.name} from {secret.source}"
    if task.register:
        yield "register", task.register
    if task.log_max_bytes is not None:
        yield "log limit", size(task.log_max_bytes)


def _arguments(raw: msgspec.Raw) -> str:
    text = _json_text(raw)
    return "" if text == "{}" else f"\n{text}"


def _json_text(raw: msgspec.Raw) -> str:
    value: Json = msgspec.json.decode(raw)
    return json.dumps(value, ensure_ascii=False, indent=2)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
