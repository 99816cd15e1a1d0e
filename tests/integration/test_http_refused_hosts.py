"""Where HTTP tasks go, and what nobody there or here is told."""

from pathlib import Path

import pytest

from asking import asking, log_of, outcome, reason
from leo_engine.errors import LaunchError
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.http_request import HttpRequests
from leo_engine.state.outcome import Succeeded
from rude_server import RudeServer

KIB = 1024


async def test_redirects_are_followed_only_when_asked_for(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options: dict[str, object] = {"url": server.url("/to?url=/echo")}
    told = await reason(requests, asking(tmp_path, options))
    target = server.url("/echo")
    assert told == f"HTTP 302 to {target}, which 'redirects = true' would follow"
    request = asking(tmp_path, {**options, "redirects": True}, task="follows")
    assert await outcome(requests, request) == Succeeded()
    assert server.count("/echo") == 1
    assert f"> GET {target}\n" in log_of(tmp_path, "follows")


async def test_a_circle_of_redirects_ends(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/circle"), "redirects": True}
    told = await reason(requests, asking(tmp_path, options))
    assert told == "more than 20 redirects"
    assert len(server.seen) == 20


@pytest.mark.parametrize("status", [302, 307])
async def test_another_host_is_told_no_secret(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, status: int
) -> None:
    elsewhere = server.url("/echo", host="localhost")
    options = {
        "url": server.url(f"/to?status={status}&url={elsewhere}"),
        "redirects": True,
        "auth": {"bearer": "tok3n-value"},
        "headers": {"X-Key": "s3cr3t-key", "X-Plain": "plain", "Cookie": "a=b"},
    }
    request = asking(tmp_path, options, masks=("s3cr3t-key",))
    assert await outcome(requests, request) == Succeeded()
    first, second = server.seen
    assert first.headers["authorization"] == "Bearer tok3n-value"
    assert first.headers["x-key"] == "s3cr3t-key"
    assert second.headers["host"] == f"localhost:{server.port}"
    assert second.headers["x-plain"] == "plain"
    assert "authorization" not in second.headers
    assert "x-key" not in second.headers
    assert "cookie" not in second.headers


async def test_a_host_that_is_refused_is_sent_nothing(
    tmp_path: Path,
    requests: HttpRequests,
    server: RudeServer,
    rules: list[HostRules],
) -> None:
    rules.append(HostRules(deny=("127.*",)))
    with pytest.raises(LaunchError, match="is denied by"):
        await requests.start(asking(tmp_path, {"url": server.url("/echo")}))
    rules.append(HostRules(allow=("*.example.org",)))
    with pytest.raises(LaunchError, match="not among those that"):
        await requests.start(asking(tmp_path, {"url": server.url("/echo")}))
    assert not server.seen


async def test_a_redirect_to_a_host_that_is_refused_is_not_followed(
    tmp_path: Path,
    requests: HttpRequests,
    server: RudeServer,
    rules: list[HostRules],
) -> None:
    rules.append(HostRules(deny=("localhost",)))
    elsewhere = server.url("/echo", host="LocalHost")
    options = {"url": server.url(f"/to?url={elsewhere}"), "redirects": True}
    told = await reason(requests, asking(tmp_path, options))
    assert told == "host 'localhost' is denied by leo.toml ([http] deny: 'localhost')"
    assert server.count("/echo") == 0


async def test_cookies_of_one_task_are_not_sent_by_another(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    await outcome(requests, asking(tmp_path, {"url": server.url("/cookie")}))
    await outcome(requests, asking(tmp_path, {"url": server.url("/echo")}, task="b"))
    assert "cookie" not in server.seen[1].headers


async def test_secrets_stand_in_no_file_and_no_reason(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    key = "s3cr3t/with space"
    options = {
        "url": server.url("/echo?key=s3cr3t/with space"),
        "headers": {"X-Key": key},
        "method": "PUT",
        "json": {"key": key},
    }
    request = asking(tmp_path, options, masks=(key,), env={})
    assert await outcome(requests, request) == Succeeded()
    assert "s3cr3t" in server.seen[0].target
    elsewhere = {"url": "http://s3cr3t.invalid/", "retries": 0}
    request = asking(tmp_path, elsewhere, task="b", masks=("s3cr3t",))
    assert await reason(requests, request) == "cannot resolve host '***.invalid'"
    for path in (tmp_path / "runs").rglob("*"):
        if path.is_file():
            assert b"s3cr3t" not in path.read_bytes(), path
