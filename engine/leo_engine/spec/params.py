"""Parameters: as a file declares them, and as a run is given them."""

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from leo_engine.errors import Problem, SpecValidationError
from leo_engine.spec.draft import plain
from leo_engine.spec.explain import keep_fitting
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag, Json, Param
from leo_engine.spec.names import is_identifier
from leo_engine.spec.nearest import did_you_mean
from leo_engine.spec.source import ParamSource, ParamType
from leo_engine.spec.text_place import Path

_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))
_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a JSON list",
    "object": "a JSON table",
}
_WHERE = "-p"
"""Stands for the file in problems with given values."""


def declared_params(
    written: Mapping[str, Json], findings: Findings
) -> tuple[Param, ...]:
    """Return the parameters of a DAG; every fault is a finding."""
    return tuple(_declared(written, findings))


def _declared(written: Mapping[str, Json], findings: Findings) -> Iterator[Param]:
    for name, value in written.items():
        path: Path = ("params", name)
        if not is_identifier(name):
            message = f"the parameter {name!r} is not an identifier"
            hint = "letters, digits and _, no digit first"
            findings.add(path, message, hint=hint, at_key=True)
        if isinstance(value, dict):
            param = _from_table(name, value, findings)
        else:
            default = plain(value, path, findings)
            param = Param(
                name=name, type=_type_of(default), default=default, has_default=True
            )
        yield param


def _from_table(name: str, written: dict[str, Json], findings: Findings) -> Param:
    path: Path = ("params", name)
    expected = msgspec.inspect.type_info(ParamSource)
    fitting = keep_fitting(written, expected, path, findings)
    source = msgspec.convert(fitting, ParamSource)
    enum = tuple(
        plain(item, (*path, "enum", place), findings)
        for place, item in enumerate(source.enum or ())
    )
    has_default = source.default is not None
    default = plain(source.default, (*path, "default"), findings)
    sample = default if has_default else next(iter(enum), None)
    param = Param(
        name=name,
        type=source.type.value if source.type else _type_of(sample),
        default=default,
        has_default=has_default,
        required=bool(source.required),
        enum=enum,
        pattern=source.pattern or "",
        description=source.description or "",
    )
    _check_declared(param, path, findings)
    return param


def _check_declared(param: Param, path: Path, findings: Findings) -> None:
    if param.pattern:
        try:
            re.compile(param.pattern)
        except re.error as error:
            message = f"{param.pattern!r} is not a regular expression: {error}"
            findings.add((*path, "pattern"), message)
            return
        if param.type != ParamType.STRING:
            message = f"a pattern is for texts; {param.name!r} is {_WORDS[param.type]}"
            findings.add((*path, "pattern"), message)
    for place, item in enumerate(param.enum):
        if not _has_type(item, param.type):
            message = f"{item!r} is not {_WORDS[param.type]}"
            findings.add((*path, "enum", place), message)
    fault = _value_fault(param, param.default) if param.has_default else ""
    if fault:
        findings.add((*path, "default"), f"the default of {param.name!r} {fault}")


def _type_of(value: Json) -> str:
    kinds: tuple[tuple[type, ParamType], ...] = (
        (bool, ParamType.BOOLEAN),
        (int, ParamType.INTEGER),
        (float, ParamType.NUMBER),
        (list, ParamType.ARRAY),
        (dict, ParamType.OBJECT),
    )
    found = next((name for kind, name in kinds if isinstance(value, kind)), None)
    return (found or ParamType.STRING).value


def _has_type(value: Json, param_type: str) -> bool:
    if isinstance(value, bool) or param_type == ParamType.BOOLEAN:
        return isinstance(value, bool) and param_type == ParamType.BOOLEAN
    kinds: Mapping[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
    }
    return isinstance(value, kinds[param_type])


def _value_fault(param: Param, value: Json) -> str:
    """Say why a typed value is not allowed; nothing when it is."""
    if value is None and not param.required:
        return ""
    if not _has_type(value, param.type):
        return f"must be {_WORDS[param.type]}, not {value!r}"
    if param.enum and value not in param.enum:
        allowed = ", ".join(str(item) for item in param.enum)
        return f"must be one of {allowed}, not {value!r}"
    if param.pattern and not re.fullmatch(param.pattern, str(value)):
        return f"must match {param.pattern!r}, and {value!r} does not"
    return ""


def bind_params(dag: Dag, given: Mapping[str, Json]) -> dict[str, Json]:
    """Return a value for every parameter: what is given, typed, else the default.

    Texts, as they come from a command line, are read as the type asks; other values
    must have it. A parameter that is neither given nor required is None.

    Raises:
        SpecValidationError: every unknown name, missing and unfit value, at once.
    """
    declared = {param.name: param for param in dag.params}
    problems = [
        _problem(name, f"{dag.name} has no parameter {name!r}", _guess(name, declared))
        for name in given
        if name not in declared
    ]
    bound: dict[str, Json] = {}
    for name, param in declared.items():
        fault = hint = ""
        if name in given:
            bound[name], fault = _bind(param, given[name])
        elif param.required and not param.has_default:
            fault, hint = f"{name!r} is required", f"give it with -p {name}=…"
        else:
            bound[name] = param.default
        if fault:
            problems.append(_problem(name, fault, hint))
    if problems:
        raise SpecValidationError(problems)
    return bound


def still_declared(dag: Dag, values: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values, of an earlier run say, for parameters that a DAG still has."""
    names = {param.name for param in dag.params}
    return {name: value for name, value in values.items() if name in names}


def _problem(name: str, message: str, hint: str) -> Problem:
    return Problem(message=message, file=_WHERE, path=("params", name), hint=hint)


def _guess(name: str, declared: Mapping[str, Param]) -> str:
    hint = did_you_mean(name, declared)
    if declared and not hint:
        hint = f"parameters: {', '.join(declared)}"
    return hint


def _bind(param: Param, value: Json) -> tuple[Json, str]:
    """Return the typed value, and what is wrong with it."""
    typed = value
    if isinstance(value, str) and param.type != ParamType.STRING:
        try:
            typed = _READERS[param.type](value)
        except ValueError:
            return None, f"{param.name!r} must be {_WORDS[param.type]}, not {value!r}"
    fault = _value_fault(param, typed)
    return typed, f"{param.name!r} {fault}" if fault else ""


def _read_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError(text)
    return lowered in _TRUE


def _read_number(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value


def _read_json(text: str) -> Json:
    try:
        value: Json = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(text) from error
    return value


_READERS: Mapping[str, Callable[[str], Json]] = {
    "integer": int,
    "number": _read_number,
    "boolean": _read_boolean,
    "array": _read_json,
    "object": _read_json,
}
