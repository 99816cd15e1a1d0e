"""Which files of a folder a python task is made of: by its imports, never executed."""

from pathlib import Path

import msgspec
import pytest

from leo_engine.errors import SpecValidationError
from leo_engine.loader import python_sources
from leo_engine.loader.load import LoadedDag, load
from leo_engine.loader.python_imports import imports_of
from leo_engine.spec.model import PythonCall

NOT_THIS_PYTHON = "print 'two'\n"
"""Of a Python whose statements can only be guessed."""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/').replace('/init/', '/__init__')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def load_calling(folder: Path, *targets: str) -> LoadedDag:
    tasks = "".join(
        f'[tasks.t{number}]\npython = "{target}"\n'
        for number, target in enumerate(targets)
    )
    (folder / "etl.toml").write_text(tasks)
    return load(folder / "etl.toml")


def made_of(loaded: LoadedDag, number: int = 0) -> list[str]:
    action = loaded.dag.tasks[number].action
    assert isinstance(action, PythonCall)
    return [path for path, _ in action.sources]


def test_all_that_a_target_imports_from_the_folder_is_pinned(tmp_path: Path) -> None:
    write(
        tmp_path,
        score="import json, lib.sums\nfrom pkg import names, inner as i\nimport os\n",
        lib__sums="def f():\n    import late\n",
        late="from score import *\n",
        pkg__init__="from .deep.down import x\nNAMES = 1\n",
        pkg__inner="from . import sibling\nfrom .. import late\n",
        pkg__sibling="",
        pkg__other="never imported",
        pkg__deep__down="x = 1\n",
        unused="import score",
    )
    (tmp_path / "pkg" / "names").mkdir()
    loaded = load_calling(
        tmp_path, "score:main", "late:f", "pkg.sibling:f", "json:dumps"
    )
    assert made_of(loaded) == [
        *("late.py", "lib/sums.py", "pkg/__init__.py", "pkg/deep/down.py"),
        *("pkg/inner.py", "pkg/sibling.py", "score.py"),
    ]
    assert made_of(loaded, 1) == made_of(loaded)
    assert made_of(loaded, 2) == [
        "pkg/__init__.py",
        "pkg/deep/down.py",
        "pkg/sibling.py",
    ]
    assert made_of(loaded, 3) == []
    assert set(loaded.version.sources) == set(made_of(loaded))
    assert loaded.version.sources["pkg/deep/down.py"] == b"x = 1\n"


def test_a_package_comes_before_a_module_and_a_module_before_a_folder(
    tmp_path: Path,
) -> None:
    write(tmp_path, a__init__="", a="", b="", b__c="", d__e="")
    loaded = load_calling(tmp_path, "a:f", "b.c:f", "d.e:f", "d:f")
    found = [made_of(loaded, number) for number in range(4)]
    assert found == [["a/__init__.py"], ["b.py"], ["d/e.py"], []]


def test_a_file_is_named_by_its_path(tmp_path: Path) -> None:
    write(tmp_path, lib__load="import lib.sums", lib__sums="")
    (tmp_path / "a-b.task.py").write_text("import lib.sums")
    loaded = load_calling(tmp_path, "lib/load.py:f", "a-b.task.py:f")
    assert made_of(loaded) == ["lib/load.py", "lib/sums.py"]
    assert made_of(loaded, 1) == ["a-b.task.py", "lib/sums.py"]


@pytest.mark.parametrize(
    "target",
    ["../up.py:f", "/etc/x.py:f", ".hidden.py:f", "a b.py:f", "a..b:f", "1a:f"],
)
def test_a_target_stays_in_its_folder_and_is_a_name(
    tmp_path: Path, target: str
) -> None:
    with pytest.raises(SpecValidationError, match=r"'module:callable' or 'file.py:"):
        load_calling(tmp_path, target)


def test_a_file_that_is_not_there_is_a_problem_where_it_is_named(
    tmp_path: Path,
) -> None:
    with pytest.raises(SpecValidationError) as caught:
        load_calling(tmp_path, "json:dumps", "nowhere.py:f")
    (problem,) = caught.value.problems
    assert "nowhere.py: no such file" in problem.message
    assert (problem.line, problem.column) == (4, 10)


def test_files_that_are_too_large_are_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python_sources, "MOST_BYTES", 10)
    write(tmp_path, a="import b\n", b="12345")
    with pytest.raises(SpecValidationError, match="more than 0 MiB"):
        load_calling(tmp_path, "a:f")


def test_a_link_in_a_circle_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("a.py")
    with pytest.raises(SpecValidationError, match=r"cannot read|no such"):
        load_calling(tmp_path, "a.py:f")


def test_an_edit_is_another_version_and_no_edit_is_not(tmp_path: Path) -> None:
    write(tmp_path, a="import b\n", b="1", c="1")
    first = load_calling(tmp_path, "a:f", "c:f")
    assert load(first.path).version == first.version
    write(tmp_path, b="2")
    second = load(first.path)
    assert second.version.dag_hash != first.version.dag_hash
    before, after = (one.dag.tasks for one in (first, second))
    assert before[0] != after[0]
    encoded = [msgspec.json.encode(one[1]) for one in (before, after)]
    assert encoded[0] == encoded[1]


@pytest.mark.parametrize("start", ["", NOT_THIS_PYTHON], ids=["parsed", "guessed"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a, b.c as d", {"a", "b.c"}),
        ("from a.b import (c,\n    d as e,\n)", {"a.b", "a.b.c", "a.b.d"}),
        ("from a import *", {"a"}),
        ("from . import x", {"p.q", "p.q.x"}),
        ("from ..y import x", {"p.y", "p.y.x"}),
        ("from .... import x", set()),
        ("if 1:\n    from a import b  # import c", {"a", "a.b"}),
        ("importer = 1\nfrom_a = 2", set()),
    ],
)
def test_imports_are_read_from_the_text(start: str, text: str, names: set[str]) -> None:
    assert imports_of(start + text, "p.q") == names


def test_relative_imports_of_no_package_lead_nowhere_above(tmp_path: Path) -> None:
    write(tmp_path, a="from . import b\nfrom .. import c\n", b="", c="")
    assert made_of(load_calling(tmp_path, "a:f")) == ["a.py", "b.py"]
