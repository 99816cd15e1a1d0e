"""The variables of an attempt's environment that leo-tui itself sets."""

from collections.abc import Mapping

import msgspec

from leo_engine.spec.model import Json
from leo_engine.spec.variables import name_of

SMALL_VALUE = 4096
"""Longest output value, in characters, that is handed on as a variable too."""


def text_of(value: Json) -> str:
    """Return a value as a program expects it: bare text, true/false, "" or JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return msgspec.json.encode(value).decode()


def run_variables(
    run_id: str, dag: str, staging: str, params: Mapping[str, Json]
) -> dict[str, str]:
    """Return what every task of a run sees."""
    return {
        "LEO_RUN_ID": run_id,
        "LEO_DAG": dag,
        "LEO_STAGING": staging,
        **{name_of("PARAM", name): text_of(value) for name, value in params.items()},
    }


def output_variables(outputs: Mapping[str, Mapping[str, Json]]) -> dict[str, str]:
    """Return `LEO_OUTPUT_<TASK>_<KEY>` for every small value of {task: output}."""
    return {
        name_of("OUTPUT", task, key): text
        for task, output in outputs.items()
        for key, value in output.items()
        if len(text := text_of(value)) <= SMALL_VALUE
    }


def dotenv_variables(path: str) -> dict[str, str]:
    """Return the variables of a dotenv file; names without a value are left out.

    Raises:
        OSError: it cannot be read.
    """
    from dotenv import dotenv_values  # noqa: PLC0415 -- only runs with dotenv pay for it

    with open(path, encoding="utf-8") as file:  # noqa: PTH123 -- one small read
        values = dotenv_values(stream=file, interpolate=True)
    return {name: value for name, value in values.items() if value is not None}
