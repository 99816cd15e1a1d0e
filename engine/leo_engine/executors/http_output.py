"""What an HTTP task hands on: the JSON of its answer, and the body it registers."""

import os

import msgspec

from leo_engine.executors.http_answer import Answer
from leo_engine.executors.http_log import HttpLog
from leo_engine.ports import OUTPUT_LIMIT_BYTES, AttemptRequest

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


class NotHandedOnError(ValueError):
    """What the task was to hand on cannot be had; says why."""


def hand_on(answer: Answer, request: AttemptRequest, log: HttpLog) -> None:
    """Write the JSON of an answer to `$LEO_OUTPUT`; say so in the log when it is none.

    Raises:
        NotHandedOnError: the task checks its output or registers a line, and there is
            none to be had.
        OSError: it cannot be written.
    """
    if request.stdout_path and not answer.is_logged_whole:
        message = "the answer is larger than max_body: its last line is not known"
        raise NotHandedOnError(message)
    path = request.env.get("LEO_OUTPUT")
    if not path or not answer.says_json:
        return
    try:
        content = _output(answer)
    except NotHandedOnError as error:
        if request.needs_output:
            raise
        log.note(f"{error}; so there is no output")
        return
    if content:
        with os.fdopen(os.open(path, _WRITE, 0o600), "wb") as file:
            file.write(content)


def _output(answer: Answer) -> bytes:
    """Return an object as JSON: the answer's own, or its value as `value`."""
    if not answer.is_logged_whole:
        raise NotHandedOnError("the answer is larger than max_body")
    if not answer.is_kept_whole or len(answer.kept) > OUTPUT_LIMIT_BYTES:
        raise NotHandedOnError(_too_large())
    if not answer.kept.strip():
        return b""
    try:
        value = msgspec.json.decode(answer.kept)
        content = msgspec.json.encode(
            value if isinstance(value, dict) else {"value": value}
        )
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"the answer is not JSON, though it says so: {error}"
        raise NotHandedOnError(message) from error
    if len(content) > OUTPUT_LIMIT_BYTES:
        raise NotHandedOnError(_too_large())
    return content


def _too_large() -> str:
    return f"the answer is over the limit of an output ({OUTPUT_LIMIT_BYTES} bytes)"
