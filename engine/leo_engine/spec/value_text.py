"""How a value of a template becomes text, and how texts compare in a condition."""

import re
from collections.abc import Mapping

import msgspec

from leo_engine.spec.model import Json

_NUMBER = re.compile(r"[+-]?(\d{1,300}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,300}", re.ASCII)


class RawText(str):
    """Text that the author of the template asked not to be quoted."""

    __slots__ = ()


def value_text(value: Json) -> str:
    """Return `true` or `false`, nothing for None, JSON for tables and lists."""
    match value:
        case str():
            return str(value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list() | tuple():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)


class Operand(str):
    """A text that compares as a number when both sides look like one, as in wf."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __ne__(self, other: object) -> bool:
        return not _same(self, other)

    def __lt__(self, other: object) -> bool:
        return _order(self, other) < 0

    def __le__(self, other: object) -> bool:
        return _order(self, other) <= 0

    def __gt__(self, other: object) -> bool:
        return _order(self, other) > 0

    def __ge__(self, other: object) -> bool:
        return _order(self, other) >= 0


def _same(text: str, other: object) -> bool:
    left, right = _number(text), _number(other)
    if left is not None and right is not None:
        return left == right
    return isinstance(other, str) and str(text) == str(other)


def _order(text: str, other: object) -> int:
    """Return -1, 0 or 1: below, level with or above `other`."""
    left, right = _number(text), _number(other)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    if isinstance(other, str):
        return (str(text) > str(other)) - (str(text) < str(other))
    raise TypeError(f"{str(text)[:40]!r} and {other!r} cannot be compared")


def _number(value: object) -> int | float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return None
    return int(value) if _WHOLE_NUMBER.fullmatch(value.strip()) else float(value)


def with_operands(variables: Mapping[str, Json]) -> dict[str, Json]:
    """Return the variables with every text among them made an `Operand`."""
    return {
        name: Operand(value) if type(value) is str else value
        for name, value in variables.items()
    }
