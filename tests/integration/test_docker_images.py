"""Images pulled from a registry: progress, credentials, a pull that is cut short."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from containers import Containers, until_written, written
from docker_daemon import Daemon, root_file_system
from leo_engine.errors import LaunchError
from leo_engine.state.outcome import Succeeded
from registry import IMAGE, PASSWORD, Registry, docker_config

pytestmark = [pytest.mark.docker, pytest.mark.timeout(60)]
Serve = Callable[..., None]


@pytest.fixture
def serve(tmp_path: Path, daemon: Daemon) -> Iterator[Serve]:
    """Return what starts the registry; the daemon has nothing of it yet."""
    layer = tmp_path / "layer.tar"
    layer.write_bytes(root_file_system())
    started: list[Registry] = []

    def start(*options: str) -> None:
        started.append(Registry(daemon.pid, layer, *options))

    yield start
    for one in started:
        one.close()
    with daemon.client() as client:
        for image in client.images(IMAGE):
            client.remove_image(image["Id"], force=True)


@pytest.mark.parametrize("pull", ["missing", "always"])
async def test_an_image_is_pulled_and_its_progress_is_in_the_log(
    containers: Containers, serve: Serve, pull: str
) -> None:
    serve()
    request = containers.request("echo hello", image=IMAGE, pull=pull)
    readiness = containers.executor.readiness(request)
    assert readiness is not None
    await readiness
    assert isinstance(await containers.run(request), Succeeded)
    lines = written(request.log_path).splitlines()
    assert lines[0].startswith(f"[pull {IMAGE}] 1: Pulling from leo/box")
    assert any("Status: Downloaded newer image" in line for line in lines)
    assert lines[-1] == "hello"
    # Taken over, the output still begins after the progress.
    await containers.replaced()
    await containers.run(request)
    assert written(request.log_path).splitlines() == lines
    for is_known in (False, pull == "missing"):
        again = containers.executor.readiness(request)
        assert (again is None) == is_known
        if again is not None:
            await again


async def test_a_registry_gets_the_credentials_of_the_users_configuration(
    containers: Containers,
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve("auth")
    request = containers.request("true", image=IMAGE)
    readiness = containers.executor.readiness(request)
    assert readiness is not None
    with pytest.raises(LaunchError, match="cannot pull") as refused:
        await readiness
    assert PASSWORD not in str(refused.value)
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_config(tmp_path / "docker")))
    await containers.replaced()
    readiness = containers.executor.readiness(request)
    assert readiness is not None
    await readiness
    assert PASSWORD not in written(request.log_path)
    assert isinstance(await containers.run(request), Succeeded)


async def test_a_pull_that_nobody_waits_for_any_more_ends(
    containers: Containers, serve: Serve
) -> None:
    serve("600")
    request = containers.request("true", image=IMAGE)
    readiness = containers.executor.readiness(request)
    assert readiness is not None
    pulling = asyncio.ensure_future(readiness)
    await until_written(request.log_path, "Pulling")
    pulling.cancel()
    await asyncio.wait([pulling])
    await containers.executor.aclose()
