"""Attempts in containers of a real daemon: what reaches them, and how they end."""

import os
from pathlib import Path

import msgspec
import pytest

from containers import Containers, until_written, written
from leo_engine.errors import HeldUpError, LaunchError
from leo_engine.state.outcome import Failed, Outcome, Succeeded

pytestmark = [pytest.mark.docker, pytest.mark.timeout(60)]


def reason(outcome: Outcome) -> str:
    assert isinstance(outcome, Failed), outcome
    return outcome.reason


async def test_variables_reach_it_and_those_of_the_machine_do_not(
    containers: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_MACHINE", "secret")
    _, log = await containers.ended("env", env={"COLOUR": "blue and red"})
    assert "COLOUR=blue and red\n" in log
    assert "LEO_TASK=task\n" in log
    assert "OF_THE_MACHINE" not in log


async def test_user_folder_and_host_name_are_as_the_task_says(
    containers: Containers,
) -> None:
    _, log = await containers.ended(
        "id -u; pwd; hostname; grep leo.example /etc/hosts",
        user=1234,
        working_dir="/etc",
        hostname="box",
        network="bridge",
        extra_hosts={"leo.example": "10.1.2.3"},
    )
    assert log.splitlines()[:3] == ["1234", "/etc", "box"]
    assert log.splitlines()[3].split() == ["10.1.2.3", "leo.example"]


async def test_folders_of_the_machine_are_seen_relative_to_the_dag(
    containers: Containers, tmp_path: Path
) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "one").write_text("1")
    outcome, log = await containers.ended(
        "cat /rows/one; (echo 2 > /rows/two) 2>/dev/null || echo refused",
        volumes=["./rows:/rows:ro"],
    )
    assert isinstance(outcome, Succeeded)
    assert log == "1refused\n"
    assert not (tmp_path / "rows" / "two").exists()


async def test_the_shared_folders_are_at_the_same_place_inside(
    containers: Containers, tmp_path: Path
) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    request = containers.request(f"echo here > {staging}/file")
    request = msgspec.structs.replace(request, staging=str(staging))
    assert isinstance(await containers.run(request), Succeeded)
    assert (staging / "file").read_text() == "here\n"


async def test_a_root_file_system_may_be_read_only_but_for_a_tmpfs(
    containers: Containers,
) -> None:
    _, log = await containers.ended(
        "(echo a > /root/a) 2>/dev/null || echo refused; echo b > /mnt/b; cat /mnt/b",
        read_only=True,
        tmpfs=["/mnt:size=1m,mode=1777"],
    )
    assert log == "refused\nb\n"


async def test_limits_are_the_containers(containers: Containers) -> None:
    limit = "/sys/fs/cgroup/{}"
    shell = " || ".join(
        f"cat {limit.format(name)} 2>/dev/null"
        for name in ("pids/pids.max", "pids.max")
    )
    _, log = await containers.ended(
        f"({shell}); df /dev/shm | tail -1", pids=23, shm_size_bytes=1 << 20, cpus=0.5
    )
    lines = log.splitlines()
    assert lines[0] == "23"
    assert lines[1].split()[1] == "1024"


async def test_an_entrypoint_is_given_the_arguments(containers: Containers) -> None:
    _, log = await containers.ended(("a", "b"), entrypoint=["echo", "first"])
    assert log == "first a b\n"


async def test_a_script_is_given_to_the_entrypoint_that_the_task_names(
    containers: Containers,
) -> None:
    _, log = await containers.ended("exit 3", entrypoint="echo")
    assert log == "/bin/sh -c exit 3\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("exit 3", "exit 3"),
        ("exit 125", "exit 125: the container could not be run"),
        ("exit 126", "exit 126: cannot be executed"),
        ("leo-nowhere", "exit 127: command not found"),
        (("leo-nowhere",), "exit 127: command not found"),
        ("kill -TERM $$", "killed by SIGTERM"),
        ("kill -KILL $$", "killed by SIGKILL"),
    ],
)
async def test_an_end_is_told_in_words(
    containers: Containers, command: str | tuple[str, ...], words: str
) -> None:
    outcome, _ = await containers.ended(command)
    assert reason(outcome) == words


async def test_who_takes_too_much_memory_is_told_the_limit(
    containers: Containers,
) -> None:
    outcome, _ = await containers.ended(
        "exec head -c 100m /dev/zero | tail -c 100m > /dev/null; exit $?",
        memory_bytes=16_000_000,
    )
    assert "out of memory (limit 16 MB)" in reason(outcome)


async def test_stop_gives_the_grace_that_was_asked_for(containers: Containers) -> None:
    request = containers.request(
        "trap 'sleep 0.3; echo neat; exit 4' TERM; echo ready; "
        "while :; do sleep 0.05; done"
    )
    handle = await containers.executor.start(request)
    await until_written(request.log_path, "ready")
    await containers.executor.stop(handle, 10_000)
    assert reason(await containers.executor.wait(handle)) == "exit 4"
    assert "neat" in written(request.log_path)


async def test_all_of_a_long_output_is_in_the_log(containers: Containers) -> None:
    outcome, log = await containers.ended("seq 1 20000")
    assert isinstance(outcome, Succeeded)
    assert log == "".join(f"{number}\n" for number in range(1, 20_001))


async def test_long_lines_and_a_last_one_without_end_stay_as_they_are(
    containers: Containers,
) -> None:
    _, log = await containers.ended(
        "head -c 100000 /dev/zero | tr '\\0' x; echo; printf end"
    )
    assert log == "x" * 100_000 + "\nend"


async def test_stdout_is_kept_apart_when_the_task_registers_it(
    containers: Containers,
) -> None:
    request = containers.request("echo out; echo err >&2", is_apart=True)
    await containers.run(request)
    assert written(request.stdout_path) == "out\n"
    assert written(request.log_path) == "err\n"
    assert os.stat(request.log_path).st_mode & 0o777 == 0o600  # noqa: PTH116


async def test_a_log_over_its_limit_is_cut_and_says_so(containers: Containers) -> None:
    request = containers.request("seq 1 1000000", log_max_bytes=100_000)
    await containers.run(request)
    text = written(request.log_path).lstrip("\0")
    assert "older output were given back" in text.splitlines()[0]
    assert text.endswith("\n1000000\n")
    assert os.stat(request.log_path).st_blocks * 512 < 400_000  # noqa: PTH116


@pytest.mark.parametrize("pull", ["missing", "always"])
async def test_an_image_that_cannot_be_pulled_is_named_with_the_reason(
    containers: Containers, pull: str
) -> None:
    request = containers.request("true", image="registry.invalid/no:1", pull=pull)
    readiness = containers.executor.readiness(request)
    assert readiness is not None
    with pytest.raises(LaunchError, match=r"cannot pull the image registry.invalid/no"):
        await readiness


async def test_an_image_that_must_not_be_pulled_is_missing(
    containers: Containers,
) -> None:
    request = containers.request("true", image="registry.invalid/no:1", pull="never")
    assert containers.executor.readiness(request) is None
    with pytest.raises(LaunchError, match=r"no such image.*never"):
        await containers.executor.start(request)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"working_dir": "rows"}, "is absolute"),
        ({"gpus": "some"}, "gpus is 'all'"),
        ({"network": "nowhere"}, "nowhere"),
        ({"volumes": ["a:b:c:d"]}, "a:b:c:d"),
        ({"memory_bytes": 4096}, "memory"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_what_cannot_be_honoured_is_refused_and_nothing_left(
    containers: Containers, given: dict[str, object], words: str
) -> None:
    request = containers.request("true", **given)  # type: ignore[arg-type]
    with pytest.raises(LaunchError, match=words):
        await containers.executor.start(request)
    assert containers.names() == []


async def test_nothing_is_started_too_late(containers: Containers) -> None:
    await containers.executor.preflight()
    with pytest.raises(HeldUpError):
        await containers.executor.start(containers.request("true", start_by_ms=1))
    assert containers.names() == []


async def test_what_is_over_is_removed_once_it_is_forgotten(
    containers: Containers,
) -> None:
    handle = await containers.executor.start(containers.request("true"))
    await containers.executor.wait(handle)
    assert len(containers.names()) == 1
    containers.executor.forget(handle)
    await containers.executor.aclose()
    assert containers.names() == []
