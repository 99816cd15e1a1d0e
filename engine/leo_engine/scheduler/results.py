"""What an attempt leaves behind: `$LEO_OUTPUT` and the registered line."""

import os
from pathlib import Path

import msgspec

from leo_engine.spec.model import Json
from leo_engine.state.outcome import Failed, Outcome, Succeeded

OUTPUT_LIMIT_BYTES = 256 * 1024
"""Largest output that is kept; larger results belong in a file in staging."""

_TAIL_BYTES = 64 * 1024


class OutputRejectedError(ValueError):
    """`$LEO_OUTPUT` holds something that cannot be handed on."""


def read_output(path: str) -> dict[str, Json] | None:
    """Return what the task wrote to `$LEO_OUTPUT`: a JSON object, or `key=value` lines.

    None when it wrote nothing.

    Raises:
        OutputRejectedError: too large, not text, or neither of the two forms.
    """
    try:
        size = os.stat(path).st_size
    except FileNotFoundError:
        return None
    if size > OUTPUT_LIMIT_BYTES:
        message = (
            f"$LEO_OUTPUT holds {size} bytes, over the limit of {OUTPUT_LIMIT_BYTES}: "
            "put large results into a file in $LEO_STAGING"
        )
        raise OutputRejectedError(message)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"$LEO_OUTPUT cannot be read: {error}"
        raise OutputRejectedError(message) from error
    return _parse_output(text)


def _parse_output(text: str) -> dict[str, Json] | None:
    if not text.strip():
        return None
    if text.lstrip().startswith("{"):
        try:
            return msgspec.json.decode(text, type=dict[str, Json])
        except msgspec.DecodeError as error:
            message = f"$LEO_OUTPUT is not a JSON object: {error}"
            raise OutputRejectedError(message) from error
    output: dict[str, Json] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            message = f"$LEO_OUTPUT line {number} is not key=value: {line[:80]!r}"
            raise OutputRejectedError(message)
        output[key.strip()] = value
    return output


def last_line(path: str) -> str:
    """Return the last non-blank line of a file, without blanks around it; "" if none.

    Reads at most the last 64 KiB.
    """
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return ""
    for line in reversed(lines):
        if stripped := line.strip():
            return stripped.decode(errors="replace")
    return ""


def with_results(
    outcome: Outcome, output_path: str, stdout_path: str, schema: bytes | None
) -> Outcome:
    """Return `outcome` with what the task handed on; a bad output fails the task.

    `stdout_path` is empty when the task registers nothing.
    """
    if not isinstance(outcome, Succeeded):
        return outcome
    try:
        output = read_output(output_path)
        if schema is not None:
            check_output(output, schema)
    except OutputRejectedError as error:
        return Failed(reason=str(error), exit_code=0, usage=outcome.usage)
    registered = last_line(stdout_path) if stdout_path else None
    if output is None and registered is None:
        return outcome
    return Succeeded(output=output, registered=registered, usage=outcome.usage)


def check_output(output: dict[str, Json] | None, schema: bytes) -> None:
    """Check an output against a JSON Schema.

    Raises:
        OutputRejectedError: it does not fit; says where and what was expected.
    """
    import jsonschema  # noqa: PLC0415 -- 60 ms that only a task with a schema pays

    document = output if output is not None else {}
    try:
        jsonschema.validate(document, msgspec.json.decode(schema))
    except jsonschema.ValidationError as error:
        place = "/".join(str(part) for part in error.absolute_path) or "the output"
        message = f"output does not fit output_schema: {place}: {error.message}"
        raise OutputRejectedError(message[:500]) from error
