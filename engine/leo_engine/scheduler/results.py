"""What an attempt leaves behind: `$LEO_OUTPUT` and the registered line."""

import os
from pathlib import Path

import msgspec

from leo_engine.ports import OUTPUT_LIMIT_BYTES
from leo_engine.scheduler.kept_output import read_end
from leo_engine.spec.model import Json
from leo_engine.state.outcome import Failed, Outcome, Succeeded

_TAIL_BYTES = 64 * 1024
_LONGEST_REASON = 500


class OutputRejectedError(ValueError):
    """`$LEO_OUTPUT` holds something that cannot be handed on."""


def read_output(path: str) -> dict[str, Json] | None:
    """Return what the task wrote to `$LEO_OUTPUT`: a JSON object, or `key=value` lines.

    None when it wrote nothing.

    Raises:
        OutputRejectedError: too large, not text, or neither of the two forms.
    """
    if not os.access(path, os.F_OK):
        # The usual case, at half the price of an exception.
        return None
    try:
        # Opened without waiting: a fifo of that name would hold up every run.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(OUTPUT_LIMIT_BYTES + 1) or b""
        text = content.decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        message = f"$LEO_OUTPUT cannot be read: {error}"
        raise OutputRejectedError(message) from error
    if len(content) > OUTPUT_LIMIT_BYTES:
        message = (
            f"$LEO_OUTPUT holds {size} bytes, over the limit of {OUTPUT_LIMIT_BYTES}: "
            "put large results into a file in $LEO_STAGING"
        )
        raise OutputRejectedError(message)
    if text.lstrip().startswith("{"):
        return _json_object(text)
    return _key_values(text) or None


def _json_object(text: str) -> dict[str, Json]:
    try:
        return msgspec.json.decode(text, type=dict[str, Json])
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"$LEO_OUTPUT is not a JSON object: {error}"
        raise OutputRejectedError(message) from error


def _key_values(text: str) -> dict[str, Json]:
    output: dict[str, Json] = {}
    # Not `splitlines`, which takes form feeds and U+2028 for ends of lines too.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            message = f"$LEO_OUTPUT line {number} is not key=value: {line!r}"
            raise OutputRejectedError(message)
        output[key.strip()] = value.removesuffix("\r")
    return output


def last_line(path: str) -> str:
    """Return the last non-blank line of a file, without blanks around it; "" if none.

    Looks at the last 64 KiB: of a longer line, its end is returned.
    """
    try:
        lines = read_end(Path(path), _TAIL_BYTES).splitlines()
    except OSError:
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


def shortened(outcome: Outcome) -> Outcome:
    """Return an outcome whose reason, if it failed, is at most 500 characters."""
    if not isinstance(outcome, Failed) or len(outcome.reason) <= _LONGEST_REASON:
        return outcome
    reason = f"{outcome.reason[: _LONGEST_REASON - 1]}…"
    return msgspec.structs.replace(outcome, reason=reason)


def check_output(output: dict[str, Json] | None, schema: bytes) -> None:
    """Check an output against a JSON Schema.

    Raises:
        OutputRejectedError: it does not fit; says where and what was expected.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- 60 ms that only a task with a schema pays
    from jsonschema.exceptions import best_match  # noqa: PLC0415 -- as above
    from referencing import Registry  # noqa: PLC0415 -- as above
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 -- as above

    # With a registry of its own, the validator fetches nothing from the network.
    validator = Draft202012Validator(msgspec.json.decode(schema), registry=Registry())
    try:
        error = best_match(validator.iter_errors({} if output is None else output))
    except (Unresolvable, RecursionError) as unusable:
        message = f"output_schema cannot be used: {unusable}"
        raise OutputRejectedError(message) from unusable
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "the output"
        message = f"output does not fit output_schema: {place}: {error.message}"
        raise OutputRejectedError(message)
