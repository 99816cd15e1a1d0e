"""Plan files: read, their DAGs looked up in the folder."""

from pathlib import Path

import pytest

from leo_engine.app import catalogue
from leo_engine.errors import SpecError, SpecValidationError
from leo_engine.loader.batch_plan import LoadedPlan, load_plan
from leo_engine.loader.load import load

DAG = """
name = "etl"
[params]
day = "mon"
[tasks.a]
cmd = "true"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "etl.toml").write_text(DAG)
    (dags / "other.toml").write_text(DAG.replace('"etl"', '"named"'))
    (dags / "broken.toml").write_text("[tasks.a]\ncmdd = 'true'\n")
    return dags


def plan_of(folder: Path, text: str, name: str = "plan.toml") -> LoadedPlan:
    path = folder.parent / name
    path.write_text(text)
    return load_plan(path, catalogue.lookup_in(folder))


def test_dags_are_found_by_name_or_by_the_name_of_their_file(folder: Path) -> None:
    text = "".join(
        f'[[runs]]\ndag = "{name}"\n' for name in ("etl", "named", "other", "etl")
    )
    plan = plan_of(folder, text)
    assert [entry.dag for entry in plan.entries] == ["etl", "named", "named", "etl"]
    assert sorted(plan.dags) == ["etl", "named"]
    assert plan.entries[0].params == {"day": "mon"}


def test_unknown_and_faulty_dags_are_told_together_with_the_plan(folder: Path) -> None:
    text = """\
[[runs]]
dag = "etk"
[[runs]]
dag = "broken"
[[runs]]
dag = "etk"
params = { day = "tue" }
[[runs]]
dag = "etl"
params = { day = 3 }
[[runs]]
dag = "./etl.toml"
"""
    with pytest.raises(SpecValidationError) as caught:
        plan_of(folder, text)
    told = [
        (Path(one.file).name, one.line, one.message) for one in caught.value.problems
    ]
    assert told == [
        ("plan.toml", 2, "no DAG 'etk' here"),
        ("plan.toml", 6, "no DAG 'etk' here"),
        ("plan.toml", 10, "'day' must be a text, not 3"),
        ("plan.toml", 12, "no DAG './etl.toml' here"),
        ("broken.toml", 2, "unknown key 'cmdd'"),
    ]
    assert caught.value.problems[0].hint == "did you mean 'etl'?"


@pytest.mark.parametrize("name", ["plan.dag.py", "plan.txt"])
def test_a_plan_is_known_by_the_end_of_its_name(folder: Path, name: str) -> None:
    with pytest.raises(SpecError, match=r"a plan is a \.toml, \.yaml or \.json file"):
        plan_of(folder, "", name)


def test_a_plan_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(SpecError, match=r"nothing\.toml.*no such file"):
        load_plan(folder / "nothing.toml", catalogue.lookup_in(folder))


def test_a_plan_taken_for_a_dag_is_told_so(folder: Path) -> None:
    path = folder / "nightly.toml"
    path.write_text('name = "nightly"\n[[runs]]\ndag = "etl"\n')
    with pytest.raises(SpecError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert problem.message == "this is a plan of runs, not a DAG"
    assert problem.line == 2
    assert problem.hint.startswith(f"leo-tui batch {path}")
