"""Where a value stands, in any of the three formats."""

from collections.abc import Callable

import pytest

from leo_engine.errors import Problem
from leo_engine.spec.document import DocumentFormat, locate
from leo_engine.spec.text_place import Path, excerpt, line_and_column, offset_of

Problems = Callable[..., tuple[Problem, ...]]

TOML = '''
# a [comment] = "no"
top = 1
a."b c".d = [ 1, # one ]
  { x = "q}", 'y' = [[], ["z"]] },
]
[ tasks . "n\\u0061me" ]
cmd = """
text with " and \\" and \\"""
[not.a.table]
"""
lit = \'\'\'
it's [raw]
\'\'\'
when = 1979-05-27 07:32:00Z
[[list]]
k = 'v'
[[list]]
k = 'w'
[list.sub]
deep = true
[[list.inner]]
n = 0x1F
'''


def found(text: str, kind: str, path: Path) -> str:
    span = locate(text, DocumentFormat(kind), {path})[path]
    return text[span.start : span.end]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("top",), "1"),
        (("a", "b c", "d", 0), "1"),
        (("a", "b c", "d", 1, "x"), '"q}"'),
        (("a", "b c", "d", 1, "y", 1, 0), '"z"'),
        (("a", "b c", "d", 1, "y", 0), "[]"),
        (("tasks", "name"), '[ tasks . "n\\u0061me" ]'),
        (("tasks", "name", "lit"), "'''\nit's [raw]\n'''"),
        (("tasks", "name", "when"), "1979-05-27 07:32:00Z"),
        (("list", 0, "k"), "'v'"),
        (("list", 1, "k"), "'w'"),
        (("list", 1, "sub", "deep"), "true"),
        (("list", 1, "inner", 0, "n"), "0x1F"),
    ],
)
def test_any_value_of_a_toml_file_is_found(path: Path, value: str) -> None:
    assert found(TOML, "toml", path) == value


def test_a_toml_key_is_found_before_its_value() -> None:
    path: Path = ("tasks", "name", "cmd")
    span = locate(TOML, DocumentFormat.TOML, {path})[path]
    assert line_and_column(TOML, span.key) == (8, 1)
    assert TOML[span.start : span.start + 5] == '"""\nt'


def test_values_of_json_and_yaml_are_found() -> None:
    text = '{"a": {"b\\"c": [1, {"d": "x,]}"}], "e": null}, "f": -1.5e3}'
    assert found(text, "json", ("a", 'b"c', 1, "d")) == '"x,]}"'
    assert found(text, "json", ("a", "e")) == "null"
    assert found(text, "json", ("f",)) == "-1.5e3"
    text = "a:\n  - x\n  - {b: [1, 'two']}\nc: |\n  text\nd: e\n"
    assert found(text, "yaml", ("a", 1, "b", 1)) == "'two'"
    assert found(text, "yaml", ("d",)) == "e"


def test_a_key_from_defaults_is_placed_in_defaults(problems: Problems) -> None:
    (problem,) = problems(
        '[defaults]\ntimeout = "soon"\n[tasks.a]\ncmd = "x"\n[tasks.b]\ncmd = "y"'
    )
    assert (problem.line, problem.column) == (2, 11)
    assert problem.path == ("defaults", "timeout")


def test_a_name_inside_a_long_value_is_pointed_at(problems: Problems) -> None:
    (problem,) = problems('[tasks.a]\ncmd = """\nfirst\n  {{ nmae }}\n"""')
    assert (problem.line, problem.column) == (4, 6)
    assert problem.excerpt == "  {{ nmae }}"


def test_offsets_lines_and_excerpts_agree() -> None:
    text = "one\nt\two\r\n" + "x" * 300
    assert line_and_column(text, 6) == (2, 3)
    assert offset_of(text, 2, 3) == 6
    assert offset_of(text, 99, 1) == len(text)
    assert excerpt(text, 5) == "t wo"
    cut = excerpt(text, 200)
    assert len(cut) <= 120
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert excerpt("a\x1b[31m", 0) == "a·[31m"
