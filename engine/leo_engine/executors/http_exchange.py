"""One request until it has an answer that counts: sent, followed, tried again."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from leo_engine.executors.http_answer import KEPT_BYTES, Answer, Trouble
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.http_log import BodyLog, HttpLog
from leo_engine.executors.http_message import build, fault_of, forget_secrets, shown
from leo_engine.executors.http_options import HttpOptions
from leo_engine.executors.http_pauses import may_retry, pause_ms
from leo_engine.executors.http_trouble import FAILURES, trouble_of
from leo_engine.ports import Clock

_MOST_REDIRECTS = 20
_OFTEN = frozenset((408, 425, 429))
_SERVER_FAULT = 500
_MS = 1000

Sleep = Callable[[int], Awaitable[None]]
"""Waits for so many milliseconds."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the exchanges of one engine share."""

    clock: Clock
    sleep: Sleep
    chance: random.Random
    rules: Callable[[], HostRules]


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt has to do."""

    options: HttpOptions
    client: httpx.AsyncClient
    log: HttpLog
    forms: tuple[bytes, ...]
    """What no other host may be told."""
    working_dir: str
    until_ms: int | None = None
    """When the deadline is up, by the monotonic clock."""


class Exchange:
    """Sends the request of an errand, as often as it takes."""

    def __init__(self, errand: Errand, around: Surroundings) -> None:
        self._errand = errand
        self._options = errand.options
        self._log = errand.log
        self._around = around
        self._head_came = False

    async def answer(self) -> Answer | Trouble:
        """Return the answer, or what stands for good in the way of one."""
        sent = 0
        while True:
            sent += 1
            came = await self._once()
            if isinstance(came, Answer):
                return came
            tried = came.reason if sent == 1 else f"{came.reason} after {sent} requests"
            if not may_retry(self._options, came, sent):
                return Trouble(reason=tried)
            chance, now_ms = self._around.chance, self._around.clock.now_ms()
            pause = pause_ms(self._options, came, sent, chance, now_ms)
            if refusal := self._too_long(pause):
                return Trouble(reason=f"{tried}: {refusal}")
            retries = f"retry {sent} of {self._options.retries}"
            self._log.note(f"{came.reason}; {retries} in {pause / _MS:g} s")
            await self._around.sleep(pause)

    def _too_long(self, pause: int) -> str:
        """Return why a pause is not waited for; "" when it is."""
        cap_ms, left_ms = self._options.retry_cap_ms, self._left_ms()
        if cap_ms is not None and pause > cap_ms:
            asked, cap = f"{pause / _MS:g}", f"{cap_ms / _MS:g}"
            return f"to be asked again in {asked} s, over retry_cap ({cap} s)"
        if left_ms is not None and pause >= left_ms:
            return "the deadline leaves no time for another"
        return ""

    def _left_ms(self) -> int | None:
        until_ms = self._errand.until_ms
        return (
            None if until_ms is None else until_ms - self._around.clock.monotonic_ms()
        )

    async def _once(self) -> Answer | Trouble:
        """Send the request once, and follow where it is sent on to."""
        left_ms, limit_ms = self._left_ms(), self._options.timeout_ms or None
        is_deadline = left_ms is not None and (limit_ms is None or left_ms < limit_ms)
        seconds_ms = left_ms if is_deadline else limit_ms
        self._head_came = False
        try:
            async with asyncio.timeout(
                None if seconds_ms is None else max(0, seconds_ms) / _MS
            ):
                return await self._sent()
        except TimeoutError:
            return self._late(is_deadline=is_deadline)

    def _late(self, *, is_deadline: bool) -> Trouble:
        what = "the answer did not end" if self._head_came else "no answer"
        if is_deadline:
            return Trouble(reason=f"{what} before the deadline")
        within = f"{(self._options.timeout_ms or 0) / _MS:g} s"
        return Trouble(reason=f"{what} within {within}", is_transient=True)

    async def _sent(self) -> Answer | Trouble:
        errand = self._errand
        with contextlib.ExitStack() as files:
            try:
                request = build(errand.client, self._options, errand.working_dir, files)
            except httpx.InvalidURL as error:
                return Trouble(reason=f"not an address: {error}")
            except OSError as error:
                return Trouble(
                    reason=f"cannot read {error.filename!r}: {error.strerror}"
                )
            return await self._followed(request)

    async def _followed(self, request: httpx.Request) -> Answer | Trouble:
        for _ in range(_MOST_REDIRECTS):
            url = request.url
            if refusal := fault_of(url) or self._around.rules().refusal(url.host):
                return Trouble(reason=refusal)
            came = await self._hop(request)
            if not isinstance(came, httpx.Request):
                return came
            if came.url.host != request.url.host:
                forget_secrets(came, self._errand.forms)
            request = came
        return Trouble(reason=f"more than {_MOST_REDIRECTS} redirects")

    async def _hop(self, request: httpx.Request) -> Answer | Trouble | httpx.Request:
        """Return what one request led to, be it the next one."""
        self._log.lines("> ", [f"{request.method} {shown(request.url)}"])
        response = None
        try:
            response = await self._errand.client.send(request, stream=True)
            self._head_came = True
            return await self._taken_in(response)
        except FAILURES as error:
            return trouble_of(error, request.url)
        finally:
            if response is not None:
                await response.aclose()

    async def _taken_in(
        self, response: httpx.Response
    ) -> Answer | Trouble | httpx.Request:
        status = response.status_code
        self._log.lines(
            "< ", [f"{response.http_version} {status} {response.reason_phrase}"]
        )
        self._log.lines(
            "< ", [f"{name}: {value}" for name, value in response.headers.multi_items()]
        )
        self._log.lines("", [""])
        if self._options.redirects and response.next_request is not None:
            return response.next_request
        is_success = self._options.is_success(status)
        answer = await self._read(response, is_success=is_success)
        if is_success:
            return answer
        return Trouble(
            reason=f"HTTP {status}{_where_to(response)}",
            is_transient=status in _OFTEN or status >= _SERVER_FAULT,
            retry_after=answer.headers.get("retry-after", "").strip(),
        )

    async def _read(self, response: httpx.Response, *, is_success: bool) -> Answer:
        """Write the body to the log as it comes, up to `max_body`."""
        is_result = is_success and self._options.poll is None
        body = self._log.body(is_result=is_result)
        reader = _Reader(body, self._options.max_body_bytes)
        try:
            async for piece in response.aiter_bytes():
                if not reader.take(piece):
                    break
        finally:
            body.end()
        if reader.is_cut:
            size = self._options.max_body_bytes
            self._log.note(f"max_body ({size} bytes) is reached: the rest was not read")
        return Answer(
            status=response.status_code,
            headers=dict(response.headers.items()),
            kept=bytes(reader.kept),
            is_kept_whole=not reader.is_cut and reader.size_bytes == len(reader.kept),
            is_logged_whole=not reader.is_cut,
        )


class _Reader:
    """A body as far as it has come."""

    def __init__(self, body: BodyLog, most_bytes: int | None) -> None:
        self._body = body
        self._most_bytes = most_bytes
        self.kept = bytearray()
        self.size_bytes = 0
        self.is_cut = False

    def take(self, piece: bytes) -> bool:
        """Take in a piece; False when nothing more is wanted."""
        if self._most_bytes is not None:
            room = self._most_bytes - self.size_bytes
            self.is_cut = len(piece) > room
            piece = piece[:room]
        self.size_bytes += len(piece)
        self.kept += piece[: KEPT_BYTES - len(self.kept)]
        self._body.write(piece)
        return not self.is_cut


def _where_to(response: httpx.Response) -> str:
    """Return where an answer that was not followed sends to."""
    if response.next_request is None:
        return ""
    target = shown(response.next_request.url)
    return f" to {target}, which 'redirects = true' would follow"
