"""An HTTP server on loopback that behaves, and misbehaves, as its paths say.

It is written on bare sockets: a library would not let it be this rude.
"""

import asyncio
import socket
import ssl
import struct
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from polite_replies import Reply, Seen, reply_to

_ABORT = struct.pack("ii", 1, 0)
"""Linger on, for no time: closing resets."""
LOOPBACK_PEM = Path(__file__).with_name("loopback.pem")
"""Key and certificate of localhost and 127.0.0.1, for these tests alone."""
_TLS = b"\x16"
"""First byte of a client that wants to speak TLS."""
_BUSY_S = 0.01
_PIECE = b"z" * 65_536


def loopback_tls() -> ssl.SSLContext:
    """Return a server's side of TLS, with a certificate that nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOOPBACK_PEM)
    return context


class RudeServer:
    """Listens on a port of its own.

    `/echo` tells what arrived, `/busy` after a while · `/status/N` ·
    `/flaky/N/STATUS` that status N times · `/limited/SECONDS` 429 once · `/to?url=`
    sends on, `/circle` to itself · `/poll/N` is done at the Nth time · `/json/HEX` ·
    `/bad-json` · `/lines` · `/bad-gzip` · `/cookie` sets one · `/big` 50 MB ·
    `/reset` · `/late` a reset in the middle of the body · `/hang` · `/drip` a byte now
    and then, for ever · `/forever` chunks without end · `/cut` fewer bytes than
    announced · `/silent` no answer · `/garbage` no HTTP.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.seen: list[Seen] = []
        self.arrived = asyncio.Event()
        """Set by every request; to be cleared by whoever waits."""
        self.gone = asyncio.Event()
        """Set when a client has broken off."""
        self._counts = Counter[str]()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._at_once = 0
        self.most_at_once = 0
        """How many polite answers were being given at the same time."""
        self.port = 0

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_server(
            self._meet, "127.0.0.1", 0, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop at once, whoever is being talked to."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http{'s' if self._tls else ''}://{host}:{self.port}{path}"

    def count(self, target: str) -> int:
        """Return how often a target was asked for."""
        return sum(seen.target == target for seen in self.seen)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while (seen := await _request(reader)) is not None:
                self.seen.append(seen)
                self.arrived.set()
                if not await self._answer(seen, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            self.gone.set()
        finally:
            writer.close()

    async def _answer(
        self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer; False when the connection is not to be used any more."""
        name = urlsplit(seen.target).path.strip("/").split("/")[0]
        rude = _RUDE.get(name)
        if rude is None:
            self._counts[seen.target] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            if name == "busy":
                await asyncio.sleep(_BUSY_S)
            await _send(writer, reply_to(seen, self._counts[seen.target]))
            self._at_once -= 1
            return True
        await rude(reader, writer)
        self.gone.set()
        return False


async def _request(reader: asyncio.StreamReader) -> Seen | None:
    begin = await reader.readexactly(1)
    if begin == _TLS:
        return None
    head = begin + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    if headers.get("transfer-encoding") == "chunked":
        return Seen(method, target, headers, await _chunks(reader))
    length = int(headers.get("content-length", 0))
    return Seen(method, target, headers, await reader.readexactly(length))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    lines = [f"{name}: {value}" for name, value in reply.headers.items()]
    head = "\r\n".join(
        (f"HTTP/1.1 {reply.status} Said", *lines, f"content-length: {len(reply.body)}")
    )
    writer.write(head.encode() + b"\r\n\r\n" + reply.body)
    await writer.drain()


async def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    peer = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 Said\r\ncontent-length: 1000\r\n\r\nsome")
    await writer.drain()
    await _reset(reader, writer)


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del writer
    await reader.read()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    writer.write(b"HTTP/1.1 200 Said\r\ncontent-length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _forever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    writer.write(b"HTTP/1.1 200 Said\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(f"{len(_PIECE):x}\r\n".encode() + _PIECE + b"\r\n")
        await writer.drain()


async def _big(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    size = 50_000_000
    writer.write(f"HTTP/1.1 200 Said\r\ncontent-length: {size}\r\n\r\n".encode())
    for _ in range(0, size, len(_PIECE)):
        writer.write(_PIECE)
        await writer.drain()


async def _cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    writer.write(b"HTTP/1.1 200 Said\r\ncontent-length: 1000\r\n\r\nsome")
    await writer.drain()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader, writer


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    del reader
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()


_RUDE = {
    "reset": _reset,
    "late": _late,
    "hang": _hang,
    "drip": _drip,
    "forever": _forever,
    "big": _big,
    "cut": _cut,
    "silent": _silent,
    "garbage": _garbage,
}
