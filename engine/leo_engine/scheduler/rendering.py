"""The templates of an attempt, filled in just before it begins."""

from collections.abc import Callable, Mapping
from typing import assert_never

import msgspec

from leo_engine.scheduler.http_call import rendered_request
from leo_engine.spec.model import (
    Action,
    Approval,
    Argv,
    HttpCall,
    Json,
    PythonCall,
    Shell,
    SubDag,
)
from leo_engine.spec.template import (
    is_template,
    render_json,
    render_shell,
    render_text,
)

Variables = Callable[[], Mapping[str, Json]]
"""Works out the values for templates; asked only when there is a template."""


def rendered(action: Action, variables: Variables) -> Action:
    """Return an action with its templates filled in.

    Raises:
        TemplateError: a template fails.
    """
    match action:
        case Shell(script) if is_template(script):
            return Shell(render_shell(script, variables()))
        case Argv(arguments):
            return Argv(
                tuple(rendered_text(argument, variables) for argument in arguments)
            )
        case PythonCall(target, arguments, venv, sources):
            filled = render_json(arguments, variables())
            return PythonCall(target, filled, rendered_text(venv, variables), sources)
        case HttpCall(options):
            return HttpCall(rendered_request(options, variables()))
        case SubDag(dag, params):
            return SubDag(dag, render_json(params, variables()))
        case Shell() | Approval():
            return action
        case _:
            assert_never(action)


def rendered_table(table: Json, variables: Variables) -> Json:
    """Return a table with the templates in its texts filled in; None stays None."""
    if table is None:
        return None
    filled = render_json(msgspec.Raw(msgspec.json.encode(table)), variables())
    return msgspec.json.decode(filled)


def rendered_text(text: str, variables: Variables) -> str:
    """Return a text with its template, if it is one, filled in."""
    return render_text(text, variables()) if is_template(text) else text
