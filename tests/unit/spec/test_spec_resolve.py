"""What a valid file means: keys, defaults, matrices, dependencies."""

from collections.abc import Callable

import msgspec
import pytest

from leo_engine.spec.model import (
    Approval,
    Argv,
    Backoff,
    Dag,
    ExecutorName,
    FailurePolicy,
    HttpCall,
    Overlap,
    PythonCall,
    RetryOn,
    RetryPolicy,
    Secret,
    Shell,
    SkipMode,
    SubDag,
    Task,
    TriggerRule,
)

Parse = Callable[..., Dag]

EVERYTHING = """
name = "etl"
description = "Nightly load"
tags = ["nightly"]
schedule = ["0 3 * * *", "*/5 * * * 1-5"]
timezone = "Europe/Paris"
catchup = "1d"
overlap = "queue"
max_parallel = 8
max_active_runs = 2
timeout = "2h"
failure_policy = "drain"
on_failure = "page"
on_success = ["page"]
on_exit = ["page"]
pools = { gpu = 1 }
dotenv = ".env"

[params]
date = { type = "string", required = true, pattern = '\\d+', description = "day" }
retail = true

[env]
REGION = "eu"
COUNT = 3

[secrets]
TOKEN = "env:API_TOKEN"

[defaults]
retries = 2
retry_delay = 5
env = { A = "1", B = "2" }

[tasks.extract]
name = "Extract"
cmd = "python extract.py {{ date }} > rows.csv"
timeout = "10m"
register = "rows"
secrets = ["TOKEN"]

[tasks.load]
cmd = ["psql", "-f", "load.sql", 3]
depends_on = ["extract", "extract"]
if = "rows | int > 0"
skip = "downstream"
matrix = { shard = ["a", "b"], day = [1, true] }
retries = 3
backoff = { factor = 2.0, max = "5m", jitter = 0.2 }
retry_on = { exit_codes = [75], timeout = true, signals = false }
pool = "gpu"
pool_slots = 2
memory = "2GB"
estimate = "90s"
priority = 5
grace = "1s"
env = { B = "3" }
clean_env = true
dotenv = ["x.env"]
secrets = { KEY = "file:key.txt" }
working_dir = "sub"
log_max = "1MB"
output_schema = { type = "object" }
on_failure = "page"
ignore_failure = true

[tasks.notify]
http = { method = "POST", url = "https://x", json = { run = "{{ run_id }}" }, \
timeout = "5s", max_body = "1KB", poll = { until = "json.done", interval = "2s" } }
depends_on = ["load"]
trigger_rule = "all_done"

[tasks.report]
image = "python:3.12-slim"
docker = { volumes = ["./out:/out"], memory = "1g", cpus = 2, pull = "missing" }
cmd = "python report.py"

[tasks.pod]
image = "busybox"
kubernetes = { namespace = "jobs", startup_headroom = "1m" }

[tasks.score]
python = "scoring:main"
with = { day = "{{ date }}" }
venv = ".venv"

[tasks.other]
dag = "sub"
with = { x = 1 }

[tasks.release]
approval = "Ship it?"
depends_on = "load[shard=a,day=1]"

[tasks.page]
type = "forensic"
cmd = "./page.sh {{ failed_task }} {{ error }}"
"""


@pytest.fixture
def everything(parse: Parse) -> Dag:
    return parse(EVERYTHING)


def task(dag: Dag, task_id: str) -> Task:
    return next(task for task in dag.tasks if task.id == task_id)


def test_every_key_of_a_dag_arrives_in_the_model(everything: Dag) -> None:
    dag = msgspec.structs.replace(everything, tasks=(), params=())
    assert dag == Dag(
        name="etl",
        tasks=(),
        description="Nightly load",
        tags=("nightly",),
        env=(("REGION", "eu"), ("COUNT", "3")),
        dotenv=(".env",),
        pools=(("gpu", 1),),
        max_parallel=8,
        max_active_runs=2,
        timeout_ms=7_200_000,
        failure_policy=FailurePolicy.DRAIN,
        on_failure=("page",),
        on_success=("page",),
        on_exit=("page",),
        schedule=("0 3 * * *", "*/5 * * * 1-5"),
        timezone="Europe/Paris",
        catchup_ms=86_400_000,
        overlap=Overlap.QUEUE,
    )


def test_every_key_of_a_task_arrives_in_the_model(everything: Dag) -> None:
    load = task(everything, "load[shard=a,day=true]")
    assert load == Task(
        id="load[shard=a,day=true]",
        base="load",
        action=Argv(("psql", "-f", "load.sql", "3")),
        upstream=("extract",),
        matrix=(("shard", "a"), ("day", True)),
        condition="rows | int > 0",
        skip=SkipMode.DOWNSTREAM,
        retry=RetryPolicy(
            3,
            5_000,
            Backoff(2.0, 300_000, 0.2),
            RetryOn((75,), timeout=True, signals=False),
        ),
        grace_ms=1_000,
        ignore_failure=True,
        on_failure="page",
        pool="gpu",
        pool_slots=2,
        memory_bytes=2_000_000_000,
        estimate_ms=90_000,
        priority=5,
        env=(("A", "1"), ("B", "3")),
        clean_env=True,
        dotenv=("x.env",),
        secrets=(Secret("KEY", "file:key.txt"),),
        working_dir="sub",
        log_max_bytes=1_000_000,
        output_schema={"type": "object"},
    )


def test_matrix_instances_stand_side_by_side_the_last_key_fastest(
    everything: Dag,
) -> None:
    assert [one.id for one in everything.tasks][:5] == [
        "extract",
        "load[shard=a,day=1]",
        "load[shard=a,day=true]",
        "load[shard=b,day=1]",
        "load[shard=b,day=true]",
    ]


def test_a_dependency_on_a_matrix_means_all_or_the_one_that_is_named(
    everything: Dag,
) -> None:
    assert len(task(everything, "notify").upstream) == 4
    assert task(everything, "notify").trigger_rule is TriggerRule.ALL_DONE
    assert task(everything, "release").upstream == ("load[shard=a,day=1]",)


def test_each_action_has_its_executor(everything: Dag) -> None:
    actions = {one.base: (type(one.action), one.executor) for one in everything.tasks}
    assert actions == {
        "extract": (Shell, ExecutorName.SUBPROCESS),
        "load": (Argv, ExecutorName.SUBPROCESS),
        "notify": (HttpCall, ExecutorName.HTTP),
        "report": (Shell, ExecutorName.DOCKER),
        "pod": (Argv, ExecutorName.KUBERNETES),
        "score": (PythonCall, ExecutorName.SUBPROCESS),
        "other": (SubDag, ExecutorName.ENGINE),
        "release": (Approval, ExecutorName.ENGINE),
        "page": (Shell, ExecutorName.SUBPROCESS),
    }


def test_tables_of_executors_hold_numbers_with_units_in_their_keys(
    everything: Dag,
) -> None:
    http = task(everything, "notify").action
    assert isinstance(http, HttpCall)
    options = msgspec.json.decode(http.options)
    assert options["timeout_ms"] == 5_000
    assert options["max_body_bytes"] == 1_000
    assert options["poll"]["interval_ms"] == 2_000
    report = task(everything, "report").container
    assert report == {
        "image": "python:3.12-slim",
        "docker": {
            "volumes": ["./out:/out"],
            "memory_bytes": 2**30,
            "cpus": 2,
            "pull": "missing",
        },
    }
    pod = task(everything, "pod").container
    assert pod == {
        "image": "busybox",
        "kubernetes": {"namespace": "jobs", "startup_headroom_ms": 60_000},
    }


def test_a_default_that_a_task_cannot_honour_is_left_out(everything: Dag) -> None:
    release = task(everything, "release")
    assert release.env == ()
    assert release.retry.retries == 0
    assert task(everything, "extract").env == (("A", "1"), ("B", "2"))


def test_only_what_is_a_hook_is_marked_as_one(everything: Dag) -> None:
    assert [one.id for one in everything.tasks if one.is_hook] == ["page"]


def test_a_task_named_by_any_hook_key_is_a_hook(parse: Parse) -> None:
    dag = parse(
        'on_exit = "b"\n[defaults]\non_failure = "c"\n[tasks.a]\ncmd = "x"\n'
        '[tasks.b]\ncmd = "x"\n[tasks.c]\ncmd = "x"\ndepends_on = "b"'
    )
    assert [(one.id, one.is_hook, one.on_failure) for one in dag.tasks] == [
        ("a", False, "c"),
        ("b", True, "c"),
        ("c", True, ""),
    ]


def test_a_dependency_inside_a_matrix_may_use_its_values(parse: Parse) -> None:
    dag = parse(
        '[tasks.load]\ncmd = "x"\nmatrix = { shard = ["a", "b"] }\n'
        '[tasks.check]\ncmd = "y"\nmatrix = { shard = ["a", "b"] }\n'
        'depends_on = ["load[shard={{ shard }}]"]'
    )
    assert task(dag, "check[shard=b]").upstream == ("load[shard=b]",)


def test_a_default_goes_to_the_tasks_that_can_honour_it(parse: Parse) -> None:
    dag = parse(
        '[defaults]\nvenv = "v"\nimage = "x"\n'
        '[tasks.a]\npython = "m:f"\nexecutor = "subprocess"\n'
        '[tasks.b]\npython = "m:f"\n[tasks.c]\ncmd = "true"\n'
    )
    assert [task.executor.value for task in dag.tasks] == [
        *("subprocess", "subprocess", "docker")
    ]
    assert [getattr(task.action, "venv", "") for task in dag.tasks] == ["v", "v", ""]


def test_defaults_for_the_dag_are_those_of_the_model(parse: Parse) -> None:
    dag = parse('[tasks.a]\ncmd = "x"\ntimeout = 0')
    assert dag == Dag(name="d", tasks=(Task(id="a", base="a", action=Shell("x")),))


def test_equal_things_are_one_object(parse: Parse) -> None:
    text = "[defaults]\nretries = 1\nenv = { A = '1' }\n" + "".join(
        f'[tasks.t{n}]\ncmd = "x"\n' for n in range(3)
    )
    first, second, third = parse(text).tasks
    assert first.retry is second.retry is third.retry
    assert first.env is second.env
    assert first.action is third.action


def test_names_may_be_any_printing_unicode(parse: Parse) -> None:
    names = ["загрузка", "日本語", "👩‍👩‍👧", "a b.c-d_e:f", "x" * 200, "load[x=1]"]
    tasks = {name: {"cmd": "true"} for name in names}
    dag = parse(msgspec.json.encode({"tasks": tasks}).decode(), "json")
    assert [one.id for one in dag.tasks] == names


def test_equal_documents_resolve_equally_in_every_format(parse: Parse) -> None:
    toml = (
        '[tasks.a]\ncmd = "x"\n[tasks.b]\ncmd = ["y"]\ndepends_on = ["a"]\nretries = 1'
    )
    yaml = "tasks:\n  a: {cmd: x}\n  b: {cmd: [y], depends_on: [a], retries: 1}"
    json = (
        '{"tasks":{"a":{"cmd":"x"},"b":{"retries":1,"cmd":["y"],"depends_on":["a"]}}}'
    )
    encoded = {
        msgspec.json.encode(parse(text, kind), order="deterministic")
        for text, kind in ((toml, "toml"), (yaml, "yaml"), (json, "json"))
    }
    assert len(encoded) == 1


def test_a_resolved_dag_survives_being_stored(everything: Dag) -> None:
    encoded = msgspec.json.encode(everything, order="deterministic")
    decoded = msgspec.json.decode(encoded, type=Dag)
    assert msgspec.json.encode(decoded, order="deterministic") == encoded


def test_an_absent_yaml_value_means_the_key_was_not_given(parse: Parse) -> None:
    dag = parse("tasks:\n  a:\n    cmd: x\n    env:\n    depends_on:\n", "yaml")
    assert dag.tasks == (Task(id="a", base="a", action=Shell("x")),)


def test_how_containers_are_made_by_default_makes_no_task_one(parse: Parse) -> None:
    dag = parse("""
        [defaults.docker]
        network = "none"
        [tasks.here]
        cmd = "true"
        [tasks.inside]
        image = "box"
    """)
    here, inside = dag.tasks
    assert here.executor is ExecutorName.SUBPROCESS
    assert inside.executor is ExecutorName.DOCKER
    assert inside.container == {"image": "box", "docker": {"network": "none"}}
