"""What a rude server says when it is in a good mood: whole answers, by path."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

_NONE: Mapping[str, str] = MappingProxyType({})
_JSON = {"content-type": "application/json"}
_TEXT = {"content-type": "text/plain"}


class Seen(NamedTuple):
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class Reply(NamedTuple):
    """A whole answer."""

    status: int = 200
    headers: Mapping[str, str] = _NONE
    body: bytes = b""


Polite = Callable[[Seen, list[str], int], Reply]
"""Given a request, the rest of its path, and how often it has been made."""


def reply_to(seen: Seen, count: int) -> Reply:
    """Return the answer to a request that is made for the `count`th time."""
    name, *rest = urlsplit(seen.target).path.strip("/").split("/")
    return _REPLIES.get(name, _echo)(seen, rest, count)


def _echo(seen: Seen, rest: list[str], count: int) -> Reply:
    del rest
    told = {**seen._asdict(), "body": seen.body.decode(errors="replace"), "n": count}
    return Reply(200, _JSON, json.dumps(told).encode())


def _status(seen: Seen, rest: list[str], count: int) -> Reply:
    del seen, count
    return Reply(int(rest[0]), _TEXT, b"no luck\n")


def _flaky(seen: Seen, rest: list[str], count: int) -> Reply:
    times, status = rest
    return Reply(int(status)) if count <= int(times) else _echo(seen, rest, count)


def _limited(seen: Seen, rest: list[str], count: int) -> Reply:
    if count == 1:
        return Reply(429, {"retry-after": rest[0]})
    return _echo(seen, rest, count)


def _to(seen: Seen, rest: list[str], count: int) -> Reply:
    del rest, count
    query = parse_qs(urlsplit(seen.target).query)
    return Reply(int(query.get("status", ["302"])[0]), {"location": query["url"][0]})


def _poll(seen: Seen, rest: list[str], count: int) -> Reply:
    del seen
    state = "done" if count >= int(rest[0]) else "running"
    return Reply(200, _JSON, json.dumps({"state": state}).encode())


def _json(seen: Seen, rest: list[str], count: int) -> Reply:
    del seen, count
    return Reply(200, _JSON, bytes.fromhex(rest[0]))


def _always(reply: Reply) -> Polite:
    def answer(seen: Seen, rest: list[str], count: int) -> Reply:
        del seen, rest, count
        return reply

    return answer


_REPLIES: Mapping[str, Polite] = {
    "status": _status,
    "flaky": _flaky,
    "limited": _limited,
    "to": _to,
    "poll": _poll,
    "json": _json,
    "circle": _always(Reply(302, {"location": "/circle"})),
    "bad-json": _always(Reply(200, _JSON, b'{"n": 1,')),
    "lines": _always(Reply(200, _TEXT, b"one\ntwo 2\n\n")),
    "cookie": _always(Reply(200, {"set-cookie": "taste=sweet; Path=/"})),
    "bad-gzip": _always(Reply(200, {"content-encoding": "gzip"}, b"not gzip at all")),
}
