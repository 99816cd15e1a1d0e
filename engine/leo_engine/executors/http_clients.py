"""The one client of an engine's requests, and one more for each other `verify`.

Tasks share connections and nothing else: cookies are neither kept nor sent.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

MakeClient = Callable[[bool | str], httpx.AsyncClient]
"""Given `verify`: true, false, or the path of certificates to trust."""

_MOST_CONNECTIONS = 512
_MOST_IDLE = 64
_MOST_CLIENTS = 8

# It would tell addresses, and secrets in them, to whoever listens.
logging.getLogger("httpx").setLevel(logging.WARNING)


class CertificatesError(ValueError):
    """What was to be trusted cannot be read; says why."""


class _Shared:
    """A client and how many use it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.users = 0


class HttpClients:
    """Clients by how they verify; when there are many, idle ones are closed."""

    def __init__(self, make: MakeClient) -> None:
        self._make = make
        self._shared: dict[bool | str, _Shared] = {}
        self._making = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def use(self, verify: bool | str) -> AsyncIterator[httpx.AsyncClient]:  # noqa: FBT001 -- as written in the file
        """Yield the client that verifies so.

        Raises:
            CertificatesError: those that it should trust cannot be read, or are none.
        """
        shared = self._shared.get(verify) or await self._made(verify)
        shared.users += 1
        try:
            yield shared.client
        finally:
            shared.users -= 1

    async def _made(self, verify: bool | str) -> _Shared:  # noqa: FBT001 -- as above
        # One at a time: two tasks that begin together are to have the same client.
        async with self._making:
            if verify not in self._shared:
                await self._make_room()
                # Reading certificates takes tens of milliseconds.
                client = await asyncio.to_thread(self._make, verify)
                self._shared[verify] = _Shared(client)
            return self._shared[verify]

    async def _make_room(self) -> None:
        if len(self._shared) < _MOST_CLIENTS:
            return
        idle = [verify for verify, one in self._shared.items() if not one.users]
        for verify in idle:
            await self._shared.pop(verify).client.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for shared in self._shared.values():
            await shared.client.aclose()
        self._shared.clear()


def make_client(verify: bool | str) -> httpx.AsyncClient:  # noqa: FBT001 -- as written in the file
    """Return a client; the proxies of the environment are used.

    Raises:
        CertificatesError: those that it should trust cannot be read, or are none.
    """
    return httpx.AsyncClient(
        verify=_trusting(verify) if isinstance(verify, str) else verify,
        timeout=None,  # noqa: S113 -- the exchange sets the limits, over the body too
        limits=httpx.Limits(
            max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_IDLE
        ),
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": "leo-tui"},
    )


def _trusting(path: str) -> ssl.SSLContext:
    is_folder = Path(path).is_dir()
    try:
        return ssl.create_default_context(
            cafile=None if is_folder else path, capath=path if is_folder else None
        )
    except OSError as error:
        why = "it holds none" if isinstance(error, ssl.SSLError) else error.strerror
        message = f"cannot use the certificates of {path!r}: {why}"
        raise CertificatesError(message) from error
