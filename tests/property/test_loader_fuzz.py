"""Whatever a file holds: a DAG, or located problems; never anything else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st

from leo_engine.errors import Problem, SpecError, SpecValidationError
from leo_engine.loader.load import load
from leo_engine.spec.document import DocumentFormat
from leo_engine.spec.model import Dag
from leo_engine.spec.params import bind_params
from leo_engine.spec.parse import SourceText, parse_dag
from leo_engine.spec.source import DagSource, TaskSource

VALID = {
    "toml": """
name = "etl"
schedule = ["0 3 * * *"]
on_failure = "page"
[params]
date = { type = "string", pattern = '\\d+', default = "1" }
[defaults]
retries = 2
env = { A = "{{ date }}" }
[tasks.a]
cmd = \"""
echo {{ date }} '{{ params.date }}' <<E
\"""
register = "rows"
timeout = "10m"
[tasks."b c"]
cmd = ["x", "{{ rows }}"]
depends_on = ["a"]
matrix = { k = ["1", 2, true] }
if = 'rows > "0" && k'
[tasks.page]
type = "forensic"
http = { url = "https://x", json = { a = [1, 2.5, {}] }, success = ["2xx"] }
""",
    "yaml": """
name: etl
x: &x {retries: 2, env: {A: "1"}}
tasks:
  a:
    <<: *x
    cmd: |
      echo {{ run_id }}
    timeout: 10m
  "b": {cmd: [x, 'y'], depends_on: [a], matrix: {k: [1, b]}}
""",
    "json": (
        '{"name": "etl", "tasks": {"a": {"cmd": "x", "timeout": 1.5},\n'
        '"b": {"python": "m:f", "with": {"a": [1, null]}, "depends_on": ["a"]}}}'
    ),
}
KEYS = [
    *DagSource.__struct_encode_fields__,
    *TaskSource.__struct_encode_fields__,
    "a",
    "b",
    "k",
    "url",
    "type",
    "default",
]
WORDS = [
    *("a", "b", "a[k=1]", "{{ a }}", "{{.a}}", "{{ outputs.a.b }}", "{% if %}", "{{"),
    *("10m", "2GB", "0 3 * * *", "m:f", "env:A", "docker", "http", "string", "[0-9"),
    *("forensic", "drain", "\0", "\x1b", "\ud7ff", "on_failure", "all_done", ""),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 2**65)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
TASKS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "a/b", " "]),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
    | st.fixed_dictionaries({"cmd": st.sampled_from(WORDS)}),
    max_size=4,
)
DOCUMENTS = st.fixed_dictionaries(
    {"tasks": TASKS | VALUES},
    optional={
        "params": st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
        "defaults": st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
        "env": VALUES,
        "schedule": VALUES,
        "on_failure": VALUES,
        "pools": VALUES,
        "secrets": VALUES,
        "foo": VALUES,
    },
)


def check_problems(problems: Sequence[Problem], text: str) -> None:
    assert problems
    for problem in problems:
        assert problem.file == "f"
        assert problem.message
        assert str(problem).isprintable()
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.column >= 1
        assert len(problem.excerpt) <= 120
        assert problem.excerpt.isprintable()


def check(text: str, kind: str) -> Dag | None:
    """Return the DAG, or None after checking that every problem is in the text."""
    source = SourceText(text, DocumentFormat(kind), file="f", stem="f")
    try:
        dag = parse_dag(source)
    except SpecError as error:
        check_problems(error.problems, text)
        return None
    stored = msgspec.json.encode(dag, order="deterministic")
    assert msgspec.json.decode(stored, type=Dag).name == dag.name
    return dag


@pytest.mark.parametrize("kind", VALID)
def test_the_seeds_are_valid(kind: str) -> None:
    text = VALID[kind].replace("x: &x", "defaults: &x")
    assert check(text, kind) is not None


@settings(max_examples=100)
@given(content=st.binary(max_size=60), kind=st.sampled_from(["toml", "yaml", "yml"]))
@example(content=b"\xef\xbb\xbf", kind="toml")
@example(content=b"\xff\xfe[\x00", kind="yaml")
def test_any_bytes_give_located_problems(content: bytes, kind: str) -> None:
    with in_folder() as folder:
        path = folder / f"f.{kind}"
        path.write_bytes(content)
        problems: tuple[Problem, ...] = ()
        try:
            load(path)
        except SpecError as error:
            problems = error.problems
        assert problems
        assert all(one.line and one.column for one in problems)


@contextmanager
def in_folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(max_examples=100)
@given(text=st.text(max_size=40), kind=st.sampled_from(sorted(VALID)))
def test_any_text_gives_located_problems(text: str, kind: str) -> None:
    check(text, kind)


@settings(max_examples=300)
@given(
    kind=st.sampled_from(sorted(VALID)),
    cut=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 12),
            st.sampled_from(
                ["", "\n", '"', "'", "[", "]", "{", "}", "=", ":", "{{ ", "#"]
            )
            | st.sampled_from(WORDS)
            | st.text(max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_damaged_file_is_a_dag_or_located_problems(
    kind: str, cut: list[tuple[float, int, str]]
) -> None:
    text = VALID[kind]
    for where, length, instead in cut:
        start = int(where * len(text))
        text = text[:start] + instead + text[start + length :]
    check(text, kind)


@settings(max_examples=300)
@given(document=DOCUMENTS)
def test_any_document_is_a_dag_or_located_problems(document: object) -> None:
    try:
        text = msgspec.json.encode(document).decode()
    except (OverflowError, msgspec.EncodeError):
        return
    as_json = check(text, "json")
    as_yaml = check(text, "yaml")
    assert (as_json is None) == (as_yaml is None)
    if as_json is not None:
        assert as_json == as_yaml


@settings(max_examples=100)
@given(
    params=st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=3),
    given_values=st.dictionaries(st.sampled_from(["a", "b", "d"]), SCALARS, max_size=3),
)
def test_any_parameters_bind_or_say_why_not(
    params: dict[str, object], given_values: dict[str, object]
) -> None:
    document = {"params": params, "tasks": {"t": {"cmd": "x"}}}
    try:
        text = msgspec.json.encode(document).decode()
    except (OverflowError, msgspec.EncodeError):
        return
    dag = check(text, "json")
    if dag is None:
        return
    with suppress(SpecValidationError):
        bound = bind_params(dag, given_values)
        assert list(bound) == [param.name for param in dag.params]
