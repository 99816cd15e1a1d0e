"""A request as httpx sends it, and what of it must not go to another host."""

import base64
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import httpx
import msgspec

from leo_engine.executors.http_options import HttpOptions
from leo_engine.spec.model import Json
from leo_engine.spec.value_text import value_text

_LAST_PORT = 65_535
_JSON = (b"content-type", b"application/json")


def address_of(options: HttpOptions) -> httpx.URL:
    """Return where the request goes, `params` behind what the address itself asks.

    Raises:
        httpx.InvalidURL: it is none.
    """
    url = httpx.URL(value_text(options.url).strip())
    if options.params:
        return url.copy_merge_params(_fields(options.params))
    return url


def fault_of(url: httpx.URL) -> str:
    """Return why nothing can be asked at an address; "" when it can."""
    if url.scheme not in ("http", "https") or not url.host:
        return "not an address: it begins with http:// or https:// and a host"
    if url.port is not None and url.port > _LAST_PORT:
        return f"not an address: there is no port {url.port}"
    return ""


def shown(url: httpx.URL) -> str:
    """Return an address without user and password."""
    return str(url.copy_with(userinfo=b""))


def credentials_of(options: HttpOptions) -> str:
    """Return the value of the header `Authorization`; "" when there is no `auth`."""
    auth = options.auth
    if auth.basic is not None:
        pair = value_text(auth.basic).encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return "" if auth.bearer is None else f"Bearer {value_text(auth.bearer)}"


def build(
    client: httpx.AsyncClient,
    options: HttpOptions,
    folder: str,
    files: contextlib.ExitStack,
) -> httpx.Request:
    """Return the request; what it uploads is opened, and closed with `files`.

    Raises:
        OSError: a file to upload cannot be read.
        httpx.InvalidURL: the address is none.
    """
    headers = {
        name.lower().encode(): value_text(value).encode()
        for name, value in options.headers.items()
    }
    if credentials := credentials_of(options):
        headers[b"authorization"] = credentials.encode()
    content: bytes | None = None
    if options.json is not msgspec.UNSET:
        content = msgspec.json.encode(options.json)
        headers.setdefault(*_JSON)
    elif options.body is not None:
        content = value_text(options.body).encode()
    uploads = {
        name: files.enter_context(_opened(folder, value_text(path)))
        for name, path in (options.files or {}).items()
    }
    return client.build_request(
        options.method.upper(),
        address_of(options),
        headers=list(headers.items()),
        content=content,
        data=None if options.form is None else _fields(options.form),
        files=uploads or None,
    )


def _opened(folder: str, path: str) -> BinaryIO:
    return Path(folder, path).open("rb")


def forget_secrets(request: httpx.Request, forms: tuple[bytes, ...]) -> None:
    """Take the headers with secrets out of a request to another host."""
    hidden = [
        name
        for name, value in request.headers.raw
        if any(form in value for form in forms)
    ]
    for name in hidden:
        del request.headers[name.decode("latin-1")]


def _fields(fields: Mapping[str, Json]) -> dict[str, str | list[str]]:
    """Return form or query fields as texts; a list is a field several times."""
    return {
        name: [value_text(item) for item in value]
        if isinstance(value, list)
        else value_text(value)
        for name, value in fields.items()
    }
