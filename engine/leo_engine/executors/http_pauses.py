"""How long to wait before a request is sent again. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

from leo_engine.executors.http_answer import Trouble
from leo_engine.executors.http_options import HttpOptions

_FIRST_MS = 500
"""Longest pause before the second request; each further one may be twice as long."""
_MOST_DOUBLINGS = 30


def may_retry(options: HttpOptions, trouble: Trouble, sent: int) -> bool:
    """Tell whether there is another request to send, after `sent` of them."""
    if not trouble.is_transient or sent > options.retries:
        return False
    return trouble.is_unsent or options.may_repeat


def pause_ms(
    options: HttpOptions, trouble: Trouble, sent: int, chance: Random, now_ms: int
) -> int:
    """Return the pause after request number `sent` (1-based).

    What the answer asks for (`Retry-After`), which may be over `retry_cap`, else any
    length up to a bound that doubles and ends at `retry_cap`.

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter", 2015: full jitter.
    """
    asked_ms = retry_after_ms(trouble.retry_after, now_ms)
    if asked_ms is not None:
        return asked_ms
    bound_ms = _FIRST_MS << min(sent - 1, _MOST_DOUBLINGS)
    if options.retry_cap_ms is not None:
        bound_ms = min(bound_ms, options.retry_cap_ms)
    return chance.randint(0, bound_ms)


def retry_after_ms(text: str, now_ms: int) -> int | None:
    """Return what `Retry-After` asks for; None when it is absent or makes no sense.

    Source: RFC 9110, section 10.2.3: seconds, or a date.
    """
    if text.isascii() and text.isdecimal() and len(text) < 10:  # noqa: PLR2004 -- more digits are centuries
        return int(text) * 1000
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, int((moment - epoch).total_seconds() * 1000) - now_ms)
