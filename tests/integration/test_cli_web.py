"""The screen in a browser: for who has the key, from the printed address, alone."""

import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from leo_screen import environ_of
from place import Place, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]
SOCKET = "/ws?width=100&height=30"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    made.environ.update(environ_of(made))
    made.write_dag("[tasks.one]\ncmd = 'echo it has run'\n")
    yield made
    made.clear()


@pytest.fixture
def address(place: Place) -> str:
    """Return the address that a `leo-tui --web` has printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place.start("-C", str(place.dags), "--web", "--port", str(port))
    pattern = re.compile(rf"leo-tui is at (http://127\.0\.0\.1:{port}/\?key=\S+)")
    assert wait_until(lambda: pattern.search(place.last_words())), place.last_words()
    found = pattern.search(place.last_words())
    assert found is not None
    return found[1]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # Of an address that is a number too.
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield session


def root_of(address: str) -> str:
    return address.partition("/?")[0]


async def shown(stream: aiohttp.ClientWebSocketResponse, text: str) -> None:
    """Return once the screen has sent a text."""
    sent = ""
    while text not in sent:
        message = await stream.receive()
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}, sent
        part = message.data
        sent += part.decode(errors="replace") if isinstance(part, bytes) else part


async def test_the_screen_is_shown_and_takes_keys(
    address: str, browser: aiohttp.ClientSession
) -> None:
    async with browser.get(address) as page:
        assert page.status == 200
        assert "key=" not in str(page.url), "the key does not stay in the address bar"
    async with browser.ws_connect(root_of(address) + SOCKET) as stream:
        await shown(stream, "Never run.")
        await stream.send_json(["stdin", "s"])
        await shown(stream, "it has run")


async def test_nobody_comes_in_without_the_key(
    address: str, browser: aiohttp.ClientSession
) -> None:
    root = root_of(address)
    for way in ("/", "/?key=wrong", SOCKET, "/static/js/textual.js"):
        async with browser.get(root + way) as page:
            assert page.status == 403, way


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}]
)
async def test_a_page_from_elsewhere_does_not_come_in_with_the_key(
    address: str, browser: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    async with browser.get(address) as page:
        assert page.status == 200
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await browser.ws_connect(root_of(address) + SOCKET, headers=headers)
