"""The one place that talks to Jinja2. Imported only when there is a template."""

from collections.abc import Mapping
from functools import lru_cache

import jinja2
from jinja2 import nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import SandboxedEnvironment

from leo_engine.errors import TemplateError
from leo_engine.spec.mentions import Mentions
from leo_engine.spec.model import Json
from leo_engine.spec.substituted import Substituted
from leo_engine.spec.value_text import Operand, RawText, value_text, with_operands

_SINK = "\0values"
"""Variable that collects the values of one shell rendering; nobody can name it."""
_FALSE_TEXTS = frozenset(("", "0", "false", "no", "off"))
_FAILURES = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What an expression of the user can raise. Not MemoryError: that is our trouble."""


@jinja2.pass_context
def _finalize(context: Context, value: Json) -> str:
    """Turn one value into text, or leave it for the shell to be quoted."""
    sink = context.get(_SINK)
    if not isinstance(sink, Substituted):
        return value_text(value)
    return sink.hold(value)


@jinja2.pass_context
def _variable(context: Context, name: str) -> Json:
    """Look up a variable by a name that Jinja2 could not spell."""
    value: Json = context.resolve_or_missing(name)
    if name not in context:
        return context.environment.undefined(name=name)
    return value


class _ConditionEnvironment(SandboxedEnvironment):
    """Texts reached through a table compare like those reached by name."""

    def getattr(self, obj: Json, attribute: str) -> Json:
        return _operand(super().getattr(obj, attribute))

    def getitem(self, obj: Json, argument: Json) -> Json:
        return _operand(super().getitem(obj, argument))


def _operand(value: Json) -> Json:
    return Operand(value) if type(value) is str else value


def _environment(cls: type[SandboxedEnvironment]) -> SandboxedEnvironment:
    environment = cls(
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["raw"] = lambda value: RawText(value_text(value))
    environment.globals = {
        name: environment.globals[name] for name in ("range", "dict", "namespace")
    }
    environment.globals["variable"] = _variable
    return environment


_TEXTS = _environment(SandboxedEnvironment)
_CONDITIONS = _environment(_ConditionEnvironment)


@lru_cache(maxsize=1024)
def _template(text: str) -> jinja2.Template:
    return _TEXTS.from_string(text)


@lru_cache(maxsize=1024)
def _expression(text: str) -> TemplateExpression:
    return _TEXTS.compile_expression(text, undefined_to_none=False)


@lru_cache(maxsize=1024)
def _condition(text: str) -> TemplateExpression:
    return _CONDITIONS.compile_expression(text, undefined_to_none=False)


def render_text(text: str, variables: Mapping[str, Json]) -> str:
    """Render with values as they are; raise `TemplateError`."""
    try:
        return _template(text).render(variables)
    except _FAILURES as error:
        raise TemplateError(_one_line(error)) from error


def render_apart(text: str, variables: Mapping[str, Json]) -> tuple[str, Substituted]:
    """Render with a mark for every value, and return the values beside it."""
    sink = Substituted()
    try:
        return _template(text).render({**variables, _SINK: sink}), sink
    except _FAILURES as error:
        raise TemplateError(_one_line(error)) from error


def evaluate(text: str, variables: Mapping[str, Json]) -> Json:
    """Return the value of an expression; raise `TemplateError`."""
    try:
        value: Json = _expression(text)(**variables)
        if isinstance(value, Undefined):
            str(value)
    except _FAILURES as error:
        raise TemplateError(_one_line(error)) from error
    return value


def evaluate_condition(text: str, variables: Mapping[str, Json]) -> bool:
    """Return whether an expression holds; raise `TemplateError`."""
    try:
        value: Json = _condition(text)(**with_operands(variables))
        if isinstance(value, str):
            return value.strip().lower() not in _FALSE_TEXTS
        return bool(value)
    except _FAILURES as error:
        raise TemplateError(_one_line(error)) from error


def mentions(text: str, *, is_condition: bool) -> Mentions:
    """Return what a template or condition speaks of, or why it is none."""
    try:
        found = _Found()
        found.walk(_parse(text, is_condition=is_condition))
    except jinja2.TemplateSyntaxError as error:
        return Mentions(error=_one_line(error), line=error.lineno)
    except RecursionError:
        return Mentions(error="nested too deeply")
    return Mentions(
        names=frozenset(found.loaded - found.stored - _TEXTS.globals.keys()),
        dotted=frozenset(found.dotted),
        outputs=frozenset(found.keys["outputs"]),
        params=frozenset(found.keys["params"]),
        secrets=frozenset(found.keys["secrets"]),
    )


class _Found:
    """What one walk through a parsed template comes upon.

    A name that the template itself sets somewhere counts as known everywhere in it.
    """

    def __init__(self) -> None:
        self.loaded: set[str] = set()
        self.stored: set[str] = set()
        self.dotted: set[str] = set()
        self.keys: dict[str, set[str]] = {
            table: set() for table in ("outputs", "params", "secrets")
        }

    def walk(self, node: nodes.Node) -> None:
        match node:
            case nodes.Name(name=name, ctx="load"):
                self.loaded.add(name)
            case nodes.Name(name=name) | nodes.Macro(name=name):
                self.stored.add(name)
            case nodes.Getattr(node=nodes.Name(name=table), attr=key):
                self._key(table, key)
            case nodes.Getitem(node=nodes.Name(name=table), arg=nodes.Const(value=key)):
                self._key(table, str(key))
            case nodes.Call(
                node=nodes.Name(name="variable"), args=[nodes.Const(value=name)]
            ):
                self.dotted.add(str(name))
            case nodes.Filter() | nodes.Test():
                _check_known(node)
        for child in node.iter_child_nodes():
            self.walk(child)

    def _key(self, table: str, key: str) -> None:
        if table in self.keys:
            self.keys[table].add(key)


def _check_known(node: nodes.Filter | nodes.Test) -> None:
    """Say early what Jinja2 finds out on compiling."""
    is_filter = isinstance(node, nodes.Filter)
    if node.name not in (_TEXTS.filters if is_filter else _TEXTS.tests):
        message = f"there is no {'filter' if is_filter else 'test'} {node.name!r}"
        raise jinja2.TemplateAssertionError(message, node.lineno)


def _parse(text: str, *, is_condition: bool) -> nodes.Template:
    if not is_condition:
        return _TEXTS.parse(text)
    parser = Parser(_TEXTS, text, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        raise jinja2.TemplateSyntaxError("unexpected text after the expression", 1)
    tree = nodes.Template([nodes.Output([expression], lineno=1)], lineno=1)
    tree.set_environment(_TEXTS)
    return tree


def _one_line(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:300]
