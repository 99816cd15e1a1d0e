"""Why a document does not fit the source structs, in the user's words, all of it.

Runs only after `msgspec.convert`, which stops at the first mismatch, has failed. Walks
the document along the types of `spec.source` and drops what does not fit, so that the
rest can still be looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from enum import Enum
from functools import cache
from typing import Final

import msgspec
from msgspec import inspect

from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Json
from leo_engine.spec.other_words import our_word
from leo_engine.spec.text_place import Path
from leo_engine.spec.value_text import value_text

DROPPED: Final = object()
"""Stands for a value that did not fit."""

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "a string"),
    (int, "a whole number"),
    (float, "a number"),
    (dict, "a table"),
    ((list, tuple), "a list"),
    ((date, time), "a date or time"),
)

_TYPE_NAMES: Mapping[type[inspect.Type], str] = {
    inspect.DictType: "a table",
    inspect.StructType: "a table",
    inspect.StrType: "a string",
    inspect.BoolType: "true or false",
}


def keep_fitting(
    value: Json, expected: inspect.Type, path: Path, findings: Findings
) -> Json:
    """Return what of `value` fits the type, `DROPPED` if nothing; record the rest."""
    match expected:
        case inspect.UnionType():
            return _union(value, expected, path, findings)
        case inspect.StructType():
            return _struct(value, expected, path, findings)
        case inspect.DictType(value_type=item_type):
            return _dict(value, item_type, expected, path, findings)
        case inspect.VarTupleType(item_type=item_type):
            return _list(value, item_type, expected, path, findings)
        case inspect.EnumType():
            return _enum(value, expected, path, findings)
        case _:
            return _scalar(value, expected, path, findings)


def describe(expected: inspect.Type) -> str:
    """Return a type as a user would say it: `a string or a list of strings`."""
    match expected:
        case inspect.UnionType(types=types):
            names = [describe(item) for item in types if item != inspect.NoneType()]
            names = list(dict.fromkeys(names))
            if "a whole number" in names and "a number" in names:
                names.remove("a whole number")
            return " or ".join(names)
        case inspect.VarTupleType(item_type=item_type):
            return f"a list of {_plural(describe(item_type))}"
        case inspect.EnumType(cls=cls):
            return "one of " + ", ".join(_members(cls))
        case inspect.IntType() | inspect.FloatType():
            return _describe_number(expected)
        case _:
            return _TYPE_NAMES.get(type(expected), "a value")


def _plural(description: str) -> str:
    """Return `strings or numbers` for `a string or a number`."""
    words = (
        f"{word.removeprefix('a ')}s" if word.startswith("a ") else word
        for word in description.split(" or ")
    )
    return " or ".join(words)


def _describe_number(expected: inspect.IntType | inspect.FloatType) -> str:
    name = "a whole number" if isinstance(expected, inspect.IntType) else "a number"
    bounds = [
        f"{word} {_short(bound)}"
        for word, bound in (
            ("above", expected.gt),
            ("of at least", expected.ge),
            ("below", expected.lt),
            ("of at most", expected.le),
        )
        if bound is not None
    ]
    return " ".join((name, " and ".join(bounds))) if bounds else name


def _short(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else str(bound)


def describe_value(value: Json) -> str:
    """Return what kind of thing a value is, as a user would say it."""
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "nothing" if value is None else "something else"


def _wrong(value: Json, expected: inspect.Type, path: Path, findings: Findings) -> Json:
    key = next((part for part in reversed(path) if isinstance(part, str)), "file")
    is_number = isinstance(value, int | float)
    found = value_text(value) if is_number else describe_value(value)
    wanted = describe(expected)
    is_unquoted = "a string" in wanted and not isinstance(
        value, dict | list | str | None
    )
    hint = "put it in quotes" if is_unquoted else ""
    findings.add(path, f"{key!r} must be {wanted}, not {found}", hint=hint)
    return DROPPED


def _union(
    value: Json, expected: inspect.UnionType, path: Path, findings: Findings
) -> Json:
    candidates = [item for item in expected.types if _same_kind(value, item)]
    for item in candidates:
        if isinstance(item, inspect.EnumType) or len(candidates) == 1:
            return keep_fitting(value, item, path, findings)
    for item in candidates:
        if _fits(value, item):
            return value
    return _wrong(value, expected, path, findings)


def _same_kind(value: Json, expected: inspect.Type) -> bool:
    match expected:
        case inspect.StructType() | inspect.DictType():
            return isinstance(value, dict)
        case inspect.VarTupleType():
            return isinstance(value, list)
        case inspect.EnumType():
            return isinstance(value, str)
        case _:
            return _fits(value, expected)


def _fits(value: Json, expected: inspect.Type) -> bool:
    match expected:
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.IntType():
            return isinstance(value, int) and _within(value, expected)
        case inspect.FloatType():
            return isinstance(value, float | int) and _within(value, expected)
        case _:
            return True


def _within(value: Json, expected: inspect.IntType | inspect.FloatType) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    limits: tuple[tuple[float | None, Callable[[float, float], bool]], ...] = (
        (expected.gt, lambda number, bound: number > bound),
        (expected.ge, lambda number, bound: number >= bound),
        (expected.lt, lambda number, bound: number < bound),
        (expected.le, lambda number, bound: number <= bound),
    )
    return all(bound is None or holds(value, bound) for bound, holds in limits)


def _scalar(
    value: Json, expected: inspect.Type, path: Path, findings: Findings
) -> Json:
    if _fits(value, expected):
        return value
    return _wrong(value, expected, path, findings)


def _members(cls: type[Enum]) -> Iterator[str]:
    return (str(member.value) for member in cls)


def _enum(
    value: Json, expected: inspect.EnumType, path: Path, findings: Findings
) -> Json:
    members = tuple(_members(expected.cls))
    if value in members:
        return value
    if not isinstance(value, str):
        return _wrong(value, expected, path, findings)
    findings.add(
        path,
        f"{path[-1]!r} must be {describe(expected)}, not {value!r}",
        hint=findings.did_you_mean(value, members),
    )
    return DROPPED


def _struct(
    value: Json, expected: inspect.StructType, path: Path, findings: Findings
) -> Json:
    if not isinstance(value, dict):
        return _wrong(value, expected, path, findings)
    fields = _fields(expected.cls)
    kept: dict[str, Json] = {}
    for key, item in value.items():
        if key not in fields:
            _unknown_key(key, tuple(fields), path, findings)
            continue
        fitting = keep_fitting(item, fields[key].type, (*path, key), findings)
        if fitting is not DROPPED:
            kept[key] = fitting
    missing = [name for name, field in fields.items() if field.required]
    missing = [name for name in missing if name not in kept]
    for name in missing:
        if not findings.has((*path, name)):
            findings.add(path, f"the key {name!r} is missing here", at_key=True)
    return DROPPED if missing else kept


@cache
def _fields(struct: type[msgspec.Struct]) -> Mapping[str, inspect.Field]:
    """Return the fields of a source struct by the names that users write."""
    described = inspect.type_info(struct)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{struct} is no struct")
    return {field.encode_name: field for field in described.fields}


def _unknown_key(
    key: str, names: tuple[str, ...], path: Path, findings: Findings
) -> None:
    if ours := our_word(key, names):
        hint = f"here it is called {ours!r}"
    else:
        guess = findings.did_you_mean(key, names)
        hint = guess or f"known keys: {', '.join(names)}"
    findings.add((*path, key), f"unknown key {key!r}", hint=hint, at_key=True)


def _dict(
    value: Json,
    item_type: inspect.Type,
    expected: inspect.Type,
    path: Path,
    findings: Findings,
) -> Json:
    if not isinstance(value, dict):
        return _wrong(value, expected, path, findings)
    kept = {
        key: keep_fitting(item, item_type, (*path, key), findings)
        for key, item in value.items()
    }
    return {key: item for key, item in kept.items() if item is not DROPPED}


def _list(
    value: Json,
    item_type: inspect.Type,
    expected: inspect.Type,
    path: Path,
    findings: Findings,
) -> Json:
    if not isinstance(value, list):
        return _wrong(value, expected, path, findings)
    kept = [
        keep_fitting(item, item_type, (*path, position), findings)
        for position, item in enumerate(value)
    ]
    return [item for item in kept if item is not DROPPED]
