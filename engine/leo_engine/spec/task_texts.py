"""The texts of a task that may be templates, wherever in it they stand."""

from collections.abc import Iterator

import msgspec

from leo_engine.spec.model import (
    Action,
    Approval,
    Argv,
    HttpCall,
    Json,
    PythonCall,
    Shell,
    SubDag,
    Task,
)


def task_texts(task: Task) -> Iterator[str]:
    """Yield every text of a task that may be a template; its conditions are none."""
    yield from _action_texts(task.action)
    yield task.working_dir
    for _, text in task.env:
        yield text
    yield from _json_texts(task.container)


def task_conditions(task: Task) -> Iterator[str]:
    """Yield the conditions of a task: its `if`, and what a poll waits for."""
    if task.condition:
        yield task.condition
    if isinstance(task.action, HttpCall) and b'"poll"' in bytes(task.action.options):
        poll = msgspec.json.decode(task.action.options, type=_Polling).poll
        if poll is not None:
            yield poll.until


class _Poll(msgspec.Struct):
    until: str


class _Polling(msgspec.Struct):
    """What of an `http` table matters here."""

    poll: _Poll | None = None


def _without_until(options: msgspec.Raw) -> Json:
    table = msgspec.json.decode(options, type=dict[str, Json])
    table.pop("poll", None)
    return table


def _action_texts(action: Action) -> Iterator[str]:
    match action:
        case Shell(script):
            yield script
        case Argv(arguments):
            yield from arguments
        case PythonCall(_, arguments, venv):
            yield from _json_texts(msgspec.json.decode(arguments))
            yield venv
        case HttpCall(options):
            yield from _json_texts(_without_until(options))
        case SubDag(_, params):
            yield from _json_texts(msgspec.json.decode(params))
        case Approval(prompt):
            yield prompt


def _json_texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _json_texts(item)
        case list():
            for item in value:
                yield from _json_texts(item)
