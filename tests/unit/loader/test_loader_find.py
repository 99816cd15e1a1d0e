"""Which files are DAG files, and how their text is read."""

from pathlib import Path

import pytest

from leo_engine.errors import SpecSyntaxError
from leo_engine.loader import read as reading
from leo_engine.loader.find import find, stem_of
from leo_engine.loader.read import read_source


def test_dag_files_are_found_by_name_sorted(tmp_path: Path) -> None:
    for name in (
        "b.toml",
        "a.yaml",
        "c.yml",
        "d.dag.py",
        "leo.toml",
        "pyproject.toml",
        ".hidden.toml",
        "script.py",
        "night.batch.toml",
        "notes.md",
    ):
        (tmp_path / name).touch()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / ".leo").mkdir()
    (tmp_path / ".leo" / "x.toml").touch()
    found = [path.name for path in find(tmp_path)]
    assert found == ["a.yaml", "b.toml", "c.yml", "d.dag.py"]
    assert [stem_of(path) for path in find(tmp_path)] == ["a", "b", "c", "d"]


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes("\ufeffname = 'é'".encode())
    assert read_source(path).text == "name = 'é'"


def test_a_byte_that_is_no_utf_8_is_placed(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"name = 'a'\nx = '\xff'")
    with pytest.raises(SpecSyntaxError) as caught:
        read_source(path)
    (problem,) = caught.value.problems
    assert "0xFF" in problem.message
    assert (problem.file, problem.line, problem.column) == (str(path), 2, 6)
    assert problem.excerpt.startswith("x = '")


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml"])
def test_what_cannot_be_read_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SpecSyntaxError, match=r"cannot be read|not a regular file"):
        read_source(tmp_path / name)


def test_a_file_that_is_too_large_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_BYTES", 1024 * 1024)
    path = tmp_path / "a.toml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(SpecSyntaxError, match="larger than 1 MiB"):
        read_source(path)
