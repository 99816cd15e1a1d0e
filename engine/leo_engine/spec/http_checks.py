"""What can be wrong with the `http` table of a task before anything is sent."""

import re
from collections.abc import Sequence

from leo_engine.spec.draft import Draft
from leo_engine.spec.source_executors import HttpSource
from leo_engine.spec.template import is_template
from leo_engine.spec.text_place import Path

METHODS = frozenset(
    (
        *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
        *("COPY", "LINK", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "PURGE"),
        *("QUERY", "REPORT", "SEARCH", "UNLINK", "UNLOCK"),
    )
)
_SUCCESS_CLASS = re.compile(r"[1-5](xx|\d\d)")
_BODIES = ("json", "body", "form", "files")
_CODES = range(100, 600)
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
"""Source: RFC 9110, section 5.6.2."""


def check_http(draft: Draft, http: HttpSource) -> None:
    """Record what is wrong with a table."""
    path: Path = (*draft.path, "http")
    if not http.url.strip():
        draft.findings.add((*path, "url"), "'url' is empty")
    bodies = [name for name in _BODIES if getattr(http, name) is not None]
    if len(bodies) > 1 and bodies != ["form", "files"]:
        named = " and ".join(repr(name) for name in bodies)
        draft.findings.add(path, f"a request has one body; this one has {named}")
    if http.method is not None:
        _check_method(draft, (*path, "method"), http.method)
    for position, method in enumerate(http.retry_methods or ()):
        _check_method(draft, (*path, "retry_methods", position), method)
    _check_success(draft, (*path, "success"), http.success or ())
    _check_headers(draft, path, http)
    if http.poll is not None and not http.poll.until.strip():
        draft.findings.add((*path, "poll", "until"), "'until' is empty")


def _check_method(draft: Draft, path: Path, method: str) -> None:
    if method.upper() in METHODS or is_template(method):
        return
    hint = draft.findings.did_you_mean(method.upper(), METHODS)
    draft.findings.add(path, f"{method!r} is no method of HTTP", hint=hint)


def _check_success(draft: Draft, path: Path, codes: Sequence[str | int]) -> None:
    for position, code in enumerate(codes):
        if not _is_success_class(code):
            draft.findings.add(
                (*path, position),
                f"{code!r} is neither a class such as '2xx' nor a status such as 404",
            )


def _is_success_class(code: str | int) -> bool:
    if isinstance(code, str):
        return _SUCCESS_CLASS.fullmatch(code) is not None
    return code in _CODES


def _check_headers(draft: Draft, path: Path, http: HttpSource) -> None:
    for name in http.headers or {}:
        if not _HEADER_NAME.fullmatch(name):
            message = f"{name!r} cannot be the name of a header"
            draft.findings.add((*path, "headers", name), message, at_key=True)
        elif http.auth is not None and name.lower() == "authorization":
            message = "'auth' makes this header; a request takes one of them"
            draft.findings.add((*path, "headers", name), message, at_key=True)
    if http.auth is not None and (http.auth.basic is None) == (
        http.auth.bearer is None
    ):
        draft.findings.add((*path, "auth"), "'auth' takes either 'basic' or 'bearer'")
