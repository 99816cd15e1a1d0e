"""What many of these tests work with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leo_engine.executors.local_process import LocalProcesses
from leo_engine.testing.other_engine import kill_survivors

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
async def containers(tmp_path: Path, daemon: "Daemon") -> "AsyncIterator[Containers]":
    """Return containers of the test's folder."""
    from containers import Containers  # noqa: PLC0415 -- heavy, for few tests

    made = Containers(tmp_path, daemon)
    yield made
    await made.executor.aclose()
