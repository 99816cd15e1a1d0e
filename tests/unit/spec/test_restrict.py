"""A part of a DAG: who waits for whom in it, its hooks, and what it may not use."""

from collections.abc import Collection, Mapping

import msgspec
import pytest

from leo_engine.errors import SpecValidationError
from leo_engine.spec.model import Argv, Dag, Param, Shell
from leo_engine.spec.restrict import restrict_dag
from leo_engine.testing.builders import dag, with_fields

Fields = Mapping[str, Mapping[str, object]]


def upstream(of: Dag) -> dict[str, tuple[str, ...]]:
    return {task.id: task.upstream for task in of.tasks}


def left(of: Dag, kept: Collection[str]) -> list[str]:
    return list(upstream(restrict_dag(of, kept)))


def faults(of: Dag, kept: str) -> list[str]:
    with pytest.raises(SpecValidationError) as caught:
        restrict_dag(of, kept.split())
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("edges", "kept", "expected"),
    [
        ("a>b>c d", "b", {"b": ()}),
        ("a>b>c d", "a b", {"a": (), "b": ("a",)}),
        ("a>b>c d", "a c", {"a": (), "c": ("a",)}),
        ("a>b>c>d", "a d", {"a": (), "d": ("a",)}),
        ("a>x>c b>x b>c", "a b c", {"a": (), "c": ("a", "b"), "b": ()}),
        ("a>x>c a>y>c", "c a", {"a": (), "c": ("a",)}),
    ],
)
def test_a_task_waits_for_the_nearest_that_are_left(
    edges: str, kept: str, expected: dict[str, tuple[str, ...]]
) -> None:
    restricted = upstream(restrict_dag(dag(edges), kept.split()))
    assert restricted == expected
    assert list(restricted) == list(expected)


def test_all_of_a_dag_is_the_same_dag() -> None:
    whole = dag("a>b>c d", hooks="h")
    assert restrict_dag(whole, "abcd") == whole


def test_a_chain_of_many_thousands_is_no_trouble() -> None:
    whole = dag(">".join(f"t{n}" for n in range(5_000)))
    assert upstream(restrict_dag(whole, ["t0", "t4999"]))["t4999"] == ("t0",)


def test_hooks_of_left_out_tasks_go_with_them_and_others_stay() -> None:
    fields: Fields = {"a": {"on_failure": "mine"}, "b": {"on_failure": "theirs"}}
    whole = dag("a>b", hooks="mine theirs unnamed named", tasks=fields)
    whole = with_fields(whole, on_exit=("named",))
    ids = [task.id for task in restrict_dag(whole, "a").tasks]
    assert ids == ["a", "mine", "unnamed", "named"]
    named_twice = with_fields(whole, on_failure=("theirs",))
    assert "theirs" in upstream(restrict_dag(named_twice, "a"))


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ({"action": Shell("x {{ outputs.a.n }}")}, "the outputs of 'a'"),
        ({"action": Argv(("x", "{{ outputs['a'].n }}"))}, "the outputs of 'a'"),
        ({"env": (("N", "{{ outputs.a.n }}"),)}, "the outputs of 'a'"),
        ({"working_dir": "{{ line }}"}, "'line', registered by 'a'"),
        ({"action": Shell("x {{.line}}")}, "'line', registered by 'a'"),
        ({"condition": "line == 'x'"}, "'line', registered by 'a'"),
        ({"condition": "outputs.a.n > 3"}, "the outputs of 'a'"),
        ({"action": Shell("x $LEO_OUTPUT_A_N")}, "$LEO_OUTPUT_A_N, an output of 'a'"),
        ({"container": {"image": "{{ outputs.a.i }}"}}, "the outputs of 'a'"),
    ],
)
def test_what_a_left_out_task_hands_on_cannot_be_used(
    field: Mapping[str, object], told: str
) -> None:
    whole = dag("a>b>c", tasks={"a": {"register": "line"}, "c": field})
    assert faults(whole, "b c") == [f"'c' uses {told}: that task is left out"]
    assert left(whole, "ac")
    assert left(whole, "b")


def test_every_fault_is_told_once() -> None:
    fields: Fields = {
        "b": {"action": Shell("{{ outputs.a.n }} {{ outputs.a.m }}")},
        "c": {"action": Shell("{{ outputs.a.n }} {{ outputs.b.n }}")},
    }
    assert len(faults(dag("a>b>c", tasks=fields), "b c")) == 2
    assert len(faults(dag("a>b>c", tasks=fields), "c")) == 2


def test_a_hook_cannot_use_what_is_left_out_either() -> None:
    fields: Fields = {"h": {"action": Shell("tell {{ outputs.b.n }}")}}
    whole = dag("a b", hooks="h", tasks=fields)
    message = "'h' uses the outputs of 'b': that task is left out"
    assert faults(whole, "a") == [message]


def test_a_name_that_something_nearer_gives_is_not_taken_from_there() -> None:
    fields: Fields = {
        "a": {"register": "line"},
        "b": {"action": Shell("{{ line }}"), "matrix": (("line", 1),)},
        "c": {"action": Shell("{{ line }}")},
    }
    whole = dag("a>b a>c", tasks=fields)
    assert left(whole, "b")
    assert faults(whole, "c")
    given = with_fields(whole, params=(Param(name="line"),))
    assert left(given, "c")


def test_another_task_that_registers_the_same_is_enough_but_no_part_of_a_matrix() -> (
    None
):
    def registering(base: str) -> Dag:
        fields = {
            name: {"register": "line", "base": base or name, "matrix": matrix}
            for name, matrix in {"a": (("n", 1),), "b": (("n", 2),)}.items()
        }
        reads = {"c": {"action": Shell("{{ line }}")}}
        return dag("a>c b>c", tasks={**fields, **reads})

    assert left(registering(""), "ac")
    assert faults(registering("load"), "a c")


def test_part_of_a_matrix_task_does_not_give_its_outputs() -> None:
    fields: Fields = {
        "load[1]": {"base": "load", "matrix": (("n", 1),)},
        "load[2]": {"base": "load", "matrix": (("n", 2),)},
        "c": {"action": Shell("{{ outputs.load }}")},
        "d": {"action": Shell("echo $LEO_OUTPUT_LOAD_1__N")},
    }
    whole = dag("load[1]>c load[2]>c load[1]>d", tasks=fields)
    message = "'c' uses the outputs of 'load[2]': that task is left out"
    assert faults(whole, "load[1] c") == [message]
    assert left(whole, ["load[1]", "d"])
    assert faults(whole, "load[2] d")


def test_the_output_of_a_task_whose_name_goes_on_is_not_mistaken() -> None:
    reads = {"c": {"action": Shell("$LEO_OUTPUT_LOAD_ALL_N $LEO_OUTPUT_OTHER_N")}}
    whole = dag("load>c load_all>c", tasks=reads)
    assert left(whole, ["load_all", "c"])
    assert len(faults(whole, "load c")) == 1


def test_a_part_has_a_version_of_its_own() -> None:
    whole = dag("a>b c")
    parts = [restrict_dag(whole, kept) for kept in ("a", "ab", "abc")]
    assert len({msgspec.json.encode(part) for part in parts}) == 3
