"""HTTP attempts that take a while: polls, stops, engines that end."""

from pathlib import Path

import pytest

from asking import Pauses, asking, executor_in, outcome, output_of, reason
from leo_engine.errors import HeldUpError, LaunchError
from leo_engine.executors.http_request import HttpRequests
from leo_engine.state.outcome import Failed, Lost, Succeeded
from rude_server import LOOPBACK_PEM, RudeServer, loopback_tls

KIB = 1024


async def test_polling_ends_when_the_condition_holds(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, pauses: Pauses
) -> None:
    stdout = tmp_path / "runs" / "run" / "ask" / "1.out.log"
    options = {
        "url": server.url("/poll/3"),
        "poll": {"until": 'json.state == "done"', "interval_ms": 250},
    }
    request = asking(tmp_path, options, stdout_path=str(stdout))
    assert await outcome(requests, request) == Succeeded()
    assert len(server.seen) == 3
    assert pauses.ms == [250, 250]
    assert output_of(tmp_path) == {"state": "done"}
    assert stdout.read_text() == '{"state": "done"}'


@pytest.mark.parametrize(
    "until",
    [
        "status == 200",
        'headers["content-type"] == "application/json"',
        '"done" in body',
        "json.state == wanted",
        "json.state == {{ wanted }}",
    ],
)
async def test_a_condition_may_name_all_of_the_answer_and_values_of_the_run(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, until: str
) -> None:
    poll = {"until": until, "variables": {"wanted": "done"}}
    options = {"url": server.url("/poll/1"), "poll": poll}
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()


async def test_polling_ends_with_its_deadline(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    poll = {"until": "false", "interval_ms": 60_000, "deadline_ms": 30_000}
    options = {"url": server.url("/poll/9"), "poll": poll}
    told = "poll.until held for none of 1 answer by the deadline"
    assert await reason(requests, asking(tmp_path, options)) == told


@pytest.mark.parametrize(
    ("path", "until", "told"),
    [
        ("/poll/1", "json.nothing == 1", "poll.until cannot be worked out: "),
        ("/lines", 'json.state == "done"', "poll.until cannot be worked out: "),
        ("/big", "true", "the answer is larger than max_body or 1 MiB: "),
        ("/status/404", "true", "HTTP 404"),
    ],
)
async def test_polling_fails_when_the_condition_has_nothing_to_look_at(
    tmp_path: Path,
    requests: HttpRequests,
    server: RudeServer,
    path: str,
    until: str,
    told: str,
) -> None:
    options = {"url": server.url(path), "poll": {"until": until}}
    assert (await reason(requests, asking(tmp_path, options))).startswith(told)


async def test_stop_breaks_the_connection_off(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    handle = await requests.start(asking(tmp_path, {"url": server.url("/hang")}))
    await server.arrived.wait()
    await requests.stop(handle, 10_000)
    assert await requests.wait(handle) == Failed(reason="the request was stopped")
    await server.gone.wait()


async def test_a_stop_before_anything_was_sent_sends_nothing(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    handle = await requests.start(asking(tmp_path, {"url": server.url("/echo")}))
    await requests.stop(handle, 0)
    assert isinstance(await requests.wait(handle), Failed)
    assert not server.seen


async def test_an_engine_that_ends_loses_what_was_under_way_and_nothing_else(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, pauses: Pauses
) -> None:
    ended = asking(tmp_path, {"url": server.url("/status/404")}, task="ended")
    handle = await requests.start(ended)
    first = await requests.wait(handle)
    hanging = await requests.start(asking(tmp_path, {"url": server.url("/hang")}))
    await server.arrived.wait()
    await requests.aclose()
    later = executor_in(tmp_path, pauses)
    assert not await later.attach(handle)
    assert await later.wait(handle) == first
    assert await later.ended_ms(handle) is not None
    assert not await later.attach(hanging)
    assert isinstance(await later.wait(hanging), Lost)
    assert await later.find("run", "ask", 1) == hanging
    assert await later.find("run", "ask", 2) is None
    await later.aclose()


@pytest.mark.parametrize(("more", "is_told"), [([], True), (["post"], False)])
async def test_what_may_have_arrived_is_not_sent_again_by_another_engine(
    tmp_path: Path,
    requests: HttpRequests,
    server: RudeServer,
    pauses: Pauses,
    more: list[str],
    is_told: bool,  # noqa: FBT001 -- of the table
) -> None:
    options = {"method": "POST", "url": server.url("/hang"), "retry_methods": more}
    handle = await requests.start(asking(tmp_path, options))
    await server.arrived.wait()
    await requests.aclose()
    later = executor_in(tmp_path, pauses)
    outcome = await later.wait(handle)
    await later.aclose()
    assert isinstance(outcome, Failed if is_told else Lost)
    assert ("the POST may have arrived" in outcome.reason) == is_told


async def test_no_attempt_is_begun_twice(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    request = asking(tmp_path, {"url": server.url("/echo")})
    await outcome(requests, request)
    with pytest.raises(LaunchError, match="begun before"):
        await requests.start(request)
    assert len(server.seen) == 1


async def test_an_engine_that_was_held_up_sends_nothing(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    request = asking(tmp_path, {"url": server.url("/echo")}, start_by_ms=1)
    with pytest.raises(HeldUpError):
        await requests.start(request)
    assert not server.seen


@pytest.mark.parametrize(
    "url", ["", "example.org/x", "ftp://example.org/", "http:///x", "http://h:70000"]
)
async def test_what_is_no_address_is_refused(
    tmp_path: Path, requests: HttpRequests, url: str
) -> None:
    with pytest.raises(LaunchError, match="not an address"):
        await requests.start(asking(tmp_path, {"url": url}))


async def test_certificates_that_cannot_be_read_are_said(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/echo"), "verify": "no.pem"}
    told = await reason(requests, asking(tmp_path, options))
    path = tmp_path / "no.pem"
    assert told == f"cannot use the certificates of '{path}': No such file or directory"
    request = asking(tmp_path, {**options, "verify": False}, task="b")
    assert await outcome(requests, request) == Succeeded()


async def test_a_certificate_is_believed_only_when_it_is_trusted(
    tmp_path: Path, requests: HttpRequests
) -> None:
    async with RudeServer(loopback_tls()) as server:
        options = {"url": server.url("/echo")}
        told = await reason(requests, asking(tmp_path, options))
        why = "self-signed certificate"
        assert told == f"certificate of '127.0.0.1' is not valid: {why}"
        for task, verify in (("bundle", str(LOOPBACK_PEM)), ("blind", False)):
            request = asking(tmp_path, {**options, "verify": verify}, task=task)
            assert await outcome(requests, request) == Succeeded()
        request = asking(tmp_path, options, task="again")
        assert "not valid" in await reason(requests, request)


async def test_a_handle_cannot_be_taken_for_that_of_a_process(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    request = asking(tmp_path, {"url": server.url("/echo")}, task="a[x=1:2:3]/..")
    handle = await requests.start(request)
    assert handle.count(":") == 1
    assert await requests.wait(handle) == Succeeded()
    assert await executor_in(tmp_path, Pauses()).wait(handle) == Succeeded()
