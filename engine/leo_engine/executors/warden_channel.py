"""Messages between the engine's loop and its warden: batched, never blocking.

What is sent within one turn of the loop leaves in one frame. `warden.py` describes the
frames.
"""

import asyncio
import contextlib
import marshal
import os
import socket
from collections.abc import Callable

from leo_engine.executors.warden_link import WardenProcess

_PREFIX_BYTES = 4
_CHUNK_BYTES = 1 << 16
_PATIENCE_MS = 100

Report = tuple[str, int, int, int, int, str]
"""What the warden says: a letter, the attempt's number, three more numbers, a text."""


class WardenChannel:
    """One warden, from its first message to the end of the connection."""

    def __init__(
        self,
        process: WardenProcess,
        *,
        on_reports: Callable[[list[Report]], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._link, self._pid = process
        self._on_reports = on_reports
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._batch: list[tuple[object, ...]] = []
        self._outbox = b""
        self._is_waiting = False
        self._inbox = bytearray()
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._link, self._receive)

    def send(self, message: tuple[object, ...]) -> None:
        """Send a message together with all that this turn of the loop sends."""
        if not self._batch:
            self._loop.call_soon(self._flush)
        self._batch.append(message)

    async def aclose(self, *, is_idle: bool) -> None:
        """Hang up; wait for an idle warden to leave, which takes about a millisecond.

        It may still be busy with what tasks have left behind: then it leaves later.
        """
        if self._end.done():
            return
        self._on_lost = _ignore
        self._flush()
        if is_idle and not self._end.done():
            self._link.shutdown(socket.SHUT_WR)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_MS / 1000):
                    await asyncio.shield(self._end)
        self._hang_up()

    def _flush(self) -> None:
        if self._batch and not self._end.done():
            payload = marshal.dumps(self._batch)
            self._outbox += len(payload).to_bytes(_PREFIX_BYTES, "little") + payload
            self._write()
        self._batch.clear()

    def _write(self) -> None:
        try:
            sent = self._link.send(self._outbox)
        except BlockingIOError:
            sent = 0
        except OSError:
            # It has left; what it said before tells why.
            while not self._end.done():
                self._receive()
            return
        self._outbox = self._outbox[sent:]
        if self._outbox:
            self._loop.add_writer(self._link, self._write)
            self._is_waiting = True
        elif self._is_waiting:
            self._loop.remove_writer(self._link)
            self._is_waiting = False

    def _receive(self) -> None:
        try:
            chunk = self._link.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._lose()
            return
        self._inbox += chunk
        while len(self._inbox) >= _PREFIX_BYTES:
            end = _PREFIX_BYTES + int.from_bytes(self._inbox[:_PREFIX_BYTES], "little")
            if len(self._inbox) < end:
                return
            frame = self._inbox[_PREFIX_BYTES:end]
            del self._inbox[:end]
            self._on_reports(marshal.loads(frame))  # noqa: S302 - our own warden's

    def _lose(self) -> None:
        if self._end.done():
            return
        self._hang_up()
        # Its end of the socket closes as it exits: this waits for an instant at most.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        self._on_lost()

    def _hang_up(self) -> None:
        if not self._end.done():
            self._loop.remove_reader(self._link)
            self._loop.remove_writer(self._link)
            self._link.close()
            self._end.set_result(None)


def _ignore() -> None:
    """Expect the end."""
