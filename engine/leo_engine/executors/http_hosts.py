"""Which hosts may be asked: `[http] allow` and `deny` of `leo.toml`.

A host is meant as it is written in an address: lower case, without port, user and
brackets; nothing is resolved. An IPv4 address counts in every spelling of it.
"""

import socket
from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec


class HostRules(msgspec.Struct, frozen=True):
    """Patterns of host names, in the way of the shell (`*.example.org`)."""

    allow: tuple[str, ...] = ()
    """Empty: every host."""
    deny: tuple[str, ...] = ()
    """Stronger than `allow`."""

    def refusal(self, host: str) -> str:
        """Return why a host may not be asked; "" when it may."""
        names = _names_of(host)
        pattern = _first(self.deny, names)
        if pattern:
            return f"host {host!r} is denied by leo.toml ([http] deny: {pattern!r})"
        if self.allow and not _first(self.allow, names):
            return f"host {host!r} is not among those that leo.toml allows ([http])"
        return ""


def _names_of(host: str) -> tuple[str, ...]:
    name = host.lower().strip("[]").rstrip(".")
    try:
        # 2852039166 and 0xa9.0xfe.0xa9.0xfe are 169.254.169.254 to every client.
        return name, socket.inet_ntoa(socket.inet_aton(name))
    except (OSError, UnicodeError, ValueError):
        return (name,)


def _first(patterns: Sequence[str], names: Sequence[str]) -> str:
    for pattern in patterns:
        wanted = pattern.lower().strip("[]").rstrip(".")
        if any(fnmatchcase(name, wanted) for name in names):
            return pattern
    return ""
