"""What a container is made of and how it ended, without a daemon."""

import itertools
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from leo_engine.errors import ExecutorUnavailableError, LaunchError
from leo_engine.executors.docker_client import DockerClient, silence
from leo_engine.executors.docker_ending import ended_ms, outcome_of, size_text
from leo_engine.executors.docker_endpoint import Endpoint, find_endpoint
from leo_engine.executors.docker_images import json_lines, progress_lines
from leo_engine.executors.docker_log import LogCopy, Places, frames
from leo_engine.executors.docker_options import (
    bound_volume,
    container_name,
    gpu_request,
)
from leo_engine.state.outcome import Failed, Lost, Succeeded

KEYS = st.tuples(st.text(min_size=1), st.text(min_size=1), st.integers(1, 99))


def framed(second: int, kind: int, text: bytes) -> bytes:
    stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    payload = stamp.encode() + b".123456789Z " + text
    return bytes([kind, 0, 0, 0]) + len(payload).to_bytes(4) + payload


@given(st.lists(st.tuples(st.sampled_from((1, 2)), st.binary()), max_size=5), st.data())
def test_output_is_the_same_however_it_is_cut(
    told: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    whole = b"".join(framed(1_700_000_000, kind, text) for kind, text in told)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    ends = [0, *cuts, len(whole)]
    chunks = [whole[a:b] for a, b in itertools.pairwise(ends)]
    found = [(2 if one.is_stderr else 1, one.text) for one in frames(chunks)]
    assert found == told


@given(data=st.data())
def test_whoever_goes_on_with_a_log_loses_and_doubles_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = st.binary(min_size=1, max_size=20)
    told = [
        (1_700_000_000 + number // 3, text)
        for number, text in enumerate(data.draw(st.lists(texts, max_size=9)))
    ]
    path = tmp_path_factory.mktemp("log") / "1.log"
    path.write_bytes(b"[pull]\n")
    places = Places(str(path), 7, "", None)
    stops = sorted(data.draw(st.lists(st.integers(0, len(told)), max_size=3)))
    copy = LogCopy(places)
    for stop in [*stops, len(told)]:
        if data.draw(st.booleans()):
            copy.close()
            copy = LogCopy(places)
        copy.begin()
        copy.take(
            framed(second, 1, text)
            for second, text in told[:stop]
            if second >= copy.since
        )
    copy.close()
    assert path.read_bytes() == b"[pull]\n" + b"".join(text for _, text in told)


@given(KEYS, KEYS)
def test_every_attempt_has_a_name_of_its_own_that_docker_takes(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    names = {container_name(*one), container_name(*other)}
    assert len(names) == len({one, other})
    for name in names:
        assert set(name) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
        )


def test_a_plain_name_stays_readable() -> None:
    assert container_name("0193-af", "load", 2) == "leo-0193-af-load-2"


@pytest.mark.parametrize(
    ("written", "bound"),
    [
        ("./rows:/rows:ro", "/dags/rows:/rows:ro"),
        ("../x:/x", "/x:/x"),
        ("/abs:/x", "/abs:/x"),
        ("named:/x", "named:/x"),
        ("/only", "/only"),
    ],
)
def test_a_folder_is_made_absolute_and_a_name_is_not(written: str, bound: str) -> None:
    assert bound_volume(written, "/dags") == bound


def test_graphics_processors_are_asked_for_by_number_or_by_name() -> None:
    assert gpu_request("all")["Count"] == -1
    assert gpu_request(2)["Count"] == 2
    assert gpu_request("device=0,3")["DeviceIDs"] == ["0", "3"]
    with pytest.raises(LaunchError, match="gpus is"):
        gpu_request("some")


def test_what_the_daemon_took_along_is_lost_and_what_it_did_not_is_not() -> None:
    killed = {"ExitCode": 137, "OOMKilled": False}
    assert isinstance(outcome_of(killed, 0, was_silent=True), Lost)
    assert isinstance(outcome_of(killed, 0, was_silent=False), Failed)
    assert isinstance(outcome_of({"ExitCode": 5}, 0, was_silent=True), Failed)
    assert isinstance(outcome_of({"ExitCode": 0}, 0, was_silent=True), Succeeded)


def test_who_was_killed_for_memory_is_told_so() -> None:
    outcome = outcome_of(
        {"ExitCode": 137, "OOMKilled": True}, 64_000_000, was_silent=False
    )
    assert outcome == Failed(reason="killed: out of memory (limit 64 MB)", signal=9)
    child = outcome_of({"ExitCode": 1, "OOMKilled": True}, 0, was_silent=False)
    assert isinstance(child, Failed)
    assert child.exit_code == 1
    assert "out of memory" in child.reason


@pytest.mark.parametrize(
    ("size", "text"),
    [(64 << 20, "64 MiB"), (2_000_000_000, "2 GB"), (1500, "1500 bytes")],
)
def test_a_size_is_told_in_its_own_unit(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("told", "ms"),
    [
        ("1970-01-01T00:00:01.5Z", 1500),
        ("1970-01-01T00:00:01.123456789Z", 1123),
        ("1970-01-01T01:00:01.123456789+01:00", 1123),
        ("1970-01-01T00:00:02Z", 2000),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_the_time_of_an_end_is_read(told: str, ms: int | None) -> None:
    assert ended_ms({"FinishedAt": told}) == ms


def test_a_pull_says_once_what_it_does_and_why_it_fails() -> None:
    told: list[dict[str, object]] = [
        {"status": "Pulling from box", "id": "1"},
        {"status": "Downloading", "id": "ab", "progressDetail": {"total": 2_500_000}},
        {"status": "Downloading", "id": "ab", "progressDetail": {"current": 9}},
        {"error": "no room"},
    ]
    lines = progress_lines("box:1", told)
    assert next(lines) == "[pull box:1] 1: Pulling from box"
    assert next(lines) == "[pull box:1] ab: Downloading (2.5 MB)"
    with pytest.raises(LaunchError, match="cannot pull the image box:1: no room"):
        next(lines)


def test_an_answer_is_the_same_however_it_is_cut() -> None:
    assert list(json_lines([b'{"a":', b'1}\r\n{"b":2}\n', b"\n"])) == [
        {"a": 1},
        {"b": 2},
    ]


def test_the_variable_wins_over_everything(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://box:1", "DOCKER_CONTEXT": "nowhere"}
    assert find_endpoint(environ) == Endpoint("tcp://box:1", None, "DOCKER_HOST")
    broken = {"DOCKER_HOST": "tcp://box:1", "DOCKER_CERT_PATH": str(tmp_path / "no")}
    with pytest.raises(ExecutorUnavailableError, match="DOCKER_HOST is tcp://box:1"):
        find_endpoint(broken)


def test_the_context_in_use_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "build"}))
    with pytest.raises(ExecutorUnavailableError, match="no Docker context 'build'"):
        find_endpoint({})
    folder = tmp_path / "contexts" / "meta" / sha256(b"build").hexdigest()
    folder.mkdir(parents=True)
    farm = {"Host": "tcp://farm:2375", "SkipTLSVerify": False}
    meta = {"Name": "build", "Metadata": {}, "Endpoints": {"docker": farm}}
    (folder / "meta.json").write_text(json.dumps(meta))
    assert find_endpoint({}).url == "tcp://farm:2375"
    assert str(find_endpoint({})) == "tcp://farm:2375 (context build)"


def test_podman_is_asked_where_there_is_no_docker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(
        "leo_engine.executors.docker_endpoint.USUAL_SOCKET", str(tmp_path / "none")
    )
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert find_endpoint(environ).url == f"unix://{tmp_path}/none"
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman" / "podman.sock").touch()
    assert find_endpoint(environ).url == f"unix://{tmp_path}/podman/podman.sock"


def test_a_socket_that_refuses_us_has_its_own_words() -> None:
    denied = PermissionError(13, "Permission denied")
    assert "no permission" in silence(Endpoint("unix:///s"), denied)
    outer = ConnectionError("aborted", denied)
    assert "join the group" in silence(Endpoint("unix:///s"), outer)
    assert "TLS" in silence(Endpoint("tcp://box:1"), OSError("TLS is wrong"))


def test_nobody_at_a_socket_is_told_with_what_to_do(tmp_path: Path) -> None:
    client = DockerClient({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    with pytest.raises(ExecutorUnavailableError, match="start it, or set DOCKER_HOST"):
        client.ask(lambda asked: asked.ping())
    client.close()
