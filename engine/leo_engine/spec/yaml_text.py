"""YAML to plain values, built straight from libyaml's events.

PyYAML's loaders follow YAML 1.1, where `on` is true and `12:30` is 750, keep the last
of two equal keys, and expand aliases without end. Here: the scalars of the 1.2 core
schema, equal keys refused, aliases bounded, one document per file.

Source: YAML 1.2.2, section 10.3 (core schema).
"""

import re
from typing import Protocol

import yaml

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.spec.model import Json

DEEPEST = 100
"""Levels of nesting; a DAG file needs fewer than ten."""
MOST_ALIASED = 100_000
"""Values that aliases may add to those that are written out."""

_CONSTANTS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_RADIX = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,9})?")
_STANDARD_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset(
    _STANDARD_TAG + name
    for name in ("str", "int", "float", "bool", "null", "map", "seq")
)
MERGE_KEY = "<<"


class Mark(Protocol):
    """A place as libyaml gives it, counted from 0."""

    line: int
    column: int


class _Node:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "count_before", "key", "merged", "value")

    def __init__(
        self, value: dict[str, Json] | list[Json], anchor: str | None, count: int
    ) -> None:
        self.value = value
        self.anchor = anchor
        self.count_before = count
        self.key: str | None = None
        self.merged: list[Json] = []


class _Builder:
    """Turns events into values; one per document."""

    def __init__(self, text: str) -> None:
        # The loader is used for its event parser only; nothing is constructed by it.
        self._parser = yaml.CBaseLoader(text)
        self._open: list[_Node] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        """{name: (value, values inside it)}"""
        self._count = 0
        self._aliased = 0
        self.root: Json = None
        self._documents = 0

    def run(self) -> Json:
        """Return the document's value."""
        next_event = self._parser.get_event
        while True:
            event = next_event()
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._start_document(event)
            elif isinstance(event, yaml.StreamEndEvent):
                return self.root

    def _start_document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _error(event, "a DAG file holds one YAML document, this is a second")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count += 1
        node = self._open[-1] if self._open else None
        if node is not None and node.key is None and isinstance(node.value, dict):
            self._take_key(node, event)
            return
        value = scalar_value(event)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._add(value)

    def _take_key(self, node: _Node, event: yaml.ScalarEvent) -> None:
        key: str = event.value
        if event.anchor:
            self._anchors[event.anchor] = (key, 1)
        if key in node.value:
            raise _error(event, f"the key {key!r} is given twice in this table")
        node.key = key

    def _add(self, value: Json) -> None:
        if not self._open:
            self.root = value
            return
        node = self._open[-1]
        if isinstance(node.value, list):
            node.value.append(value)
        elif node.key is not None:
            if node.key == MERGE_KEY:
                node.merged.append(value)
            else:
                node.value[node.key] = value
            node.key = None

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise _error(event, f"the alias *{event.anchor} has no anchor before it")
        value, size = self._anchors[event.anchor]
        self._count += size
        self._aliased += size
        if self._aliased > MOST_ALIASED:
            raise _error(
                event, f"the aliases of this file stand for over {MOST_ALIASED} values"
            )
        node = self._open[-1]
        if isinstance(node.value, dict) and node.key is None:
            raise _error(event, "an alias cannot be a key")
        self._add(value)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        value: dict[str, Json] | list[Json] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        if event.tag and event.tag not in _KNOWN_TAGS:
            raise _error(event, f"the tag {event.tag!r} is not understood")
        if len(self._open) >= DEEPEST:
            raise _error(event, f"nested deeper than {DEEPEST} levels")
        if self._open:
            node = self._open[-1]
            if isinstance(node.value, dict) and node.key is None:
                raise _error(event, "a key must be a plain text")
        self._open.append(_Node(value, event.anchor, self._count))
        self._count += 1

    def _end(self, event: yaml.Event) -> None:
        node = self._open.pop()
        for merged in node.merged:
            self._merge(node, merged, event)
        if node.anchor:
            size = self._count - node.count_before
            self._anchors[node.anchor] = (node.value, size)
        self._add(node.value)

    def _merge(self, node: _Node, merged: Json, event: yaml.Event) -> None:
        tables = merged if isinstance(merged, list) else [merged]
        for table in tables:
            if not isinstance(table, dict) or not isinstance(node.value, dict):
                raise _error(event, "'<<' takes a table or a list of tables")
            for key, value in table.items():
                node.value.setdefault(key, value)


def scalar_value(event: yaml.ScalarEvent) -> Json:
    """Return what a scalar means in the core schema of YAML 1.2."""
    text: str = event.value
    if event.tag is not None:
        return _tagged(event, text)
    if not event.implicit[0]:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number(text) if text[0] in _NUMBER_START else text


def _tagged(event: yaml.ScalarEvent, text: str) -> Json:
    if event.tag not in _KNOWN_TAGS and event.tag != "!":
        raise _error(event, f"the tag {event.tag!r} is not understood")
    if event.tag in {_STANDARD_TAG + "str", "!"}:
        return text
    return _CONSTANTS[text] if text in _CONSTANTS else _number(text)


def _number(text: str) -> Json:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _RADIX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _error(event: yaml.Event, message: str) -> SpecSyntaxError:
    return SpecSyntaxError([_problem(event.start_mark, message)])


def _problem(mark: Mark | None, message: str) -> Problem:
    if mark is None:
        return Problem(message=message)
    return Problem(message=message, line=mark.line + 1, column=mark.column + 1)


def read_yaml(text: str) -> Json:
    """Return the values of a YAML text.

    Raises:
        SpecSyntaxError: it is not YAML, or YAML that a DAG file does not use.
    """
    try:
        return _Builder(text).run()
    except yaml.MarkedYAMLError as error:
        parts = (error.context, error.problem)
        message = f"not valid YAML: {', '.join(part for part in parts if part)}"
        mark = error.problem_mark or error.context_mark
        raise SpecSyntaxError([_problem(mark, message)]) from error
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise SpecSyntaxError([Problem(message=f"not valid YAML: {reason}")]) from error
