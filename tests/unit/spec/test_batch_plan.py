"""Plans: what a file asks for, what is wrong with it, what tells two apart."""

from collections.abc import Mapping
from textwrap import dedent

import pytest

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.spec.batch_entries import BatchEntry, bind_plan, plan_hash
from leo_engine.spec.batch_plan import read_plan
from leo_engine.spec.document import DocumentFormat
from leo_engine.spec.model import Dag, Json, Param
from leo_engine.spec.parse import SourceText

ETL = Dag(
    name="etl",
    tasks=(),
    params=(
        Param(name="day", type="string", required=True, pattern=r"\d+-\d+-\d+"),
        Param(name="count", type="integer", default=3, has_default=True),
    ),
)
BARE = Dag(name="bare", tasks=())
DAGS = {"etl": ETL, "bare": BARE}


def source(text: str, kind: str = "toml") -> SourceText:
    return SourceText(
        dedent(text), DocumentFormat(kind), file=f"plan.{kind}", stem="plan"
    )


def entries(text: str, kind: str = "toml") -> list[tuple[str, Mapping[str, Json]]]:
    asked = read_plan(source(text, kind))
    bound = bind_plan(asked, DAGS)
    assert asked.problems == []
    assert [entry.position for entry in bound] == list(range(1, len(bound) + 1))
    return [(entry.dag, entry.params) for entry in bound]


def problems(text: str) -> list[Problem]:
    asked = read_plan(source(text))
    bind_plan(asked, DAGS)
    return asked.problems


def places(text: str) -> list[tuple[int, int, str]]:
    return [(one.line, one.column, one.message) for one in problems(text)]


def test_a_table_is_one_run_with_the_defaults_of_its_dag() -> None:
    text = """
        [[runs]]
        dag = "etl"
        params = { day = "2026-03-01" }
        [[runs]]
        dag = "bare"
    """
    assert entries(text) == [("etl", {"day": "2026-03-01", "count": 3}), ("bare", {})]


def test_a_matrix_is_a_run_for_every_combination_the_last_key_fastest() -> None:
    text = """
        [[runs]]
        dag = "etl"
        matrix = { day = ["2026-03-01", "2026-03-02"], count = [1, 2] }
    """
    found = [(one["day"], one["count"]) for _, one in entries(text)]
    days = ("2026-03-01", "2026-03-02")
    assert found == [(day, count) for day in days for count in (1, 2)]


def test_a_date_of_toml_is_a_text() -> None:
    text = '[[runs]]\ndag = "etl"\nparams = { day = 2026-03-01 }\n'
    assert entries(text)[0][1]["day"] == "2026-03-01"


def test_yaml_and_json_say_the_same() -> None:
    as_yaml = "runs:\n- dag: etl\n  matrix:\n    day: ['2026-03-01', '2026-03-02']\n"
    as_json = '{"runs": [{"dag": "etl", "matrix": {"day": ["2026-03-01"]}}]}'
    assert entries(as_yaml, "yaml")[:1] == entries(as_json, "json")


def test_every_problem_is_told_at_its_place() -> None:
    text = """\
        nme = "x"
        [[runs]]
        dag = "etl"
        params = { day = "today", count = "many", dya = 1 }

        [[runs]]
        params = { day = "2026-03-01" }

        [[runs]]
        dag = "etl"
        matrix = { day = ["2026-03-01", "soon"], count = [] }

        [[runs]]
        dag = "etl"

        [[runs]]
        dag = "etl"
        params = { day = "2026-03-01", count = 1 }
        matrix = { count = [2, "several"] }

        [[runs]]
        dag = "etl"
        matrix = { day = ["2026-03-01", "soon"] }
    """
    assert places(text) == [
        (1, 1, "unknown key 'nme'"),
        (4, 18, "'day' must match '\\\\d+-\\\\d+-\\\\d+', and 'today' does not"),
        (4, 35, "'count' must be a whole number, not 'many'"),
        (4, 43, "etl has no parameter 'dya'"),
        (6, 1, "the key 'dag' is missing here"),
        (11, 50, "the matrix has no values for 'count': no run"),
        (13, 1, "'day' is required"),
        (19, 12, "'count' is in 'params' as well as in 'matrix'"),
        (23, 33, "'day' must match '\\\\d+-\\\\d+-\\\\d+', and 'soon' does not"),
    ]


def test_an_unknown_parameter_of_a_matrix_is_told_once() -> None:
    text = '[[runs]]\ndag = "bare"\nmatrix = { a = [1, 2], b = [1, 1] }\n'
    assert places(text) == [
        (3, 12, "bare has no parameter 'a'"),
        (3, 24, "bare has no parameter 'b'"),
    ]


def test_problems_say_what_to_do() -> None:
    text = '[[runs]]\ndag = "etl"\nparams = { coutn = 3 }\nmatrx = {}\n'
    asked = read_plan(source(text))
    assert [one.hint for one in asked.problems] == ["did you mean 'matrix'?"]
    text = '[[runs]]\ndag = "etl"\nparams = { coutn = 3 }\n'
    hints = [one.hint for one in problems(text)]
    assert hints == ["give it in 'params' or 'matrix'", "did you mean 'count'?"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a plan needs at least one table in 'runs'"),
        ("runs = []", "a plan needs at least one table in 'runs'"),
        ("runs = 3", "'runs' must be a list of values, not 3"),
        ("runs = ['etl']", "'runs' must be a table, not a string"),
        ("[tasks.a]\ncmd = 'true'", "this is a DAG, not a plan of runs"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, message: str) -> None:
    assert [one.message for one in problems(text)] == [message]


@pytest.mark.parametrize(("text", "kind"), [("[]", "json"), ("a = ", "toml")])
def test_what_cannot_be_read_has_a_place(text: str, kind: str) -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        read_plan(source(text, kind))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (f"plan.{kind}", 1)


def test_a_plan_has_its_most_runs() -> None:
    values = ", ".join(map(str, range(400)))
    text = f"""
        [[runs]]
        dag = "bare"
        matrix = {{ a = [{values}], b = [{values}] }}
    """
    assert [one.message for one in problems(text)] == [
        "the plan makes more than 100,000 runs"
    ]


def test_a_plan_is_called_by_its_file_unless_it_has_a_name() -> None:
    assert read_plan(source('[[runs]]\ndag = "bare"')).name == "plan"
    assert read_plan(source('name = "n"\n[[runs]]\ndag = "bare"')).name == "n"


def test_two_plans_differ_in_their_hash_by_what_they_run() -> None:
    one = BatchEntry(1, "etl", {"a": 1})
    other = BatchEntry(2, "etl", {"a": "1"})
    assert plan_hash([one]) != plan_hash([other])
    assert plan_hash([one]) != plan_hash([one, other])
    assert plan_hash([one, one]) == plan_hash([one])
