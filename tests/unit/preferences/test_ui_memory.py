"""What is remembered comes back; what is broken is put aside."""

import stat
from pathlib import Path

import pytest

from leo_tui.preferences.memory import (
    MOST_COLLAPSED,
    MOST_FOLDERS,
    MOST_TEXTS,
    FolderState,
    Memory,
)

HERE = Path("/dags")
STATE = FolderState(
    file="etl",
    run="0193",
    task="load",
    place="tasks",
    collapsed=["extract"],
    splits={"left": 0.25},
    wrap=True,
    times="relative",
    filters={"tasks": "fail"},
    theme="light",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "leo-tui" / "ui.json"


def test_a_folder_comes_back_as_it_was_left(path: Path) -> None:
    Memory(path).keep_folder(HERE, STATE)
    assert Memory(path).folder(HERE) == STATE
    assert Memory(path).folder(Path("/other")) == FolderState()


def test_nobody_else_may_read_it_and_nothing_is_left_lying(path: Path) -> None:
    Memory(path).keep_folder(HERE, STATE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["ui.json"]


def test_two_screens_do_not_undo_what_the_other_remembers(path: Path) -> None:
    one, other = Memory(path), Memory(path)
    one.keep_folder(HERE, STATE)
    other.keep_folder(Path("/other"), FolderState(file="b"))
    one.keep_tour_seen()
    assert other.folder(HERE) == STATE
    assert one.folder(Path("/other")).file == "b"
    assert other.has_seen_tour


def test_the_folder_unused_for_longest_is_forgotten(path: Path) -> None:
    memory = Memory(path)
    for number in range(MOST_FOLDERS):
        memory.keep_folder(Path(f"/{number}"), FolderState(file="f"))
    memory.keep_folder(Path("/0"), STATE)
    memory.keep_folder(HERE, STATE)
    assert memory.folder(Path("/0")) == STATE
    assert memory.folder(Path("/1")) == FolderState()
    assert memory.folder(Path("/2")).file == "f"


def test_it_does_not_grow_without_bounds(path: Path) -> None:
    memory = Memory(path)
    many = [f"group {number}" for number in range(3 * MOST_COLLAPSED)]
    memory.keep_folder(HERE, FolderState(collapsed=many))
    assert len(memory.folder(HERE).collapsed) == MOST_COLLAPSED
    memory.keep_texts("search", many)
    assert memory.texts("search") == many[-MOST_TEXTS:]


def test_a_text_typed_again_is_remembered_once(path: Path) -> None:
    memory = Memory(path)
    memory.keep_texts("search", ["a", "b", "a"])
    assert memory.texts("search") == ["a", "b"]
    assert memory.texts("filter") == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"folders": 3}', b"\xff\x00"])
def test_a_broken_file_is_put_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    memory = Memory(path)
    assert memory.folder(HERE) == FolderState()
    assert path.with_name("ui.json.broken").read_bytes() == content
    memory.keep_folder(HERE, STATE)
    assert memory.folder(HERE) == STATE


def test_what_a_later_version_adds_is_no_fault(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('{"new": 1, "folders": {"/dags": {"file": "etl", "new": 2}}}')
    assert Memory(path).folder(HERE).file == "etl"


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    memory = Memory(occupied / "ui.json")
    memory.keep_folder(HERE, STATE)
    assert memory.folder(HERE) == FolderState()
