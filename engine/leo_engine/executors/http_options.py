"""What one HTTP task asks for: its `http` table after rendering, read once.

Values may have been templates, so texts are taken from whatever they became.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from leo_engine.errors import LaunchError
from leo_engine.spec.model import HttpCall, Json

_IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
"""Source: RFC 9110, section 9.2.2."""
_CLASS = 100
_Count = Annotated[int, Meta(ge=0)]
_Positive = Annotated[int, Meta(ge=1)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the tables: an unknown key is a mistake of ours, and told."""


class HttpAuth(_Table, frozen=True):
    """Who asks: `user:password`, or a token."""

    basic: Json = None
    bearer: Json = None


class HttpPoll(_Table, frozen=True):
    """Ask again until a condition holds."""

    until: str
    interval_ms: _Count | None = 5_000
    deadline_ms: _Count | None = None
    variables: dict[str, Json] = {}
    """What the condition names besides the answer."""


class HttpOptions(_Table, frozen=True):
    """The `http` table; durations in ms, sizes in bytes."""

    url: Json
    method: str = "GET"
    params: dict[str, Json] | None = None
    headers: dict[str, Json] = {}
    json: Json | msgspec.UnsetType = msgspec.UNSET
    body: Json = None
    form: dict[str, Json] | None = None
    files: dict[str, Json] | None = None
    auth: HttpAuth = HttpAuth()
    verify: bool | str = True
    redirects: bool = False
    success: tuple[str | int, ...] = ("2xx",)
    timeout_ms: int | None = 30_000
    deadline_ms: int | None = None
    retries: _Count = 2
    retry_methods: tuple[str, ...] = ()
    retry_cap_ms: int | None = 60_000
    max_body_bytes: int | None = 10_000_000
    max_in_flight: _Positive | None = None
    max_per_host: _Positive | None = None
    poll: HttpPoll | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether a request that may have arrived may be sent again."""
        also = {method.upper() for method in self.retry_methods}
        return self.method.upper() in _IDEMPOTENT or self.method.upper() in also

    def is_success(self, status: int) -> bool:
        """Tell whether a status is one of those that the task calls a success."""
        names = {str(status), f"{status // _CLASS}xx"}
        return any(str(wanted).lower() in names for wanted in self.success)


def options_of(call: HttpCall) -> HttpOptions:
    """Return the options of an action.

    Raises:
        LaunchError: a template became something that cannot stand where it does.
    """
    try:
        return msgspec.json.decode(call.options, type=HttpOptions)
    except msgspec.ValidationError as error:
        raise LaunchError(f"http: {error}") from error
