"""Containers that outlive who made them: their engine, their daemon, or both."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from containers import Containers, until_written, written
from docker_daemon import IMAGE, Daemon, private_daemon
from leo_engine.errors import LaunchError
from leo_engine.executors.docker_options import container_name
from leo_engine.state.outcome import Failed, Lost, Succeeded
from leo_engine.testing.attempt_requests import run_of
from place import Place, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(90)]

COUNTS = "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; sleep 0.005; done; exit 5"
COUNTED = "".join(f"{number}\n" for number in range(1, 301))


@pytest.fixture
def mortal() -> Iterator[Daemon]:
    """Return a daemon that the test may kill."""
    yield from private_daemon()


@pytest.mark.parametrize("is_apart", [False, True])
async def test_whoever_takes_over_has_all_of_the_output_once_and_the_exit_code(
    containers: Containers,
    is_apart: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    request = containers.request(COUNTS, is_apart=is_apart)
    handle = await containers.executor.start(request)
    path = request.stdout_path or request.log_path
    for number in (20, 90, 160):
        await until_written(path, f"\n{number}\n")
        await containers.replaced()
        assert await containers.executor.attach(handle)
    outcome = await containers.executor.wait(handle)
    assert written(path) == COUNTED
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 5


async def test_what_ended_while_nobody_looked_is_told_with_all_of_its_output(
    containers: Containers, tmp_path: Path
) -> None:
    request = containers.request(
        f"echo a; while ! [ -e {tmp_path}/logs/task/go ]; do "
        "sleep 0.01; done; echo b; exit 7"
    )
    handle = await containers.executor.start(request)
    await until_written(request.log_path, "a")
    await containers.executor.aclose()
    (tmp_path / "logs" / "task" / "go").touch()
    with containers.daemon.client() as client:
        await asyncio.to_thread(client.wait, handle.partition(":")[2])
    await containers.replaced()
    assert not await containers.executor.attach(handle)
    outcome = await containers.executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 7
    assert written(request.log_path) == "a\nb\n"
    assert await containers.executor.ended_ms(handle) is not None


async def test_a_container_that_was_made_and_never_started_is_adopted_by_its_name(
    containers: Containers,
) -> None:
    request = containers.request("echo once")
    first, second = await asyncio.gather(
        containers.executor.start(request), containers.executor.start(request)
    )
    assert first == second
    await containers.executor.wait(first)
    # A third time, when it has ended: it is not started again.
    assert await containers.executor.start(request) == first
    await containers.executor.wait(first)
    assert written(request.log_path) == "once\n"


async def test_what_was_never_started_is_not_found_and_never_will_be(
    containers: Containers, tmp_path: Path
) -> None:
    request = containers.request("true")
    name = container_name(request.run_id, "task", 1)
    handle = await containers.executor.start(request)
    with containers.daemon.client() as client:
        made = client.inspect_container(handle.partition(":")[2])
        client.remove_container(made["Id"], force=True)
        client.create_container(
            made["Config"]["Image"],
            "true",
            name=name,
            labels=made["Config"]["Labels"],
        )
    assert await containers.executor.find(run_of(tmp_path), "task", 1) is None
    assert containers.names() == []


async def test_a_name_that_somebody_else_has_taken_is_told(
    containers: Containers,
) -> None:
    request = containers.request("true")
    name = container_name(request.run_id, "task", 1)
    with containers.daemon.client() as client:
        client.create_container("leo-test/busybox:1", "true", name=name)
        with pytest.raises(LaunchError, match="not this attempt's"):
            await containers.executor.start(request)
        client.remove_container(name)


async def test_what_was_lost_is_removed_before_the_next_attempt_begins(
    containers: Containers,
) -> None:
    await containers.executor.start(containers.request("sleep 600"))
    again = containers.request("true", attempt=2)
    await containers.executor.start(again)
    assert containers.names() == [container_name(again.run_id, "task", 2)]


async def test_a_daemon_that_dies_takes_the_attempt_along_once_it_is_back(
    mortal: Daemon, tmp_path: Path
) -> None:
    containers = Containers(tmp_path, mortal)
    handle = await containers.executor.start(containers.request("echo a; sleep 600"))
    waiting = asyncio.ensure_future(containers.executor.wait(handle))
    await until_written(containers.request("").log_path, "a")
    mortal.kill()
    # Until it is back, the container may well run: nothing is decided.
    done, _ = await asyncio.wait([waiting], timeout=0.5)
    assert not done
    await asyncio.to_thread(mortal.start)
    outcome = await waiting
    assert isinstance(outcome, Lost)
    assert "daemon went away" in outcome.reason
    await containers.executor.aclose()


async def test_a_container_that_outlives_its_daemon_is_followed_on(
    mortal: Daemon, tmp_path: Path
) -> None:
    containers = Containers(tmp_path, mortal)
    mortal.kill()
    await asyncio.to_thread(mortal.start, "--live-restore")
    request = containers.request(COUNTS)
    handle = await containers.executor.start(request)
    await until_written(request.log_path, "\n50\n")
    mortal.kill()
    await asyncio.to_thread(mortal.start, "--live-restore")
    outcome = await containers.executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.exit_code == 5
    assert written(request.log_path) == COUNTED
    await containers.executor.aclose()


async def test_a_start_waits_for_a_daemon_that_was_there_before(
    mortal: Daemon, tmp_path: Path
) -> None:
    containers = Containers(tmp_path, mortal)
    await containers.executor.preflight()
    mortal.kill()
    starting = asyncio.ensure_future(
        containers.executor.start(containers.request("true"))
    )
    await asyncio.wait([starting], timeout=0.3)
    assert not starting.done()
    await asyncio.to_thread(mortal.start)
    assert isinstance(await containers.executor.wait(await starting), Succeeded)
    await containers.executor.aclose()


def test_a_run_goes_on_when_its_daemon_comes_back_and_spends_no_retry(
    mortal: Daemon, tmp_path: Path
) -> None:
    place = Place(tmp_path / "place")
    place.environ["DOCKER_HOST"] = mortal.url
    place.write_dag(
        f"[tasks.a]\nimage = '{IMAGE}'\n"
        "cmd = 'echo began; test $LEO_ATTEMPT -gt 1 || sleep 600'\n"
    )
    leo = place.start("--once")
    assert wait_until(lambda: list(place.dags.glob(".leo/runs/*/a/1.log")))
    (log,) = place.dags.glob(".leo/runs/*/a/1.log")
    assert wait_until(lambda: "began" in log.read_text())
    mortal.kill()
    mortal.start()
    assert place.end_of(leo) == 0, place.last_words()
    (run,) = place.stored().runs
    outcomes = [row.outcome for row in place.stored().attempts(run.run_id)]
    assert outcomes == ["lost", "succeeded"]
    with mortal.client() as client:
        assert client.containers(all=True) == []
    place.clear()
