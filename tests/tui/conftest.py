"""What the tests of the screen work with."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import constants

from leo_screen import Screens
from pipelines import pipelines
from place import Place
from snapshots import FOLDER, Snapshot


@pytest.fixture(autouse=True)
def _nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have apps jump where they would glide."""
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def _one_time_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have pictures show the same times everywhere."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="session")
def told_pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of pipelines with a past; to be copied, not used."""
    return asyncio.run(pipelines(tmp_path_factory.mktemp("told")))


@pytest.fixture
def folder(
    told_pipelines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return `~/pipelines`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return Path(shutil.copytree(told_pipelines, tmp_path / "pipelines"))


@pytest.fixture
def snapshot(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshot:
    """Return what compares the screen with the pictures of this test file."""
    return Snapshot(FOLDER / request.path.stem, tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return an empty DAG folder; whatever was started on it is killed in the end."""
    found = Place(tmp_path / "place")
    yield found
    found.clear()


@pytest.fixture
def screens(place: Place) -> Iterator[Screens]:
    """Return what opens screens of `place` on pseudo-terminals."""
    found = Screens(place)
    yield found
    found.close()
