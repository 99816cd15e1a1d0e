"""What many of these tests work with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asking import Pauses, executor_in
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.http_request import HttpRequests
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.testing.other_engine import kill_survivors
from rude_server import RudeServer

if TYPE_CHECKING:
    from containers import Containers
    from docker_daemon import Daemon


@pytest.fixture
async def executor(tmp_path: Path) -> AsyncIterator[LocalProcesses]:
    """Return real processes, with their records in the test's folder."""
    found = LocalProcesses(
        record_folder=tmp_path / "records", base_env={"PATH": "/usr/bin:/bin"}
    )
    yield found
    await found.aclose()


@pytest.fixture
def no_survivors(tmp_path: Path) -> Iterator[None]:
    """Kill what tasks of the test have left behind."""
    yield
    kill_survivors(tmp_path)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RudeServer]:
    """Return an HTTP server on loopback, to which no proxy leads."""
    monkeypatch.setenv("NO_PROXY", "*")
    async with RudeServer() as opened:
        yield opened


@pytest.fixture
def pauses() -> Pauses:
    """Return the pauses of `requests`, which take no time."""
    return Pauses()


@pytest.fixture
def rules() -> list[HostRules]:
    """Return the rules that `requests` knew one after the other; the last hold."""
    return [HostRules()]


@pytest.fixture
async def requests(
    tmp_path: Path,
    pauses: Pauses,
    rules: list[HostRules],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[HttpRequests]:
    """Return the executor of HTTP tasks, with its records in the test's folder."""
    monkeypatch.setenv("NO_PROXY", "*")
    made = executor_in(tmp_path, pauses, rules)
    yield made
    await made.aclose()


@pytest.fixture
async def containers(tmp_path: Path, daemon: "Daemon") -> "AsyncIterator[Containers]":
    """Return containers of the test's folder."""
    from containers import Containers  # noqa: PLC0415 -- heavy, for few tests

    made = Containers(tmp_path, daemon)
    yield made
    await made.executor.aclose()
