"""What many of these tests work with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from leo_engine.executors.local_process import LocalProcesses
from leo_engine.testing.other_engine import kill_survivors


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
