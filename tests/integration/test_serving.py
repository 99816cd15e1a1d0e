"""Who may see the screen in a browser: a page of ours, with the key."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError
from aiohttp.test_utils import TestServer, unused_port

from leo_tui.cli.serving import GuardedServer


@pytest.fixture
def guarded() -> GuardedServer:
    return GuardedServer("cat", "127.0.0.1", unused_port())


@pytest_asyncio.fixture
async def browser(guarded: GuardedServer) -> AsyncIterator[ClientSession]:
    """Return a browser, with the server running."""
    app = await guarded._make_app()
    app.on_startup.clear()
    async with (
        TestServer(app, host="127.0.0.1", port=guarded.port),
        ClientSession(guarded.public_url, cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        yield session


async def status(browser: ClientSession, path: str, **headers: str) -> int:
    async with browser.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/?key=wrong"])
async def test_nothing_is_there_without_the_key(
    browser: ClientSession, path: str
) -> None:
    assert await status(browser, path) == 403


async def test_the_printed_address_lets_in_and_hides_the_key(
    guarded: GuardedServer, browser: ClientSession
) -> None:
    async with browser.get(guarded.address) as answer:
        assert answer.status == 200
        assert "key" not in str(answer.url)
        assert guarded._key not in await answer.text()
    assert await status(browser, "/static/js/textual.js") == 200


async def test_a_page_of_another_site_gets_nowhere(
    guarded: GuardedServer, browser: ClientSession
) -> None:
    async with browser.get(guarded.address):
        pass
    assert await status(browser, "/", Origin="http://evil.example") == 403
    assert await status(browser, "/", Host="evil.example") == 403
    assert await status(browser, "/", Origin=guarded.public_url) == 200
    with pytest.raises(WSServerHandshakeError):
        await browser.ws_connect("/ws", headers={"Origin": "http://evil.example"})


async def test_a_page_of_ours_is_connected(
    guarded: GuardedServer, browser: ClientSession
) -> None:
    async with browser.get(guarded.address):
        pass
    headers = {"Origin": guarded.public_url}
    async with browser.ws_connect("/ws", headers=headers) as socket:
        await socket.send_json(["ping", "1"])
        async with asyncio.timeout(10):
            assert await socket.receive_json() == ["pong", "1"]


def test_each_start_has_a_key_of_its_own() -> None:
    addresses = {GuardedServer("cat", "::1", 1).address for _ in range(3)}
    assert len(addresses) == 3
    assert all(address.startswith("http://[::1]:1/?key=") for address in addresses)
