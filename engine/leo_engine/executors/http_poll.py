"""Asking again until an answer says that the work behind it is done."""

import msgspec

from leo_engine.errors import TemplateError
from leo_engine.executors.http_answer import Answer, Trouble
from leo_engine.executors.http_exchange import Errand, Exchange, Surroundings
from leo_engine.executors.http_options import HttpPoll
from leo_engine.spec.model import Json
from leo_engine.spec.template import evaluate_condition

_MS = 1000
_INTERVAL_MS = 5_000


class _UnclearError(ValueError):
    """The condition cannot be worked out."""


async def polled(
    errand: Errand, poll: HttpPoll, around: Surroundings
) -> Answer | Trouble:
    """Return the first answer for which `until` holds."""
    interval_ms = poll.interval_ms or _INTERVAL_MS
    asked = 0
    while True:
        asked += 1
        came = await Exchange(errand, around).answer()
        if isinstance(came, Trouble):
            return came
        try:
            if _holds(poll, came):
                return came
        except _UnclearError as error:
            return Trouble(reason=str(error))
        now_ms = around.clock.monotonic_ms()
        if errand.until_ms is not None and now_ms + interval_ms >= errand.until_ms:
            often = "1 answer" if asked == 1 else f"{asked} answers"
            return Trouble(
                reason=f"poll.until held for none of {often} by the deadline"
            )
        errand.log.note(
            f"poll.until does not hold yet; again in {interval_ms / _MS:g} s"
        )
        await around.sleep(interval_ms)


def _holds(poll: HttpPoll, answer: Answer) -> bool:
    if not answer.is_kept_whole:
        message = "the answer is larger than max_body or 1 MiB: poll.until needs it all"
        raise _UnclearError(message)
    variables: dict[str, Json] = {
        **poll.variables,
        "status": answer.status,
        "headers": dict(answer.headers),
        "body": answer.kept.decode(errors="replace"),
        "json": _json(answer.kept),
    }
    try:
        return evaluate_condition(poll.until, variables)
    except TemplateError as error:
        message = f"poll.until cannot be worked out: {error}"
        raise _UnclearError(message) from error


def _json(body: bytes) -> Json:
    """Return a body as a value; None when it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
