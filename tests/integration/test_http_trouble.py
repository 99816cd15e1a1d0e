"""HTTP attempts against a server on loopback that misbehaves on purpose."""

import socket
from pathlib import Path

import pytest

from asking import Pauses, asking, log_of, outcome, reason
from leo_engine.executors.http_request import HttpRequests
from leo_engine.state.outcome import Succeeded
from rude_server import RudeServer

KIB = 1024


async def test_a_status_that_is_no_success_fails_at_once(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, pauses: Pauses
) -> None:
    request = asking(tmp_path, {"url": server.url("/status/404")})
    assert await reason(requests, request) == "HTTP 404"
    assert len(server.seen) == 1
    assert pauses.ms == []
    assert "no luck" in log_of(tmp_path)


async def test_what_counts_as_success_may_be_said(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/status/404"), "success": ["2xx", 404]}
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    options = {"url": server.url("/echo"), "success": [404]}
    request = asking(tmp_path, options, task="other")
    assert await reason(requests, request) == "HTTP 200"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503, 599])
async def test_what_is_transient_is_asked_again(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, status: int
) -> None:
    options = {"url": server.url(f"/flaky/2/{status}")}
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    assert len(server.seen) == 3
    assert log_of(tmp_path).count(f"* HTTP {status}; retry ") == 2


async def test_the_reason_says_how_often_it_was_asked(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    request = asking(tmp_path, {"url": server.url("/status/503")})
    assert await reason(requests, request) == "HTTP 503 after 3 requests"


async def test_what_may_have_been_done_is_not_asked_twice_unless_allowed(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options: dict[str, object] = {"url": server.url("/flaky/1/503"), "method": "POST"}
    assert await reason(requests, asking(tmp_path, options)) == "HTTP 503"
    assert len(server.seen) == 1
    allowed = {"url": server.url("/flaky/1/502"), "method": "POST"}
    request = asking(tmp_path, {**allowed, "retry_methods": ["POST"]}, task="allowed")
    assert await outcome(requests, request) == Succeeded()


async def test_retry_after_is_waited_for(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, pauses: Pauses
) -> None:
    request = asking(tmp_path, {"url": server.url("/limited/7")})
    assert await outcome(requests, request) == Succeeded()
    assert pauses.ms == [7_000]


async def test_retry_after_over_the_cap_is_not_waited_for(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, pauses: Pauses
) -> None:
    request = asking(tmp_path, {"url": server.url("/limited/3600")})
    told = "HTTP 429: to be asked again in 3600 s, over retry_cap (60 s)"
    assert await reason(requests, request) == told
    assert pauses.ms == []


async def test_a_pause_that_the_deadline_does_not_allow_is_not_begun(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, pauses: Pauses
) -> None:
    options = {"url": server.url("/limited/50"), "deadline_ms": 40_000}
    told = "HTTP 429: the deadline leaves no time for another"
    assert await reason(requests, asking(tmp_path, options)) == told
    assert pauses.ms == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/reset", "connection reset by 127.0.0.1:{port}"),
        ("/late", "connection reset by 127.0.0.1:{port}"),
        ("/silent", "127.0.0.1:{port} broke the connection off: Server disconnected"),
        ("/cut", "127.0.0.1:{port} broke the connection off: peer closed connection"),
        ("/garbage", "127.0.0.1:{port} broke the connection off: "),
    ],
)
async def test_broken_connections_are_told_apart_and_retried(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, path: str, told: str
) -> None:
    found = await reason(requests, asking(tmp_path, {"url": server.url(path)}))
    assert found.startswith(told.format(port=server.port))
    assert found.endswith(" after 3 requests")
    assert len(server.seen) == 3


async def test_nobody_there_is_said(tmp_path: Path, requests: HttpRequests) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    options = {"url": url, "method": "POST", "retries": 1}
    told = await reason(requests, asking(tmp_path, options))
    assert told == f"connection refused by 127.0.0.1:{port} after 2 requests"


async def test_a_host_that_nobody_knows_is_said(
    tmp_path: Path, requests: HttpRequests
) -> None:
    options = {"url": "http://nowhere.invalid/", "retries": 0}
    told = await reason(requests, asking(tmp_path, options))
    assert told == "cannot resolve host 'nowhere.invalid'"


async def test_what_cannot_be_the_name_of_a_host_is_said(
    tmp_path: Path, requests: HttpRequests
) -> None:
    options = {"url": f"http://{'a' * 70}.example/", "retries": 0}
    told = await reason(requests, asking(tmp_path, options))
    assert told == f"cannot resolve host '{'a' * 70}.example'"


@pytest.mark.parametrize("value", ["a\nb", "a\0b"])
async def test_a_header_that_would_be_two_is_not_sent(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, value: str
) -> None:
    options = {"url": server.url("/echo"), "headers": {"X": value}}
    told = await reason(requests, asking(tmp_path, options))
    assert told.startswith("cannot be sent: Illegal header value")
    assert not server.seen


async def test_a_server_without_tls_is_said(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    url = server.url("/echo").replace("http:", "https:")
    told = await reason(requests, asking(tmp_path, {"url": url, "retries": 0}))
    assert told.startswith(f"no TLS with 127.0.0.1:{server.port}: ")


async def test_silence_ends_with_the_timeout_of_one_request(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/hang"), "timeout_ms": 50, "retries": 1}
    told = await reason(requests, asking(tmp_path, options))
    assert told == "no answer within 0.05 s after 2 requests"


async def test_a_body_that_drips_for_ever_ends_with_the_timeout(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/drip"), "timeout_ms": 200, "retries": 0}
    told = await reason(requests, asking(tmp_path, options))
    assert told == "the answer did not end within 0.2 s"
    assert "\n.." in log_of(tmp_path), "what came is in the log"


async def test_the_deadline_ends_all_requests_together(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/hang"), "deadline_ms": 60, "retries": 9}
    told = await reason(requests, asking(tmp_path, options))
    assert told == "no answer before the deadline"
    assert len(server.seen) == 1


@pytest.mark.parametrize("path", ["/big", "/forever"])
async def test_a_body_over_the_cap_is_cut_and_that_is_said(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, path: str
) -> None:
    options = {"url": server.url(path), "max_body_bytes": 300_000}
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    log = log_of(tmp_path)
    assert log.count("z") == 300_000
    said = "\n* max_body (300000 bytes) is reached: the rest was not read\n"
    assert log.endswith(said)


async def test_fifty_megabytes_are_cut_at_ten_by_default(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    request = asking(tmp_path, {"url": server.url("/big")})
    assert await outcome(requests, request) == Succeeded()
    assert log_of(tmp_path).count("z") == 10_000_000


async def test_the_last_line_of_a_body_that_was_cut_is_not_made_up(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    stdout = tmp_path / "runs" / "run" / "ask" / "1.out.log"
    options = {"url": server.url("/big"), "max_body_bytes": 1000}
    request = asking(tmp_path, options, stdout_path=str(stdout))
    told = "the answer is larger than max_body: its last line is not known"
    assert await reason(requests, request) == told


async def test_the_log_never_grows_over_its_limit(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    request = asking(tmp_path, {"url": server.url("/big")}, log_max_bytes=5_000)
    assert await outcome(requests, request) == Succeeded()
    log = log_of(tmp_path)
    assert len(log) < 5_100
    assert log.endswith("\n* log_max is reached: the rest is left out\n")


async def test_a_body_that_cannot_be_unpacked_fails(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    told = await reason(requests, asking(tmp_path, {"url": server.url("/bad-gzip")}))
    assert told.startswith("the body cannot be decoded: ")
