"""A socket before that of a Docker daemon, at which a request can be waited for.

When the awaited request comes, `then` is called: before the daemon gets it, or once the
daemon has answered and before anybody hears of it. So a client can be killed at a call.
"""

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

_LOOK_S = 0.2
_CHUNK_BYTES = 1 << 16


class DockerProxy:
    """Hands everything on in both directions."""

    def __init__(self, path: Path, daemon: Path) -> None:
        self.url = f"unix://{path}"
        self._daemon = daemon
        self._is_closed = threading.Event()
        self._awaited: re.Pattern[bytes] | None = None
        self._is_after = False
        self._then: Callable[[], None] = lambda: None
        self.has_come = threading.Event()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(path))
        self._door.listen(128)
        self._door.settimeout(_LOOK_S)
        self._threads = [threading.Thread(target=self._receive)]
        self._threads[0].start()

    def expect(self, request: str, then: Callable[[], None], *, answered: bool) -> None:
        """Call `then` at the first request that matches, once it is answered or not."""
        self._then, self._is_after = then, answered
        self._awaited = re.compile(request.encode())

    def close(self) -> None:
        """Cut off everybody."""
        self._is_closed.set()
        for thread in self._threads:
            thread.join()
        self._door.close()

    def _receive(self) -> None:
        while not self._is_closed.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._door.accept()
                thread = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with client, daemon:
            daemon.connect(str(self._daemon))
            pair = _Pair(client, daemon, self)
            back = threading.Thread(target=pair.answer)
            back.start()
            pair.ask()
            back.join()

    def is_closed(self) -> bool:
        """Whether to hand on nothing more."""
        return self._is_closed.is_set()

    def sees(self, request: bytes) -> bool:
        """Take note of a request; True when its answer is awaited."""
        awaited = self._awaited
        if awaited is None or not awaited.match(request):
            return False
        self._awaited = None
        if not self._is_after:
            self.strike()
        return self._is_after

    def strike(self) -> None:
        """Do what was to be done then."""
        self._then()
        self.has_come.set()


class _Pair:
    """One connection and its continuation to the daemon."""

    def __init__(
        self, client: socket.socket, daemon: socket.socket, proxy: DockerProxy
    ) -> None:
        self._client, self._daemon, self._proxy = client, daemon, proxy
        self._strikes = False
        for end in (client, daemon):
            end.settimeout(_LOOK_S)

    def ask(self) -> None:
        """Hand requests on until the client is gone."""
        while chunk := self._chunk(self._client):
            if self._proxy.sees(chunk):
                self._strikes = True
            with contextlib.suppress(OSError):
                self._daemon.sendall(chunk)
        with contextlib.suppress(OSError):
            self._daemon.shutdown(socket.SHUT_WR)

    def answer(self) -> None:
        """Hand answers on until the daemon has no more."""
        while chunk := self._chunk(self._daemon):
            if self._strikes:
                self._strikes = False
                self._proxy.strike()
            try:
                self._client.sendall(chunk)
            except OSError:
                # As a daemon would see it.
                with contextlib.suppress(OSError):
                    self._daemon.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def _chunk(self, end: socket.socket) -> bytes:
        while not self._proxy.is_closed():
            try:
                return end.recv(_CHUNK_BYTES)
            except TimeoutError:
                continue
            except OSError:
                return b""
        return b""
