"""Text to a document: tables, lists and scalars, from any of three formats."""

import json
import math
import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NoReturn

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.spec.model import Json
from leo_engine.spec.text_place import Path, Span, line_and_column

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_TOML_PLACE = re.compile(r"(.*) at line (\d+) column (\d+)", re.DOTALL)
_TOML_DEEPEST = "nested deeper than the TOML reader allows"
_LARGE_CHARACTERS = 200_000


class DocumentFormat(StrEnum):
    """How a DAG file is written. The values are stored; never rename them."""

    TOML = "toml"
    YAML = "yaml"
    JSON = "json"


def read_document(text: str, document_format: DocumentFormat) -> dict[str, Json]:
    """Return the root table of a DAG file.

    Raises:
        SpecSyntaxError: with line and column, without file name and excerpt.
    """
    root = read_value(text, document_format)
    if root is None or root == {}:
        _fail("the file is empty; a DAG needs at least one task", 1, 1)
    if not isinstance(root, dict):
        _fail("a DAG file is a table of keys such as 'tasks', not a bare value", 1, 1)
    return root


def read_value(text: str, document_format: DocumentFormat) -> Json:
    """Return whatever a text holds.

    Raises:
        SpecSyntaxError: with line and column, without file name and excerpt.
    """
    control = _CONTROL.search(text)
    if control is not None:
        _fail(
            f"the character U+{ord(control[0]):04X} cannot stand in a text file",
            *line_and_column(text, control.start()),
        )
    return _READERS[document_format](text)


def locate(
    text: str, document_format: DocumentFormat, wanted: Collection[Path]
) -> dict[Path, Span]:
    """Return where the wanted paths stand; O(text), for files that have problems."""
    if document_format is DocumentFormat.TOML:
        from leo_engine.spec.locate_toml import locate_toml  # noqa: PLC0415 -- only for a file with a problem

        return locate_toml(text, wanted)
    if document_format is DocumentFormat.YAML:
        from leo_engine.spec.locate_yaml import locate_yaml  # noqa: PLC0415 -- yaml takes 14 ms

        return locate_yaml(text, wanted)
    from leo_engine.spec.locate_values import locate_json  # noqa: PLC0415 -- only for a file with a problem

    return locate_json(text, wanted)


def _read_toml(text: str) -> Json:
    import rtoml  # noqa: PLC0415 -- only when there is a TOML file

    try:
        root: Json = rtoml.loads(text)
    except rtoml.TomlParsingError as error:
        place = _TOML_PLACE.fullmatch(str(error))
        if place is None:
            _fail(_TOML_DEEPEST, 1, 1)
        _fail(f"not valid TOML: {place[1]}", int(place[2]), int(place[3]))
    except ValueError as error:
        _fail(f"not valid TOML: {error}", 1, 1)
    if len(text) > _LARGE_CHARACTERS:
        _give_memory_back()
    return root


def _give_memory_back() -> None:
    """Let the C library return what the reader used: some 1 KB a task, else kept."""
    import ctypes  # noqa: PLC0415 -- only for large files

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _read_yaml(text: str) -> Json:
    from leo_engine.spec.yaml_text import read_yaml  # noqa: PLC0415 -- yaml takes 14 ms

    return read_yaml(text)


def _read_json(text: str) -> Json:
    """Read JSON by the standard library: msgspec keeps the last of two equal keys."""
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except KeyError as error:
        from leo_engine.spec.locate_values import repeated_json_key  # noqa: PLC0415 -- only for a file with a problem

        place = line_and_column(text, repeated_json_key(text))
        _fail(f"the key {error.args[0]!r} is given twice in one object", *place)
    except json.JSONDecodeError as error:
        _fail(f"not valid JSON: {error.msg}", error.lineno, error.colno)
    except RecursionError:
        _fail("nested deeper than the JSON reader allows", 1, 1)
    except ValueError as error:
        _fail(f"not valid JSON: {error}", 1, 1)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in table if keys.count(key) > 1)
        raise KeyError(twice)
    return table


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _fail(message: str, line: int, column: int) -> NoReturn:
    raise SpecSyntaxError([Problem(message=message, line=line, column=column)])


_READERS = {
    DocumentFormat.TOML: _read_toml,
    DocumentFormat.YAML: _read_yaml,
    DocumentFormat.JSON: _read_json,
}


def plain_json(value: Json) -> Json:
    """Return `value` as JSON can hold it: dates as ISO text, lists, tables, scalars.

    Raises:
        ValueError: an infinite number or an integer beyond 64 bits.
    """
    match value:
        case None | bool() | str():
            return value
        case int() if not -(2**63) <= value < 2**63:
            raise ValueError("an integer must fit into 64 bits")
        case float() if not math.isfinite(value):
            raise ValueError("a number must be finite")
        case int() | float():
            return value
        case dict():
            return {str(key): plain_json(item) for key, item in value.items()}
        case list() | tuple():
            return _plain_list(value)
        case _:
            return str(getattr(value, "isoformat", value.__str__)())


def _plain_list(values: Iterable[Json]) -> Json:
    return [plain_json(value) for value in values]
