"""Three formats, one document; what cannot be read is placed."""

from collections.abc import Callable

import pytest

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.spec.document import DocumentFormat, plain_json, read_document

Problems = Callable[..., tuple[Problem, ...]]


def yaml(text: str) -> object:
    return read_document(text, DocumentFormat.YAML)


def test_yaml_reads_only_the_scalars_of_the_core_schema() -> None:
    assert yaml(
        "on: [on, yes, No, 12:30, 2024-01-01, 0b1, 1_000, 'true', !!str 7]\n"
        "b: [true, False, null, ~, 12, -3, 0x1F, 0o17, 1.5, .5, 1e3, +7]\n"
        "c:\n"
    ) == {
        "on": ["on", "yes", "No", "12:30", "2024-01-01", "0b1", "1_000", "true", "7"],
        "b": [True, False, None, None, 12, -3, 31, 15, 1.5, 0.5, 1000.0, 7],
        "c": None,
    }


def test_yaml_merge_keys_give_way_to_written_ones() -> None:
    assert yaml("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: {<<: [*x, {r: 4}]}") == {
        "a": {"p": 1, "q": 2},
        "b": {"q": 3, "p": 1},
        "c": {"p": 1, "q": 2, "r": 4},
    }


@pytest.mark.parametrize(
    ("kind", "text", "line", "column", "message"),
    [
        ("yaml", "tasks:\n  a: {cmd: x}\n  a: {cmd: y}", 3, 3, "given twice"),
        ("json", '{"tasks": {"a": {"cmd": "x",\n "cmd": "y"}}}', 2, 2, "given twice"),
        ("toml", '[tasks.a]\ncmd = "x"\ncmd = "y"', 3, 1, "duplicate key"),
        ("yaml", "a: &a [*a]", 1, 8, "no anchor"),
        ("yaml", "a: *b", 1, 4, "no anchor"),
        ("yaml", "a: 1\n---\nb: 2", 2, 1, "second"),
        ("yaml", "a: !!python/object:os.system {}", 1, 4, "tag"),
        ("yaml", "a: !foo bar", 1, 4, "tag"),
        ("yaml", "? [a]\n: b", 1, 3, "plain text"),
        ("yaml", "a: [b", 1, 6, "not valid YAML"),
        ("json", '{"a": NaN}', 1, 1, "NaN"),
        ("json", '{"a": ', 1, 7, "not valid JSON"),
        ("json", "[1]", 1, 1, "table"),
        ("toml", "a = 1\nb = ]", 2, 5, "not valid TOML"),
        ("toml", "", 1, 1, "empty"),
        ("yaml", "# nothing\n", 1, 1, "empty"),
        ("json", "", 1, 1, "not valid JSON"),
        ("yaml", "just words", 1, 1, "table"),
        ("toml", 'a = "x"\nb\x00 = 1', 2, 2, "U+0000"),
        ("yaml", "\x7fELF\x02\x01", 1, 5, "U+0002"),
        ("json", '{"a": "\ud800"}', 1, 8, "U+D800"),
    ],
)
def test_text_that_cannot_be_read_is_placed(
    problems: Problems, kind: str, text: str, line: int, column: int, message: str
) -> None:
    (problem,) = problems(text, kind)
    assert message in problem.message
    assert (problem.file, problem.line, problem.column) == (f"d.{kind}", line, column)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("toml", "a = " + "[" * 10_000 + "]" * 10_000),
        ("toml", ".".join(["a"] * 900) + " = 1"),
        ("toml", ".".join(["a"] * 10_000) + " = 1"),
        ("yaml", "[" * 10_000 + "]" * 10_000),
        ("yaml", "".join(" " * depth + "a:\n" for depth in range(500))),
        ("json", '{"a":' * 10_000 + "1" + "}" * 10_000),
        ("toml", "[params]\nx" + ".a" * 900 + " = 1\n[tasks.t]\ncmd = 'x'"),
    ],
)
def test_deep_nesting_is_a_problem_not_a_crash(
    problems: Problems, kind: str, text: str
) -> None:
    assert problems(text, kind)


def test_an_alias_bomb_is_refused(problems: Problems) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    (problem,) = problems("\n".join(lines), "yaml")
    assert "aliases" in problem.message
    assert problem.line == 5


def test_a_line_of_ten_megabytes_is_read_and_cut_in_the_excerpt(
    problems: Problems,
) -> None:
    long = "x" * 10_000_000
    (problem,) = problems(f'[tasks.a]\ncmd = "{long}"\nfoo = "{long}"')
    assert problem.message == "unknown key 'foo'"
    assert len(problem.excerpt) <= 120


def test_dates_become_texts_and_what_json_lacks_is_refused() -> None:
    document = read_document("a = [2024-05-27, 07:32:00]", DocumentFormat.TOML)
    assert plain_json(document) == {"a": ["2024-05-27", "07:32:00"]}
    for value in (float("inf"), float("nan"), 2**63):
        with pytest.raises(ValueError, match=r"number|integer"):
            plain_json(value)


def test_reading_raises_without_a_file_name() -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        read_document("a = ", DocumentFormat.TOML)
    assert caught.value.problems[0].file == ""
