"""The JSON Schema of a DAG file, for editors: made from the source structs."""

import msgspec

from leo_engine.spec.model import Json
from leo_engine.spec.source import DagSource, ParamSource


def dag_json_schema() -> dict[str, Json]:
    """Return the schema; the same for the same version, keys in a fixed order."""
    (schema,), definitions = msgspec.json.schema_components(
        [DagSource], schema_hook=_anything, ref_template="#/$defs/{name}"
    )
    _, param = msgspec.json.schema_components(
        [ParamSource], schema_hook=_anything, ref_template="#/$defs/{name}"
    )
    definitions = {**definitions, **param}
    properties = definitions["DagSource"]["properties"]
    properties["params"]["anyOf"][0]["additionalProperties"] = {
        "description": "A default, or a table that says more.",
        "anyOf": [
            {"$ref": "#/$defs/ParamSource"},
            {"type": ["string", "number", "boolean", "array", "null"]},
        ],
    }
    for definition in definitions.values():
        definition["title"] = definition["title"].removesuffix("Source")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "leo-tui DAG",
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


def _anything(_kind: type) -> dict[str, Json]:
    """Stand in for `object`: any JSON value."""
    return {}
