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
    """Yield every text of a task that may be a template; its condition is none."""
    yield from _action_texts(task.action)
    yield task.working_dir
    for _, text in task.env:
        yield text
    yield from _json_texts(task.container)


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
            yield from _json_texts(msgspec.json.decode(options))
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
