"""The screen in a browser, by textual-serve, for nobody but who started it.

textual-serve lets in whoever connects. But any page of the web that is open in a
browser here may connect to a port of this machine, under a name of its own too, and so
may other users of the machine. Who comes in must therefore have a key, which the first
address carries and a cookie keeps, and must come from a page of ours.
Source: RFC 6455, section 10.2.
"""

import hmac
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware
from textual_serve.server import Server

_KEY = "key"
_COOKIE = "leo-tui-key"
_KEY_BYTES = 24
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- listens only if told

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GuardedServer(Server):
    """Shows one address, with the key; anything else is refused."""

    def __init__(self, command: str, host: str, port: int) -> None:
        name = socket.gethostname() if host in _EVERY_ADDRESS else host
        shown = f"[{name}]" if ":" in name else name
        public_url = f"http://{shown}:{port}"
        super().__init__(
            command, host=host, port=port, title="leo-tui", public_url=public_url
        )
        self._key = secrets.token_urlsafe(_KEY_BYTES)
        self._place = f"{shown}:{port}"

    @property
    def address(self) -> str:
        """What to open."""
        return f"{self.public_url}/?{_KEY}={self._key}"

    async def on_startup(self, app: web.Application) -> None:
        """Say what to open."""
        del app
        self.console.print(
            f"leo-tui is at {self.address}\n"
            "The address is for you alone: who has it runs commands as you.\n"
            "Ctrl-C ends it; runs go on.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    def initialize_logging(self) -> None:
        """Log nothing: requests would name the key."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard())
        return app

    def _guard(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Answer) -> web.StreamResponse:
            if not self._is_ours(request):
                raise web.HTTPForbidden(text="not from a page of this address")
            if self._fits(request.query.get(_KEY, "")) and request.path == "/":
                entered = web.HTTPFound("/")
                entered.set_cookie(_COOKIE, self._key, httponly=True, samesite="Strict")
                raise entered
            if not self._fits(request.cookies.get(_COOKIE, "")):
                raise web.HTTPForbidden(text="open the address that leo-tui printed")
            return await handler(request)

        return guard

    def _fits(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self._key.encode())

    def _is_ours(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        from_here = origin is None or urlsplit(origin).netloc == self._place
        return from_here and request.host == self._place


def serve(command: str, host: str, port: int) -> None:
    """Serve the screen that `command` opens, to one browser each, until Ctrl-C.

    Raises:
        OSError: the port is taken.
    """
    # A browser has every colour, whatever the terminal has that this is started in.
    os.environ["COLORTERM"] = "truecolor"
    GuardedServer(command, host, port).serve()
