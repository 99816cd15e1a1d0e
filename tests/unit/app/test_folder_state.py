"""A folder of DAG files as it is edited."""

import os
from pathlib import Path

import msgspec
import pytest

from leo_engine.app.folder_state import FileState, FolderState, folder_state
from leo_engine.loader.load import load
from leo_engine.ports import DagVersion, RunRow, RunStore
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore

TASK = "[tasks.{}]\ncmd = 'true'\n"
BROKEN = "[tasks.a]\ncommand = 'true'\n"


class Folder:
    """A folder, and how it was at the last look."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store: RunStore | None = None
        self.state: FolderState | None = None

    def write(self, name: str, text: str) -> Path:
        """Write a file as an editor does: in one go, in place of the old one."""
        whole = self.path / f".{name}.new"
        whole.write_text(text)
        return whole.replace(self.path / name)

    def look(self) -> FolderState:
        """Look once more."""
        self.state = folder_state(self.path, self.state, self.store)
        return self.state

    def file(self, name: str) -> FileState:
        """Look once more, at one file."""
        (found,) = (one for one in self.look().files if one.path.name == name)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def names(state: FolderState) -> list[str]:
    return [one.path.name for one in state.files]


def tasks(found: FileState) -> tuple[list[str], list[str]]:
    loaded, last = found.loaded, found.last_good
    return (
        [] if loaded is None else [task.id for task in loaded.dag.tasks],
        [] if last is None else [task.id for task in last.dag.tasks],
    )


def test_files_are_shown_by_name_and_others_with_the_reason(folder: Folder) -> None:
    folder.write("b.yaml", "tasks: {a: {cmd: 'true'}}\n")
    folder.write("a.toml", TASK.format("a"))
    folder.write("leo.toml", "[pools]\ngpu = 1\n")
    folder.write("many.batch.toml", "")
    folder.write("notes.txt", "")
    (folder.path / ".leo").mkdir()
    (folder.path / "sub.toml").mkdir()
    state = folder.look()
    assert names(state) == ["a.toml", "b.yaml"]
    why = {path.name: text.split(":")[0] for path, text in state.skipped}
    assert why == {
        "leo.toml": "the settings of this folder",
        "many.batch.toml": "a plan of many runs",
        "notes.txt": "no DAG by its name",
        "sub.toml": "a folder",
    }


def test_what_has_not_changed_is_not_read_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a.toml", TASK.format("a"))
    folder.write("b.toml", TASK.format("b"))
    folder.write("c.toml", BROKEN)
    first = folder.look()
    read: list[str] = []

    def watched(path: Path, *rest: object, **named: object) -> object:
        read.append(path.name)
        return load(path)

    monkeypatch.setattr("leo_engine.loader.folder_files.load_alone", watched)
    assert folder.look() is first
    folder.write("b.toml", TASK.format("changed"))
    assert tasks(folder.file("b.toml"))[0] == ["changed"]
    assert read == ["b.toml"]


def test_a_file_is_read_again_when_what_its_python_tasks_import_changes(
    folder: Folder,
) -> None:
    folder.write("a.toml", "[tasks.a]\npython = 'mod:f'\n")
    hashes = []
    for name, text in (
        ("mod.py", "import later, pkg.deep\n"),
        ("later.py", "N = 1\n"),
        ("later.py", "N = 22\n"),
        ("pkg/deep.py", "N = 1\n"),
        ("pkg/deep.py", "N = 22\n"),
    ):
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).write_text(text)
        loaded = folder.file("a.toml").loaded
        assert loaded is not None
        hashes.append(loaded.version.dag_hash)
        before = folder.state
        assert folder.look() is before
    assert len(set(hashes)) == len(hashes)


def test_a_file_that_broke_by_what_it_names_is_mended_by_it(folder: Folder) -> None:
    folder.write("a.toml", "[tasks.a]\npython = 'mod.py:f'\n")
    assert folder.file("a.toml").loaded is None
    folder.write("mod.py", "")
    assert folder.file("a.toml").loaded is not None


def test_a_file_that_breaks_keeps_its_last_good_version(folder: Folder) -> None:
    folder.write("a.toml", TASK.format("a"))
    folder.look()
    folder.write("a.toml", BROKEN)
    broken = folder.file("a.toml")
    assert tasks(broken) == ([], ["a"])
    assert "command" in broken.problems[0].message
    assert broken.problems[0].line == 2
    folder.write("a.toml", "[")
    assert tasks(folder.file("a.toml")) == ([], ["a"])
    folder.write("a.toml", TASK.format("b"))
    assert tasks(folder.file("a.toml")) == (["b"], ["b"])


def test_a_file_that_is_gone_is_shown_as_long_as_it_was_good_once(
    folder: Folder,
) -> None:
    good, bad = (
        folder.write("good.toml", TASK.format("a")),
        folder.write("bad.toml", "["),
    )
    folder.look()
    good.unlink()
    bad.unlink()
    state = folder.look()
    (gone,) = state.files
    assert (gone.path.name, gone.is_gone, tasks(gone)) == (
        "good.toml",
        True,
        ([], ["a"]),
    )
    assert folder.look() is state
    folder.write("good.toml", TASK.format("b"))
    back = folder.file("good.toml")
    assert (back.is_gone, tasks(back)) == (False, (["b"], ["b"]))


def test_what_is_wrong_between_files_comes_and_goes_with_the_other_file(
    folder: Folder,
) -> None:
    folder.write("parent.toml", "[tasks.inner]\ndag = 'child'\n")
    assert "no DAG 'child'" in folder.file("parent.toml").problems[0].message
    child = folder.write("child.toml", TASK.format("a"))
    assert tasks(folder.file("parent.toml"))[0] == ["inner"]
    child.unlink()
    parent = folder.file("parent.toml")
    assert tasks(parent) == ([], ["inner"])
    assert len(parent.problems) == 1
    folder.write("twin.toml", "name = 'parent'\n" + TASK.format("a"))
    assert "also in parent.toml" in folder.file("twin.toml").problems[0].message


def test_a_wrong_leo_toml_is_a_problem_and_the_last_pools_count(
    folder: Folder,
) -> None:
    pooled = TASK.format("a") + "pool = 'gpu'\n"
    folder.write("a.toml", pooled)
    assert folder.file("a.toml").problems
    folder.write("leo.toml", "[pools]\ngpu = 1\n")
    assert tasks(folder.file("a.toml"))[0] == ["a"]
    folder.write("leo.toml", "[pools]\ngpu = 0\n")
    state = folder.look()
    assert [one.file for one in state.problems] == [str(folder.path / "leo.toml")]
    assert (state.problems[0].line, tasks(state.files[0])[0]) == (2, ["a"])
    assert folder.look() is state
    (folder.path / "leo.toml").unlink()
    assert folder.look().problems == ()
    assert folder.file("a.toml").problems


def test_a_folder_that_is_gone_is_a_problem_and_comes_back(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "dags")
    folder.path.mkdir()
    folder.write("a.toml", TASK.format("a"))
    folder.look()
    folder.path.rename(tmp_path / "moved")
    state = folder.look()
    assert "cannot be listed" in state.problems[0].message
    assert [one.is_gone for one in state.files] == [True]
    (tmp_path / "moved").rename(folder.path)
    state = folder.look()
    assert (state.problems, [one.is_gone for one in state.files]) == ((), [False])


def test_what_cannot_be_read_is_a_problem_of_the_file(folder: Folder) -> None:
    (folder.path / "link.toml").symlink_to("nowhere")
    (folder.path / "bytes.toml").write_bytes(b"\xff\xfe")
    os.mkfifo(folder.path / "pipe.toml")
    messages = [one.problems[0].message for one in folder.look().files]
    assert messages == [
        "not a text in UTF-8: the byte 0xFF cannot stand here",
        "cannot be read: no such file",
        "cannot be read: not a regular file",
    ]


def test_a_broken_file_seen_for_the_first_time_is_known_from_its_runs(
    folder: Folder, tmp_path: Path
) -> None:
    store = FakeStore(FakeClock())
    path = folder.write("a.toml", TASK.format("ran"))
    loaded = load(path)
    for number, file in enumerate(("a.toml", "other.toml"), 1):
        row = RunRow(
            run_id=f"run-{number}",
            dag="a",
            dag_hash=loaded.version.dag_hash,
            file=file,
            status=RunStatus.SUCCEEDED,
            created_ms=number,
        )
        store.prepare(row, loaded.version, [], owner="", new=True)
    folder.store = store
    folder.write("a.toml", BROKEN)
    folder.write("never.toml", BROKEN)
    assert tasks(folder.file("a.toml")) == ([], ["ran"])
    assert tasks(folder.file("never.toml")) == ([], [])


def test_a_stored_version_that_cannot_be_read_is_none(folder: Folder) -> None:
    store = FakeStore(FakeClock())
    odd = DagVersion(
        dag_hash="odd",
        name="a",
        source="",
        source_format="toml",
        resolved=msgspec.json.encode({"of": "another leo-tui"}),
    )
    row = RunRow(
        run_id="run",
        dag="a",
        dag_hash="odd",
        file="a.toml",
        status=RunStatus.SUCCEEDED,
        created_ms=1,
    )
    store.prepare(row, odd, [], owner="", new=True)
    folder.store = store
    folder.write("a.toml", BROKEN)
    assert folder.file("a.toml").last_good is None
