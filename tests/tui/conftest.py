"""What the tests of the screen work with."""

from pathlib import Path

import pytest
from textual import constants

from snapshots import FOLDER, Snapshot


@pytest.fixture(autouse=True)
def _nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have apps jump where they would glide."""
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshot:
    """Return what compares the screen with the pictures of this test file."""
    return Snapshot(FOLDER / request.path.stem, tmp_path)
