"""A warden that is started early, and then not needed."""

import os
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from place import Place, wait_until


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    place = Place(tmp_path)
    place.write_dag('[tasks.ask]\nhttp.url = "http://127.0.0.1:9/"\nhttp.retries = 0\n')
    return Engine(settings(str(place.dags)))


def warm(engine: Engine) -> int:
    """Start the warden; return its pid."""
    engine.warm_up()
    assert engine._warden is not None
    return engine._warden.pid


def has_ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG) != (0, 0)


def test_it_ends_with_an_engine_that_runs_nothing(engine: Engine) -> None:
    with engine:
        pid = warm(engine)
    assert wait_until(lambda: has_ended(pid))


async def test_it_ends_with_a_session_in_which_no_process_runs(engine: Engine) -> None:
    with engine:
        pid = warm(engine)
        (result,) = await engine.run([RunCommand(dag=engine.load("work"))])
        assert result.run.failed == 1
        assert wait_until(lambda: has_ended(pid))
