"""One request with its retries, on a clock that only the test moves."""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from leo_engine.executors.http_answer import Answer, Trouble
from leo_engine.executors.http_exchange import Errand, Exchange, Surroundings
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.http_log import HttpLog
from leo_engine.executors.http_options import HttpOptions
from leo_engine.testing.fake_clock import FakeClock, settle

Respond = Callable[[httpx.Request], httpx.Response]


class World:
    """An exchange with a server that answers as told."""

    def __init__(self, log_path: Path) -> None:
        self.clock = FakeClock()
        self.sent_ms: list[int] = []
        self.answers: Iterator[int | Exception | httpx.Response] = iter(())
        self._log = HttpLog(str(log_path), "", (), None)
        self._path = log_path

    def begin(self, **fields: object) -> "asyncio.Task[Answer | Trouble]":
        """Begin an exchange with this `http` table."""
        given = {"url": "http://example.org/", **fields}
        options = msgspec.convert(given, HttpOptions)
        until_ms = options.deadline_ms
        errand = Errand(
            options=options,
            client=httpx.AsyncClient(transport=httpx.MockTransport(self._respond)),
            log=self._log,
            forms=(),
            working_dir="/",
            until_ms=until_ms,
        )
        around = Surroundings(
            clock=self.clock,
            sleep=self.clock.sleep,
            chance=_Highest(),
            rules=HostRules,
        )
        return asyncio.ensure_future(Exchange(errand, around).answer())

    def _respond(self, request: httpx.Request) -> httpx.Response:
        del request
        self.sent_ms.append(self.clock.monotonic_ms())
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(answer)

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()

    @property
    def log(self) -> str:
        """What the log says."""
        return self._path.read_text()


class _Highest(random.Random):
    """Draws the longest pause there can be."""

    def randint(self, a: int, b: int) -> int:
        """Return the upper end."""
        del a
        return b


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "log")
    yield made
    made.close()


async def test_pauses_double_from_half_a_second_up_to_the_cap(world: World) -> None:
    world.answers = iter([503, 503, 503, 503, 200])
    asking = world.begin(retries=9, retry_cap_ms=1_500)
    await world.clock.advance(100_000)
    answer = await asking
    assert isinstance(answer, Answer)
    assert world.sent_ms == [0, 500, 1_500, 3_000, 4_500]
    assert "* HTTP 503; retry 1 of 9 in 0.5 s\n" in world.log


async def test_retry_after_takes_the_place_of_the_pause(world: World) -> None:
    later = httpx.Response(429, headers={"retry-after": "20"})
    world.answers = iter([later, 200])
    asking = world.begin()
    await world.clock.advance(19_999)
    assert world.sent_ms == [0]
    await world.clock.advance(1)
    assert isinstance(await asking, Answer)
    assert world.sent_ms == [0, 20_000]


async def test_no_pause_is_begun_that_the_deadline_would_cut(world: World) -> None:
    world.answers = iter([503, 503, 503])
    asking = world.begin(retries=9, deadline_ms=1_200)
    await world.clock.advance(100_000)
    assert await asking == Trouble(
        reason="HTTP 503 after 2 requests: the deadline leaves no time for another"
    )
    assert world.sent_ms == [0, 500]


async def test_another_trouble_each_time_is_told_as_the_last_one(world: World) -> None:
    world.answers = iter([503, httpx.ReadError("gone"), 500])
    asking = world.begin()
    await world.clock.advance(100_000)
    assert await asking == Trouble(reason="HTTP 500 after 3 requests")


async def test_what_a_second_try_cannot_change_ends_it(world: World) -> None:
    world.answers = iter([503, 400])
    asking = world.begin(retries=9)
    await world.clock.advance(100_000)
    assert await asking == Trouble(reason="HTTP 400 after 2 requests")


async def test_a_success_that_is_a_server_fault_elsewhere_is_one(world: World) -> None:
    world.answers = iter([503])
    asking = world.begin(success=["5xx"])
    await settle()
    answer = await asking
    assert isinstance(answer, Answer)
    assert answer.status == 503
