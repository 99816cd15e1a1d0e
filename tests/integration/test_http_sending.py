"""What HTTP tasks send, and what they make of good answers."""

import base64
import stat
from pathlib import Path

import pytest

from asking import asking, log_of, outcome, output_of, reason
from leo_engine.executors.http_request import HttpRequests
from leo_engine.ports import OUTPUT_LIMIT_BYTES
from leo_engine.state.outcome import Succeeded
from rude_server import RudeServer

KIB = 1024


async def test_what_is_asked_arrives(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {
        "url": server.url("/echo?a=1"),
        "method": "post",
        "params": {"b": ["x y", 2], "c": True},
        "headers": {"X-Word": "grün", "X-Number": 5},
        "json": {"n": [1, None]},
        "auth": {"basic": "ann:pass:word"},
    }
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    (seen,) = server.seen
    assert seen.method == "POST"
    assert seen.target == "/echo?a=1&b=x+y&b=2&c=true"
    assert seen.body == b'{"n":[1,null]}'
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-word"].encode("latin-1").decode() == "grün"
    assert seen.headers["x-number"] == "5"
    encoded = base64.b64encode(b"ann:pass:word").decode()
    assert seen.headers["authorization"] == f"Basic {encoded}"
    assert encoded not in log_of(tmp_path), "the server told it, and it is a secret"


@pytest.mark.parametrize(
    ("options", "kind", "body"),
    [
        ({"body": "as it is\n"}, None, b"as it is\n"),
        (
            {"form": {"a": "x y", "b": 2}},
            "application/x-www-form-urlencoded",
            b"a=x+y&b=2",
        ),
        ({"auth": {"bearer": "tok"}}, None, b""),
    ],
)
async def test_bodies_are_sent_in_their_form(
    tmp_path: Path,
    requests: HttpRequests,
    server: RudeServer,
    options: dict[str, object],
    kind: str | None,
    body: bytes,
) -> None:
    whole = {"url": server.url("/echo"), "method": "PUT", **options}
    assert await outcome(requests, asking(tmp_path, whole)) == Succeeded()
    assert server.seen[0].body == body
    assert server.seen[0].headers.get("content-type") == kind


async def test_files_are_uploaded_from_the_folder_of_the_dag_again_when_retried(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    (tmp_path / "rows.csv").write_bytes(b"1,2\n" * 50_000)
    options = {
        "url": server.url("/flaky/1/503"),
        "method": "PUT",
        "form": {"name": "rows"},
        "files": {"table": "rows.csv"},
    }
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    for seen in server.seen:
        assert seen.headers["content-type"].startswith("multipart/form-data")
        assert b'name="table"; filename="rows.csv"' in seen.body
        assert seen.body.count(b"1,2\n") == 50_000
    assert len(server.seen) == 2


async def test_a_file_that_is_not_there_is_said(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/echo"), "method": "PUT", "files": {"f": "no.csv"}}
    told = await reason(requests, asking(tmp_path, options))
    assert told == f"cannot read '{tmp_path}/no.csv': No such file or directory"
    assert not server.seen


async def test_the_log_tells_what_was_asked_and_answered(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/lines").replace("//", "//ann:secret@")}
    await outcome(requests, asking(tmp_path, options))
    assert log_of(tmp_path).splitlines() == [
        f"> GET {server.url('/lines')}",
        "< HTTP/1.1 200 Said",
        "< content-type: text/plain",
        "< content-length: 11",
        "",
        "one",
        "two 2",
        "",
    ]
    log = tmp_path / "runs" / "run" / "ask" / "1.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


async def test_a_registering_task_gets_the_body_in_a_file_of_its_own(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    stdout = tmp_path / "runs" / "run" / "ask" / "1.out.log"
    options = {"url": server.url("/flaky/1/500")}
    request = asking(tmp_path, options, stdout_path=str(stdout))
    assert await outcome(requests, request) == Succeeded()
    assert stdout.read_text().startswith('{"method": "GET"')
    assert stdout.read_text().count("method") == 1
    assert '"method"' not in log_of(tmp_path)
    assert stat.S_IMODE(stdout.stat().st_mode) == 0o600


async def test_a_json_object_is_the_output(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    await outcome(requests, asking(tmp_path, {"url": server.url("/echo")}))
    found = output_of(tmp_path)
    assert isinstance(found, dict)
    assert found["target"] == "/echo"


@pytest.mark.parametrize(
    ("body", "output"),
    [
        (b"[1, 2]", {"value": [1, 2]}),
        (b'"text"', {"value": "text"}),
        (b"null", {"value": None}),
        (b" \n", None),
    ],
)
async def test_any_other_json_is_the_outputs_value(
    tmp_path: Path,
    requests: HttpRequests,
    server: RudeServer,
    body: bytes,
    output: object,
) -> None:
    options = {"url": server.url(f"/json/{body.hex()}")}
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    assert output_of(tmp_path) == output


async def test_what_is_not_json_is_no_output_and_fails_only_who_needs_one(
    tmp_path: Path, requests: HttpRequests, server: RudeServer
) -> None:
    options = {"url": server.url("/bad-json")}
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    assert output_of(tmp_path) is None
    assert "* the answer is not JSON, though it says so:" in log_of(tmp_path)
    needing = asking(tmp_path, options, task="needs", needs_output=True)
    assert "is not JSON" in await reason(requests, needing)


@pytest.mark.parametrize("size", [OUTPUT_LIMIT_BYTES + 1, 2 * KIB * KIB])
async def test_json_over_the_limit_is_no_output_and_fails_only_who_needs_one(
    tmp_path: Path, requests: HttpRequests, server: RudeServer, size: int
) -> None:
    options = {
        "url": server.url("/echo"),
        "method": "PUT",
        "body": "x" * size,
        "headers": {"content-type": "text/plain"},
    }
    assert await outcome(requests, asking(tmp_path, options)) == Succeeded()
    assert output_of(tmp_path) is None
    assert "over the limit of an output" in log_of(tmp_path)
    needing = asking(tmp_path, options, task="needs", needs_output=True)
    assert "over the limit of an output" in await reason(requests, needing)
