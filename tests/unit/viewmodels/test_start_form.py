"""The form gives what was changed and leaves out what was not."""

import pytest

from leo_engine.errors import SpecValidationError
from leo_engine.spec.model import Dag, Json, Param
from leo_engine.spec.params import bind_params
from leo_engine.spec.part import Part
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.start_form import (
    Field,
    FieldKind,
    Scope,
    StartOptions,
    field_line,
    form_fields,
    named_tasks,
    param_faults,
    part_wanted,
)

DAG = Dag(
    name="etl",
    tasks=(),
    params=(
        Param(name="day", required=True, pattern=r"\d+", description="The day."),
        Param(name="count", type="integer", default=3, has_default=True),
        Param(name="mode", enum=("fast", "safe"), default="safe", has_default=True),
        Param(name="dry", type="boolean", default=False, has_default=True),
        Param(name="force", type="boolean"),
        Param(name="tags", type="array", default=["a"], has_default=True),
        Param(name="note", default="x", has_default=True),
    ),
)


def fields(before: dict[str, Json] | None = None) -> dict[str, Field]:
    return {field.param.name: field for field in form_fields(DAG, before or {})}


def given(
    shown: dict[str, str], before: dict[str, Json] | None = None
) -> dict[str, Json]:
    """Return the values of a form in which some texts were changed."""
    values = {
        name: field.value(shown.get(name, sanitize(field.text)))
        for name, field in fields(before).items()
    }
    return {name: value for name, value in values.items() if value is not None}


def test_a_form_that_was_not_touched_gives_nothing() -> None:
    assert given({}) == {}


def test_every_type_has_its_control() -> None:
    kinds = {name: field.kind for name, field in fields().items()}
    assert kinds == {
        "day": FieldKind.TEXT,
        "count": FieldKind.TEXT,
        "mode": FieldKind.CHOICE,
        "dry": FieldKind.TOGGLE,
        "force": FieldKind.TEXT,
        "tags": FieldKind.TEXT,
        "note": FieldKind.TEXT,
    }


def test_what_is_typed_is_bound_by_its_type() -> None:
    values = given(
        {"day": "7", "count": "5", "mode": "fast", "dry": "true", "tags": '["b"]'}
    )
    assert bind_params(DAG, values) == {
        "day": "7",
        "count": 5,
        "mode": "fast",
        "dry": True,
        "force": None,
        "tags": ["b"],
        "note": "x",
    }


def test_an_emptied_default_is_given_as_empty() -> None:
    assert given({"note": "", "day": ""}) == {"note": ""}


def test_values_of_an_earlier_run_are_given_again_as_they_were() -> None:
    before: dict[str, Json] = {"day": "a\nb\x1b[2J", "count": 9, "mode": "safe"}
    assert given({}, before) == {"day": "a\nb\x1b[2J", "count": 9}
    assert fields(before)["count"].is_from_before
    assert not fields(before)["mode"].is_from_before


def test_a_value_put_back_to_the_default_is_given() -> None:
    assert given({"count": "3"}, {"count": 9})["count"] == "3"


def test_a_choice_with_a_hostile_name_is_given_unharmed() -> None:
    param = Param(name="p", enum=("a\x1b[2J", "b"))
    [field] = form_fields(Dag(name="d", tasks=(), params=(param,)), {})
    assert field.value(sanitize("a\x1b[2J")) == "a\x1b[2J"


def test_a_field_says_what_it_wants() -> None:
    assert text_of(field_line(fields()["day"])) == (
        r"day  string, required, like \d+  The day."
    )
    before: dict[str, Json] = {"count": 9}
    assert text_of(field_line(fields(before)["count"])).startswith(
        "count  integer, as last time"
    )


def test_the_check_that_the_engine_has_names_the_parameter() -> None:
    with pytest.raises(SpecValidationError) as caught:
        bind_params(DAG, given({"count": "x"}))
    places = [problem.path for problem in caught.value.problems]
    assert places == [("params", "day"), ("params", "count")]


@pytest.mark.parametrize(
    ("text", "names", "fault"),
    [
        ("a, b a", ("a", "b"), ""),
        ("m[x=1, y=2] a", ("m[x=1, y=2]", "a"), ""),
        ("", (), "name at least one task"),
        ("a c", (), "no task 'c' in this DAG"),
    ],
)
def test_tasks_are_named_with_commas_or_blanks(
    text: str, names: tuple[str, ...], fault: str
) -> None:
    assert named_tasks(text, {"a", "b", "m[x=1, y=2]"}) == (names, fault)


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        (Scope.ALL, None),
        (Scope.ONLY, Part(tasks=("a",))),
        (Scope.UPSTREAM, Part(tasks=("a",), upstream=True)),
        (Scope.DOWNSTREAM, Part(tasks=("a",), downstream=True)),
    ],
)
def test_a_scope_is_a_part_of_the_dag(scope: Scope, part: Part | None) -> None:
    assert part_wanted(StartOptions({}, scope, ("a",))) == part


def test_faults_are_told_by_parameter() -> None:
    params = (Param(name="day", required=True), Param(name="n", type="integer"))
    dag = Dag(name="etl", tasks=(), params=params)
    assert param_faults(dag, {"day": "1", "n": "2"}) == {}
    faults = param_faults(dag, {"n": "x"})
    assert set(faults) == {"day", "n"}
    assert "is required" in faults["day"]
