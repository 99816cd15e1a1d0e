"""From files to DAGs, one or a folder of them."""

import gc
import hashlib
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from leo_engine.errors import SpecError, SpecValidationError
from leo_engine.loader.load import load, load_folder
from leo_engine.spec.model import Dag

TASK = '[tasks.t]\ncmd = "true"\n'


def write(folder: Path, **files: str) -> None:
    """Write `name="text"` as `name.toml`."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)


def test_a_loaded_dag_carries_what_is_stored_of_it(tmp_path: Path) -> None:
    write(tmp_path, etl=TASK)
    loaded = load(tmp_path / "etl.toml")
    version = loaded.version
    assert (loaded.dag.name, version.name, version.source_format) == (
        "etl",
        "etl",
        "toml",
    )
    assert version.source == TASK
    assert msgspec.json.decode(version.resolved, type=Dag) == loaded.dag
    digest = hashlib.blake2b(version.resolved, digest_size=32).hexdigest()
    assert version.dag_hash == digest


def test_the_hash_is_the_same_in_every_format_and_process(tmp_path: Path) -> None:
    write(tmp_path, a='name = "x"\n[tasks.t]\ncmd = "true"\nenv = { A = "1", B = "2" }')
    (tmp_path / "b.yaml").write_text(
        "name: x\ntasks:\n  t: {cmd: 'true', env: {A: '1', B: '2'}}\n"
    )
    (tmp_path / "c.dag.py").write_text(
        "import json\n"
        "task = {'cmd': 'true', 'env': {'A': 1, 'B': 2}}\n"
        "print(json.dumps({'name': 'x', 'tasks': {'t': task}}))\n"
    )
    hashes = {
        load(tmp_path / name).version.dag_hash
        for name in ("a.toml", "b.yaml", "c.dag.py")
    }
    assert len(hashes) == 1
    program = (
        "import sys, pathlib; from leo_engine.loader.load import load;"
        "print(load(pathlib.Path(sys.argv[1])).version.dag_hash)"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.toml")],
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() in hashes


def test_a_folder_gives_the_good_dags_and_the_problems_of_the_others(
    tmp_path: Path,
) -> None:
    write(tmp_path, b=TASK, a=TASK, bad="[tasks.t]\ncmdd = 1\nfoo = 2", empty="")
    (tmp_path / "junk.yaml").write_bytes(bytes(range(256)))
    good, problems = load_folder(tmp_path)
    assert [loaded.dag.name for loaded in good] == ["a", "b"]
    assert sorted({Path(problem.file).name for problem in problems}) == [
        "bad.toml",
        "empty.toml",
        "junk.yaml",
    ]
    assert all(problem.line and problem.column for problem in problems)


def test_an_empty_folder_has_no_dags_and_no_problems(tmp_path: Path) -> None:
    assert load_folder(tmp_path) == ([], [])


def test_two_files_of_one_name_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path, a=TASK, b=f'name = "a"\n{TASK}')
    good, (problem,) = load_folder(tmp_path)
    assert [loaded.path.name for loaded in good] == ["a.toml"]
    assert problem.message == "the DAG 'a' is also in a.toml"
    assert (Path(problem.file).name, problem.line) == ("b.toml", 1)


def test_an_unknown_sub_dag_is_a_problem_of_the_dag_that_names_it(
    tmp_path: Path,
) -> None:
    write(tmp_path, a='[tasks.r]\ndag = "bb"', b=TASK)
    good, (problem,) = load_folder(tmp_path)
    assert [loaded.dag.name for loaded in good] == ["b"]
    assert str(problem).endswith(
        "a.toml:2:7: there is no DAG 'bb' in this folder (did you mean 'b'?)"
    )
    with pytest.raises(SpecValidationError, match="there is no DAG 'bb'"):
        load(tmp_path / "a.toml")


def test_dags_in_a_circle_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path, a='[tasks.r]\ndag = "b"', b='[tasks.r]\ndag = "a"')
    _, (problem,) = load_folder(tmp_path)
    assert problem.message.endswith("a -> b -> a")


def test_a_dag_whose_sub_dag_is_fine_loads_beside_a_faulty_file(
    tmp_path: Path,
) -> None:
    write(tmp_path, a='[tasks.r]\ndag = "b"', b=TASK, c="oops")
    assert load(tmp_path / "a.toml").dag.name == "a"


def test_pools_and_time_zones_are_those_of_the_folder_and_the_machine(
    tmp_path: Path,
) -> None:
    write(tmp_path, leo="[pools]\ngpu = 1\n")
    write(tmp_path, a=f'timezone = "Europe/Paris"\n{TASK}pool = "gpu"\n')
    write(tmp_path, b=f'timezone = "Mars/X"\n{TASK}pool = "cpu"\n')
    good, problems = load_folder(tmp_path)
    assert [loaded.dag.name for loaded in good] == ["a"]
    assert [problem.message for problem in problems] == [
        "there is no time zone 'Mars/X'",
        "there is no pool 'cpu'",
    ]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a\0b", "/etc/passwd", "."])
def test_a_time_zone_that_is_no_name_is_a_problem(tmp_path: Path, name: str) -> None:
    document = {"timezone": name, "tasks": {"t": {"cmd": "x"}}}
    (tmp_path / "a.yaml").write_bytes(msgspec.json.encode(document))
    with pytest.raises(SpecError):
        load(tmp_path / "a.yaml")


def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, a=TASK, b="oops")
    load(tmp_path / "a.toml")
    with pytest.raises(SpecError):
        load(tmp_path / "b.toml")
    assert gc.isenabled()
