"""DAGs of a folder, found by name, by the name of their file, or by its path."""

from pathlib import Path

import pytest

from leo_engine.app.catalogue import load_catalogue, load_dag
from leo_engine.errors import DagNotFoundError, SpecError

TASK = "[tasks.a]\ncmd = 'true'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plain DAG, one named otherwise, and a broken one."""
    (tmp_path / "etl.toml").write_text(TASK)
    (tmp_path / "file.toml").write_text(f"name = 'nightly'\n{TASK}")
    (tmp_path / "broken.toml").write_text("[tasks.a]\ncmdd = 'true'\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "dag"), [("etl", "etl"), ("nightly", "nightly"), ("file", "nightly")]
)
def test_a_dag_answers_to_its_name_and_to_that_of_its_file(
    folder: Path, name: str, dag: str
) -> None:
    assert load_dag(folder, name).dag.name == dag


def test_a_dag_is_found_by_the_path_of_its_file(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "sub"
    elsewhere.mkdir()
    assert load_dag(elsewhere, str(folder / "file.toml")).dag.name == "nightly"


def test_a_path_is_relative_to_where_the_user_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    loaded = load_dag(Path("/nowhere"), "etl.toml")
    assert loaded.path == folder / "etl.toml"


def test_a_name_wins_over_the_name_of_a_file(folder: Path) -> None:
    (folder / "nightly.toml").write_text(f"name = 'other'\n{TASK}")
    assert load_dag(folder, "nightly").path.name == "file.toml"


def test_an_unknown_name_is_answered_with_the_nearest(folder: Path) -> None:
    with pytest.raises(DagNotFoundError, match="did you mean 'nightly'") as missing:
        load_dag(folder, "nightli")
    assert missing.value.nearest == "nightly"


def test_a_broken_file_is_said_to_be_broken_and_not_to_be_missing(
    folder: Path,
) -> None:
    with pytest.raises(SpecError, match="cmdd"):
        load_dag(folder, "broken")


def test_a_broken_file_does_not_keep_others_from_being_found(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    assert sorted(loaded.dag.name for loaded in catalogue.dags) == ["etl", "nightly"]
    assert catalogue.problems
    assert all("broken.toml" in problem.file for problem in catalogue.problems)


def test_an_empty_folder_has_no_dags(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path).dags == ()
    with pytest.raises(DagNotFoundError):
        load_dag(tmp_path, "etl")
