"""A `*.dag.py` that declares its DAG by functions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leo_engine.errors import SpecError
from leo_engine.loader.load import load
from leo_engine.spec.model import PythonCall
from leo_engine.task_side import MODULES

FLOW = """
from leo_dag import dag, task
import lib

dag(description="by functions", params={"day": "mon"},
    tasks={"load-rows": {"cmd": "true"}})

@task(retries=2, with_={"day": "{{ day }}"}, depends_on="load-rows")
def extract(day):
    return [day]

@task
def load(extract, load_rows, spare=1):
    return lib.total(extract)

@task(id="tell-all", if_="day != 'tue'", with_={"load": 1})
def tell(load):
    pass
"""


def script(folder: Path, text: str) -> Path:
    (folder / "lib.py").write_text("def total(x): return len(x)\n")
    path = folder / "flow.dag.py"
    path.write_text(text)
    return path


def message_of(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load(path)
    return " ".join(problem.message for problem in caught.value.problems)


def test_functions_are_tasks_and_their_parameters_dependencies(tmp_path: Path) -> None:
    loaded = load(script(tmp_path, FLOW))
    dag = loaded.dag
    assert (dag.name, dag.description) == ("flow", "by functions")
    assert {task.id: task.upstream for task in dag.tasks} == {
        "load-rows": (),
        "extract": ("load-rows",),
        "load": ("load-rows", "extract"),
        "tell-all": (),
    }
    assert dag.tasks[1].retry.retries == 2
    assert dag.tasks[3].condition == "day != 'tue'"
    call = dag.tasks[3].action
    assert isinstance(call, PythonCall)
    assert call.target == "flow.dag.py:tell"
    assert [path for path, _ in call.sources] == ["flow.dag.py", "lib.py"]
    assert loaded.version.sources["flow.dag.py"].decode() == FLOW


def test_functions_of_another_file_are_called_there(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(
        "from leo_dag import task\n@task\ndef one(): pass\n"
    )
    loaded = load(script(tmp_path, "import parts\nfrom leo_dag import dag\ndag()\n"))
    call = loaded.dag.tasks[0].action
    assert isinstance(call, PythonCall)
    assert call.target == "parts:one"
    assert [path for path, _ in call.sources] == ["parts.py"]


REWRITES = """
from leo_dag import task
import pathlib
own = pathlib.Path(__file__)
text = own.read_text()
if {condition}:
    own.write_text(text + "#")
@task
def f(): pass
"""


def test_what_is_declared_and_what_is_called_are_of_one_text(tmp_path: Path) -> None:
    path = script(tmp_path, REWRITES.replace("{condition}", "text[-1] != '#'"))
    loaded = load(path)
    assert loaded.version.sources["flow.dag.py"] == path.read_bytes()
    assert path.read_text().endswith("#")


def test_a_script_that_never_stays_the_same_is_a_problem(tmp_path: Path) -> None:
    path = script(tmp_path, REWRITES.replace("{condition}", "True"))
    assert message_of(path) == "was written each time it was read"


def test_a_script_that_declares_and_prints_is_told_to_do_one(tmp_path: Path) -> None:
    message = message_of(script(tmp_path, FLOW + "print('made', 3, 'tasks')"))
    assert "prints as well, first 'made 3 tasks'" in message


def test_notes_go_to_stderr(tmp_path: Path) -> None:
    text = FLOW + "import sys; print('made', file=sys.stderr); print()"
    assert len(load(script(tmp_path, text)).dag.tasks) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def outer():\n    @task\n    def f(): pass\nouter()", "top of a file"),
        ("@task\nclass C: pass", "@task is for functions"),
        ("@task\ndef f(): pass\n@task\ndef f(): pass", "'f' is declared twice"),
        ("@task(retries={1})\ndef f(): pass", "is no JSON"),
        ("@task(retreis=1)\ndef f(): pass", "unknown key 'retreis'"),
        ("@task\ndef f(g): pass\n@task\ndef g(f): pass", "cycle"),
        ("@task\ndef f(): pass\n1 / 0", "ZeroDivisionError"),
        ("dag(tasks=3)", "dag(tasks=...) takes {name: task}"),
    ],
)
def test_what_cannot_be_declared_is_a_clear_problem(
    tmp_path: Path, text: str, words: str
) -> None:
    message = message_of(script(tmp_path, f"from leo_dag import dag, task\n{text}\n"))
    assert words in message


def test_run_by_hand_it_prints_and_imported_it_does_not(tmp_path: Path) -> None:
    path = script(tmp_path, FLOW)
    environ = {"PYTHONPATH": MODULES, "PYTHONDONTWRITEBYTECODE": "1"}
    printed = subprocess.run(
        [sys.executable, path], env=environ, capture_output=True, check=True
    )
    assert set(json.loads(printed.stdout)["tasks"]) >= {"extract", "load"}
    by_user = f"from runpy import run_path\nrun_path({str(path)!r})"
    (tmp_path / "user.py").write_text(by_user)
    imported = subprocess.run(
        [sys.executable, tmp_path / "user.py"],
        env=environ,
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert imported.stdout == b""
