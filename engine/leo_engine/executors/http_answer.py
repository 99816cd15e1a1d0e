"""What came back, as data: an answer, or what went wrong instead of one."""

from collections.abc import Mapping

import msgspec

KEPT_BYTES = 1 << 20
"""Of a body, for whoever looks into it: an output, or the condition of a poll."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one exchange."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; what was sent several times, joined by commas."""
    kept: bytes
    """The body's beginning, `KEPT_BYTES` at most."""
    is_kept_whole: bool
    """There was nothing more of the body."""
    is_logged_whole: bool
    """`max_body` left nothing of it out."""

    @property
    def says_json(self) -> bool:
        """Whether it calls its body JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer that counts."""

    reason: str
    """One line for people, without how often it was tried."""
    is_transient: bool = False
    """It may be better the next time."""
    is_unsent: bool = False
    """The request did not arrive: whatever it was, it may be sent again."""
    retry_after: str = ""
    """What the answer's header of that name said."""
