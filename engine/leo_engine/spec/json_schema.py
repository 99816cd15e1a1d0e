"""The JSON Schema of a DAG file, for editors: made from the source structs."""

from collections.abc import Mapping

import msgspec

from leo_engine.spec.key_descriptions import DESCRIPTIONS
from leo_engine.spec.model import Json
from leo_engine.spec.source import DagSource, ParamSource

_TEMPLATE = "#/$defs/{name}"
_PARAM_VALUE: Mapping[str, Json] = {
    "anyOf": [
        {"$ref": _TEMPLATE.format(name="ParamSource")},
        {"type": ["string", "number", "boolean", "array", "null"]},
    ]
}


def dag_json_schema() -> dict[str, Json]:
    """Return the schema; the same for the same version, keys in a fixed order."""
    (reference, _), definitions = msgspec.json.schema_components(
        [DagSource, ParamSource], schema_hook=_anything, ref_template=_TEMPLATE
    )
    for struct, definition in definitions.items():
        definition["title"] = struct.removesuffix("Source")
        for key, schema in definition.get("properties", {}).items():
            schema.pop("default", None)
            sentence = DESCRIPTIONS.get(struct, {}).get(key)
            if sentence:
                schema["description"] = sentence
    params = definitions["DagSource"]["properties"]["params"]
    for option in params["anyOf"]:
        if option.get("type") == "object":
            option["additionalProperties"] = dict(_PARAM_VALUE)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "leo-tui DAG",
        **reference,
        "$defs": dict(sorted(definitions.items())),
    }


def _anything(_kind: type) -> dict[str, Json]:
    """Stand in for `object`: any JSON value."""
    return {"description": "any value"}
