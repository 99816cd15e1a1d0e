"""The form for a start with options: what can be filled in, and what was."""

import json
import re
from collections.abc import Container, Mapping
from enum import StrEnum
from typing import NamedTuple

from leo_engine.errors import SpecValidationError
from leo_engine.spec.model import Dag, Json, Param
from leo_engine.spec.params import bind_params
from leo_engine.spec.part import Part
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

_PARTS = re.compile(r"[^\s,\[]+(?:\[[^\]]*\])?")
"""An id: a name, and what stands in brackets behind it, commas included."""


class Scope(StrEnum):
    """Which tasks of the DAG a run consists of."""

    ALL = "all"
    ONLY = "only"
    UPSTREAM = "upstream"
    """The chosen ones and all that they need."""
    DOWNSTREAM = "downstream"
    """The chosen ones and all that needs them."""


SCOPES: Mapping[Scope, str] = {
    Scope.ALL: "all tasks",
    Scope.ONLY: "only these",
    Scope.UPSTREAM: "these + upstream",
    Scope.DOWNSTREAM: "these + downstream",
}


class StartOptions(NamedTuple):
    """How a run is to be started."""

    params: Mapping[str, Json]
    """{name: value}, as text where it was typed; what is left out has its default."""
    scope: Scope = Scope.ALL
    tasks: tuple[str, ...] = ()
    """What the scope speaks of; empty for all."""
    dry_run: bool = False
    """Say what would run, and start nothing."""


class Proposal(NamedTuple):
    """Tasks that the form offers to run alone."""

    tasks: tuple[str, ...] = ()
    is_marked: bool = False
    """They were chosen for something: the form begins with them alone."""


class FieldKind(StrEnum):
    """What a value is given with."""

    TEXT = "text"
    CHOICE = "choice"
    TOGGLE = "toggle"


class Field(NamedTuple):
    """One parameter in the form."""

    param: Param
    kind: FieldKind
    initial: Json
    """The value to begin with; None: there is none."""
    is_from_before: bool
    """It is the value of an earlier run, not the default."""

    @property
    def text(self) -> str:
        """The initial value as text, not sanitised."""
        return "" if self.initial is None else text_of_value(self.initial)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that can be chosen from, as text, not sanitised."""
        return tuple(text_of_value(value) for value in self.param.enum)

    def value(self, shown: str) -> Json:
        """Return the value that a shown text stands for; None: leave it out.

        Texts that were not touched stand for what they were made from: one line of
        harmless characters cannot show everything.
        """
        if shown == sanitize(self.text):
            return self.initial if self.is_from_before else None
        chosen = next((text for text in self.choices if sanitize(text) == shown), shown)
        return chosen if chosen or self.param.has_default else None


def form_fields(dag: Dag, before: Mapping[str, Json]) -> list[Field]:
    """Return the parameters of a DAG with their defaults, or the values of `before`."""
    fields = []
    for param in dag.params:
        is_from_before = (
            param.name in before
            and before[param.name] is not None
            and before[param.name] != param.default
        )
        initial = before[param.name] if is_from_before else param.default
        fields.append(Field(param, _kind(param), initial, is_from_before))
    return fields


def named_tasks(text: str, ids: Container[str]) -> tuple[tuple[str, ...], str]:
    """Return the ids in a text, parted by commas or blanks, and what is wrong."""
    names = tuple(dict.fromkeys(_PARTS.findall(text)))
    unknown = [name for name in names if name not in ids]
    if unknown:
        return (), f"no task {unknown[0]!r} in this DAG"
    return names, "" if names else "name at least one task"


def param_faults(dag: Dag, values: Mapping[str, Json]) -> dict[str, str]:
    """Return {parameter: what is wrong with its value}."""
    try:
        bind_params(dag, values)
    except SpecValidationError as error:
        return {str(problem.path[-1]): problem.message for problem in error.problems}
    return {}


def part_wanted(options: StartOptions) -> Part | None:
    """Return which tasks a run is to consist of; None: all."""
    if options.scope is Scope.ALL:
        return None
    return Part(
        tasks=options.tasks,
        upstream=options.scope is Scope.UPSTREAM,
        downstream=options.scope is Scope.DOWNSTREAM,
    )


def field_line(field: Field) -> Line:
    """Return `day  string, required  The day to load.`."""
    param = field.param
    words = [param.type]
    if param.required and not param.has_default:
        words.append("required")
    if param.pattern:
        words.append(f"like {sanitize(param.pattern)}")
    if field.is_from_before:
        words.append("as last time")
    about = Span(f"  {', '.join(words)}", Style.DIM)
    description = Span(f"  {sanitize(param.description)}", Style.DIM)
    return line(Span(sanitize(param.name), Style.BOLD), about, description)


def text_of_value(value: Json) -> str:
    """Return a value as it would be typed: a text itself, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _kind(param: Param) -> FieldKind:
    if param.enum:
        return FieldKind.CHOICE
    is_plain_boolean = param.type == "boolean" and param.has_default
    return FieldKind.TOGGLE if is_plain_boolean else FieldKind.TEXT
