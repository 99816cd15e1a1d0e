"""What must hold between tasks and between DAGs."""

import itertools
from collections.abc import Callable

import pytest

from leo_engine.errors import Problem
from leo_engine.spec.cycle_search import find_cycles
from leo_engine.spec.model import Dag
from leo_engine.spec.sub_dags import sub_dag_faults

Parse = Callable[..., Dag]
Problems = Callable[..., tuple[Problem, ...]]


def upstream(edges: str) -> dict[str, list[str]]:
    """Return {task: upstream} of `"a>b b>c"`, tasks in order of appearance."""
    found: dict[str, list[str]] = {}
    for edge in edges.split():
        above, below = edge.split(">")
        found.setdefault(above, [])
        found.setdefault(below, []).append(above)
    return found


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ("a>b b>c a>c", []),
        ("a>b b>a", [["a", "b", "a"]]),
        ("x>a a>c c>b b>a b>z", [["a", "b", "c", "a"]]),
        ("a>b b>a c>d d>c b>c", [["a", "b", "a"], ["c", "d", "c"]]),
        ("a>b b>c c>a b>a", [["a", "c", "b", "a"]]),
    ],
)
def test_every_separate_cycle_is_found_with_its_path(
    edges: str, cycles: list[list[str]]
) -> None:
    graph = upstream(edges)
    assert find_cycles(graph) == cycles
    for cycle in cycles:
        for task, above in itertools.pairwise(cycle):
            assert above in graph[task]


def test_a_cycle_of_100_000_tasks_needs_no_recursion() -> None:
    graph = {str(n): [str(n - 1)] for n in range(1, 100_000)}
    graph["0"] = ["99999"]
    (cycle,) = find_cycles(graph)
    assert len(cycle) == 100_001


def test_a_long_cycle_is_shortened_in_the_middle(problems: Problems) -> None:
    tasks = "".join(
        f'[tasks.t{n}]\ncmd = "x"\ndepends_on = ["t{(n + 1) % 500}"]\n'
        for n in range(500)
    )
    (problem,) = problems(tasks)
    assert problem.message.startswith("cycle: t0 -> t1 -> ")
    assert problem.message.endswith("-> t499 -> t0")
    assert len(problem.message) < 300


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (
            (
                '[tasks.h]\ntype = "forensic"\ncmd = "x"\n'
                '[tasks.t]\ncmd = "x"\ndepends_on = ["h"]'
            ),
            "the task 't' depends on the hook 'h'",
        ),
        (
            (
                '[tasks.h]\ncmd = "x"\nmatrix = { to = ["a"] }\n'
                '[tasks.t]\ncmd = "x"\non_failure = "h"'
            ),
            "'h' has a matrix",
        ),
        (
            (
                '[tasks."load[shard=a]"]\ncmd = "x"\n'
                '[tasks.load]\ncmd = "x"\nmatrix = { shard = ["a"] }'
            ),
            "two tasks have the id 'load[shard=a]'",
        ),
        (
            (
                '[tasks.load]\ncmd = "x"\nmatrix = { shard = ["a"] }\n'
                '[tasks.t]\ncmd = "x"\ndepends_on = ["load[shard=b]"]'
            ),
            "(did you mean 'load[shard=a]'?)",
        ),
        (
            (
                '[tasks.load]\ncmd = "x"\nmatrix = { shard = ["a"] }\n'
                '[tasks.t]\ncmd = "x"\ndepends_on = ["load[shard={{ shard }}]"]'
            ),
            "'shard' is undefined",
        ),
        (
            '[tasks.a]\ncmd = "x"\nmatrix = { k = ["1", "2"] }\ndepends_on = "a"',
            "the task 'a' depends on itself",
        ),
        (
            (
                '[tasks.a]\ncmd = "x"\n'
                f"matrix = {{ p = {list(range(400))}, q = {list(range(400))} }}"
            ),
            "the matrix makes 160,000 tasks",
        ),
    ],
)
def test_a_fault_between_tasks_is_named(
    problems: Problems, tasks: str, message: str
) -> None:
    found = problems(tasks)
    assert any(message in str(problem) for problem in found), [*map(str, found)]


def test_a_pool_of_the_folder_is_as_good_as_one_of_the_dag(problems: Problems) -> None:
    text = '[tasks.t]\ncmd = "x"\npool = "gpu"'
    assert problems(text)
    assert not problems(text, pools=frozenset({"gpu"}))


def sub_dag(name: str, target: str, extra: str = "") -> str:
    return f'name = "{name}"\n{extra}\n[tasks.run]\ndag = "{target}"\n'


def test_an_unknown_sub_dag_is_a_fault_unless_its_file_is_the_faulty_one(
    parse: Parse,
) -> None:
    dags = {"a": parse(sub_dag("a", "bb")), "b": parse('[tasks.t]\ncmd = "x"')}
    (fault,) = sub_dag_faults(dags)["a"]
    assert fault.path == ("tasks", "run", "dag")
    assert fault.message == "there is no DAG 'bb' in this folder"
    assert fault.hint == "did you mean 'b'?"
    assert sub_dag_faults(dags, ["bb"]) == {}


def test_dags_that_run_each_other_are_a_fault_with_the_whole_path(
    parse: Parse,
) -> None:
    dags = {
        name: parse(sub_dag(name, target))
        for name, target in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))
    }
    faults = sub_dag_faults(dags)
    assert list(faults) == ["a"]
    assert faults["a"][0].message.endswith("a -> b -> c -> a")


def test_parameters_of_a_sub_dag_are_checked(parse: Parse) -> None:
    dags = {
        "a": parse(sub_dag("a", "b") + "with = { dat = 1 }"),
        "b": parse(
            'name = "b"\n[params]\ndate = { required = true }\n[tasks.t]\ncmd = "x"'
        ),
    }
    messages = [fault.message for fault in sub_dag_faults(dags)["a"]]
    assert messages == [
        "the DAG 'b' has no parameter 'dat'",
        "the DAG 'b' requires the parameter 'date'",
    ]
