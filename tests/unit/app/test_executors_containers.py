"""What tells the next engine that a folder may have containers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leo_engine.app.executors import Executors
from leo_engine.executors.docker_container import DockerContainers
from leo_engine.executors.docker_leftovers import Judge, Leftover
from leo_engine.spec.model import ExecutorName, Shell, Task
from leo_engine.testing.fake_clock import FakeClock

TASK = Task(id="t", base="t", action=Shell("true"), executor=ExecutorName.DOCKER)


class NoneLeft(DockerContainers):
    """Containers that are all removed."""

    async def reclaim(self, judge: Judge, note: Callable[[Leftover], None]) -> bool:
        """Find nothing."""
        del judge, note
        return False


@pytest.fixture
def executors(tmp_path: Path) -> Executors:
    made = Executors(record_folder=tmp_path / "warden", base_env={})
    made.add(NoneLeft(folder=str(tmp_path), clock=FakeClock()))
    return made


async def reclaim(executors: Executors) -> None:
    await executors.reclaim(lambda _key: None, lambda _left: None)


async def test_a_folder_without_containers_is_not_asked_for_any(
    executors: Executors, tmp_path: Path
) -> None:
    (tmp_path / "containers").touch()
    await reclaim(executors)
    assert executors.containers is None


async def test_containers_that_are_started_after_the_last_was_removed_are_looked_for(
    executors: Executors, tmp_path: Path
) -> None:
    (tmp_path / "containers").touch()
    await reclaim(executors)
    executors.of(TASK)
    assert executors.containers is not None


async def test_a_container_that_is_being_started_is_not_overlooked(
    executors: Executors,
) -> None:
    executors.of(TASK)
    await reclaim(executors)
    assert executors.containers is not None
