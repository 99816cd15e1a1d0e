"""Parameters: declared in a file, given to a run."""

from collections.abc import Callable

import pytest

from leo_engine.errors import SpecValidationError
from leo_engine.spec.model import Dag, Param
from leo_engine.spec.params import bind_params

Parse = Callable[..., Dag]

DECLARED = """
[params]
date = { required = true, pattern = '\\d{4}-\\d\\d', description = "month" }
count = 3
ratio = 0.5
full = false
color = { enum = ["red", "blue"], default = "red" }
days = { type = "array" }
extra = { type = "object", default = { a = 1 } }
note = { type = "string" }
when = 2024-05-27
[tasks.t]
cmd = "true"
"""


@pytest.fixture
def dag(parse: Parse) -> Dag:
    return parse(DECLARED)


def test_a_bare_value_is_a_default_of_its_own_type(dag: Dag) -> None:
    types = {param.name: (param.type, param.default) for param in dag.params}
    assert types == {
        "date": ("string", None),
        "count": ("integer", 3),
        "ratio": ("number", 0.5),
        "full": ("boolean", False),
        "color": ("string", "red"),
        "days": ("array", None),
        "extra": ("object", {"a": 1}),
        "note": ("string", None),
        "when": ("string", "2024-05-27"),
    }
    assert dag.params[0] == Param(
        name="date", required=True, pattern=r"\d{4}-\d\d", description="month"
    )


def test_what_is_not_given_has_its_default_and_else_is_none(dag: Dag) -> None:
    assert bind_params(dag, {"date": "2024-05"}) == {
        "date": "2024-05",
        "count": 3,
        "ratio": 0.5,
        "full": False,
        "color": "red",
        "days": None,
        "extra": {"a": 1},
        "note": None,
        "when": "2024-05-27",
    }


@pytest.mark.parametrize(
    ("name", "given", "bound"),
    [
        ("count", "12", 12),
        ("count", 12, 12),
        ("ratio", "1e3", 1000.0),
        ("ratio", 2, 2),
        ("full", "yes", True),
        ("full", "0", False),
        ("full", True, True),
        ("days", '["mon", 2]', ["mon", 2]),
        ("days", [1], [1]),
        ("extra", '{"b": null}', {"b": None}),
        ("note", "12", "12"),
        ("note", "", ""),
        ("color", "blue", "blue"),
    ],
)
def test_a_text_is_read_as_the_type_asks(
    dag: Dag, name: str, given: object, bound: object
) -> None:
    value = bind_params(dag, {"date": "2024-05", name: given})[name]
    assert value == bound
    assert type(value) is type(bound)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("count", "x", "'count' must be a whole number, not 'x'"),
        ("count", "1.5", "'count' must be a whole number, not '1.5'"),
        ("count", True, "'count' must be a whole number, not True"),
        ("ratio", "nan", "'ratio' must be a number, not 'nan'"),
        ("full", "maybe", "'full' must be true or false, not 'maybe'"),
        ("full", 1, "'full' must be true or false, not 1"),
        ("days", "a,b", "'days' must be a JSON list, not 'a,b'"),
        ("days", "{}", "'days' must be a JSON list"),
        ("note", 12, "'note' must be a text, not 12"),
        ("color", "green", "'color' must be one of red, blue, not 'green'"),
        ("date", "2024-05-01", "'date' must match"),
        ("dat", "x", "d has no parameter 'dat' (did you mean 'date'?)"),
        ("zzzzzz", "x", "(parameters: date, count"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    dag: Dag, name: str, given: object, message: str
) -> None:
    with pytest.raises(SpecValidationError) as caught:
        bind_params(dag, {"date": "2024-05", name: given})
    assert message in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(dag: Dag) -> None:
    with pytest.raises(SpecValidationError) as caught:
        bind_params(dag, {"dat": "x", "count": "y", "color": "z"})
    messages = [problem.message for problem in caught.value.problems]
    assert caught.value.problems[1].hint == "give it with -p date=…"
    assert messages == [
        "d has no parameter 'dat'",
        "'date' is required",
        "'count' must be a whole number, not 'y'",
        "'color' must be one of red, blue, not 'z'",
    ]


def test_bound_values_bind_again_unchanged(dag: Dag) -> None:
    bound = bind_params(dag, {"date": "2024-05", "days": "[1]"})
    assert bind_params(dag, bound) == bound
