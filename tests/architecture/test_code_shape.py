"""House rules that no linter knows: file size, the error tree, the words."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_engine import errors

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("engine", "tui") for path in (ROOT / folder).rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 400
BANNED_WORDS = frozenset(
    {"manager", "handler", "helper", "helpers", "util", "utils", "misc", "common"}
    | {"base", "data", "info", "job", "step", "node"}
)
FOREIGN = frozenset({"_Node"})
"""Words of others: what PyYAML calls its own."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def words_of(name: str) -> set[str]:
    """Split `RunLoop_state` into its lower-case words."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower() for part in parts}


def classes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node.name


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=relative)
def test_a_file_has_at_most_400_lines(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, "split it: a file has one job"


def test_modules_and_classes_avoid_words_that_say_nothing() -> None:
    named = {
        f"{relative(path)}: {name}"
        for path in SOURCES
        for name in (path.stem, path.parent.name, *classes(path))
        if name not in FOREIGN and words_of(name) & BANNED_WORDS
    }
    assert named == set()


def test_test_files_have_names_of_their_own() -> None:
    stems = [path.stem for path in TESTS if path.stem != "conftest"]
    assert sorted(stems) == sorted(set(stems))


def drawn_tree() -> dict[str, str]:
    """Return {class: parent} as drawn in the docstring of `errors`."""
    parents: dict[str, str] = {}
    open_branches: list[tuple[int, str]] = []
    for text in inspect.getdoc(errors).splitlines():  # type: ignore[union-attr]
        match = re.search(r"(\w+Error)$", text)
        if match is None or not re.fullmatch(r"[\s│├└─]*\w+Error", text):
            continue
        depth = match.start()
        while open_branches and open_branches[-1][0] >= depth:
            open_branches.pop()
        parents[match[1]] = open_branches[-1][1] if open_branches else "Exception"
        open_branches.append((depth, match[1]))
    return parents


def test_the_error_tree_is_drawn_as_it_is() -> None:
    real = {
        name: cls.__bases__[0].__name__
        for name, cls in vars(errors).items()
        if inspect.isclass(cls) and issubclass(cls, Exception)
    }
    assert drawn_tree() == real
