"""Definition hashes, differences between versions, and the JSON Schema."""

from collections.abc import Callable

import jsonschema
import msgspec
import pytest

from leo_engine.spec.definition_hash import definition_hashes
from leo_engine.spec.diff import DagDiff, FieldChange, diff_dags
from leo_engine.spec.json_schema import dag_json_schema
from leo_engine.spec.key_descriptions import DESCRIPTIONS
from leo_engine.spec.model import Dag
from leo_engine.spec.source import DagSource, ParamSource, TaskSource
from leo_engine.spec.source_executors import Table

Parse = Callable[..., Dag]

HEAD = "[params]\na = 1\nb = 2\n"
TASK = '[tasks.t]\ncmd = "echo {{ a }}"\n'
GIVEN = {"a": 1, "b": 2}


def digest(dag: Dag, **params: object) -> str:
    return definition_hashes(dag, {**GIVEN, **params})["t"]


@pytest.mark.parametrize(
    "line",
    [
        "retries = 5",
        'retry_delay = "1s"',
        'timeout = "1s"',
        'grace = "1s"',
        'name = "Title"',
        'description = "x"',
        'estimate = "5s"',
        "priority = 3",
        'memory = "1GB"',
        'log_max = "1GB"',
        "ignore_failure = true",
        'trigger_rule = "all_done"',
        'skip = "downstream"',
    ],
)
def test_how_a_task_is_run_does_not_change_its_definition(
    parse: Parse, line: str
) -> None:
    assert digest(parse(HEAD + TASK + line)) == digest(parse(HEAD + TASK))


@pytest.mark.parametrize(
    "text",
    [
        HEAD + '[tasks.t]\ncmd = "echo {{ b }}"',
        HEAD + '[tasks.t]\ncmd = ["echo", "{{ a }}"]',
        HEAD + TASK + 'env = { A = "1" }',
        HEAD + '[env]\nA = "1"\n' + TASK,
        'dotenv = ".env"\n' + HEAD + TASK,
        HEAD + TASK + "clean_env = true",
        HEAD + TASK + 'working_dir = "x"',
        HEAD + TASK + 'if = "a"',
        HEAD + TASK + 'register = "r"',
        HEAD + TASK + 'secrets = { A = "env:A" }',
        HEAD + TASK + 'dotenv = ["x"]',
        HEAD + TASK + "output_schema = { type = 'object' }",
        HEAD + TASK + 'image = "x"',
        HEAD + TASK + 'image = "x"\ndocker = { user = "1" }',
    ],
)
def test_what_a_task_does_changes_its_definition(parse: Parse, text: str) -> None:
    assert digest(parse(text)) != digest(parse(HEAD + TASK))


def test_only_the_parameters_that_are_mentioned_count(parse: Parse) -> None:
    dag = parse(HEAD + TASK)
    assert digest(dag, b=3) == digest(dag)
    assert digest(dag, a=3) != digest(dag)


@pytest.mark.parametrize(
    "task",
    [
        'cmd = "echo $LEO_PARAM_B"',
        'cmd = "echo {{.b}}"',
        'cmd = "echo {{ params.b }}"',
        'cmd = "echo {{ params }}"',
        'cmd = "x"\nif = "b > 1"',
        'cmd = "x"\nif = "{{.b}} > 1"',
        'cmd = "x"\nenv = { B = "{{ b }}" }',
        'cmd = "x"\nworking_dir = "{{ b }}"',
        'cmd = "x"\nimage = "i:{{ b }}"',
        'http = { url = "u", json = { x = ["{{ b }}"] } }',
        'python = "m:f"',
        'python = "m:f"\nwith = { b = "{{ b }}" }',
        'dag = "d"\nwith = { b = "{{ b }}" }',
        'approval = "{{ b }}?"',
    ],
)
def test_a_parameter_counts_wherever_it_is_mentioned(parse: Parse, task: str) -> None:
    dag = parse(f"{HEAD}[tasks.t]\n{task}")
    assert digest(dag, b=3) != digest(dag)


def test_a_parameter_in_the_environment_of_the_dag_counts(parse: Parse) -> None:
    dag = parse(HEAD + '[env]\nB = "{{ b }}"\n' + TASK)
    assert digest(dag, b=3) != digest(dag)


def test_matrix_siblings_differ_and_order_in_the_file_does_not(parse: Parse) -> None:
    one = '[tasks.m]\ncmd = "x"\nmatrix = { k = [1, 2] }\n'
    first = definition_hashes(parse(HEAD + one + TASK), GIVEN)
    assert len(set(first.values())) == 3
    assert definition_hashes(parse(HEAD + TASK + one), GIVEN) == first


def test_a_stored_dag_hashes_like_the_one_that_was_read(parse: Parse) -> None:
    dag = parse(HEAD + TASK + "image = 'x'\nsecrets = { A = 'env:A' }")
    stored = msgspec.json.decode(msgspec.json.encode(dag), type=Dag)
    assert definition_hashes(stored, GIVEN) == definition_hashes(dag, GIVEN)


def test_a_difference_names_tasks_fields_and_edges(parse: Parse) -> None:
    before = parse(
        'description = "x"\n[tasks.a]\ncmd = "1"\n[tasks.b]\ncmd = "2"\n'
        'depends_on = ["a"]\n[tasks.c]\ncmd = "3"\nhttp = {}'.replace("\nhttp = {}", "")
    )
    after = parse(
        'description = "y"\n[tasks.a]\ncmd = "1"\n[tasks.b]\ncmd = "two"\nretries = 1\n'
        '[tasks.d]\ncmd = "4"\ndepends_on = ["a"]'
    )
    diff = diff_dags(before, after)
    assert diff.dag_changes == (FieldChange("description", "x", "y"),)
    assert (diff.added, diff.removed) == (("d",), ("c",))
    assert diff.added_edges == (("a", "d"),)
    assert diff.removed_edges == (("a", "b"),)
    (change,) = diff.changed
    assert change.task == "b"
    assert [one.field for one in change.changes] == ["action", "retry"]
    assert change.changes[0].after == {"type": "shell", "script": "two"}


def test_equal_versions_do_not_differ(parse: Parse) -> None:
    text = (
        '[tasks.a]\nhttp = { url = "u" }\n[tasks.b]\npython = "m:f"\nwith = { a = 1 }'
    )
    assert diff_dags(parse(text), parse(text)) == DagDiff()
    assert diff_dags(parse(text), parse(text)).is_empty


def test_the_schema_is_a_schema_and_takes_what_the_loader_takes(parse: Parse) -> None:
    schema = dag_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = {
        "name": "x",
        "params": {"a": 1, "b": {"type": "integer"}, "c": [1]},
        "defaults": {"retries": 1},
        "tasks": {
            "a": {"cmd": ["x", 1], "if": "b", "timeout": 5, "env": {"A": True}},
            "b": {"python": "m:f", "with": {"x": [1, {}]}, "matrix": {"k": [1, "a"]}},
            "c": {"http": {"url": "u", "json": {"a": None}}, "depends_on": "a"},
        },
    }
    validator.validate(good)
    assert parse(msgspec.json.encode(good).decode(), "json").name == "x"
    for bad in (
        {"tasks": {"a": {"cmdd": "x"}}},
        {"tasks": {"a": {"retries": -1}}},
        {"tasks": {"a": {"type": "x"}}},
        {"params": {"a": {"typ": 1}}},
        {"foo": 1},
    ):
        assert not validator.is_valid(bad), bad


def test_the_schema_is_the_same_each_time() -> None:
    first, second = dag_json_schema(), dag_json_schema()
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


@pytest.mark.parametrize("struct", [DagSource, TaskSource, ParamSource])
def test_every_key_has_a_description(struct: type[Table]) -> None:
    assert set(DESCRIPTIONS[struct.__name__]) == set(struct.__struct_encode_fields__)
    definitions = dag_json_schema()["$defs"]
    assert isinstance(definitions, dict)
    for key, schema in definitions[struct.__name__]["properties"].items():
        assert schema["description"] == DESCRIPTIONS[struct.__name__][key]
