"""Each fault of a file gives its own message, all of them at once."""

from collections.abc import Callable

import pytest

from leo_engine.errors import Problem, SpecValidationError
from leo_engine.spec.document import DocumentFormat
from leo_engine.spec.parse import SourceText, parse_dag

Problems = Callable[..., tuple[Problem, ...]]

CASES: list[tuple[str, str]] = [
    ("foo = 1", "unknown key 'foo'"),
    ('depend_on = ["b"]', "unknown key 'depend_on' (did you mean 'depends_on'?)"),
    ('needs = ["b"]', "unknown key 'needs' (here it is called 'depends_on')"),
    ('bash_command = "x"', "'bash_command' (here it is called 'cmd')"),
    ("continue-on-error = true", "(here it is called 'ignore_failure')"),
    ("jobs = {}", "unknown key 'jobs' (known keys: cmd, "),
    ("retries = -1", "'retries' must be a whole number of at least 0, not -1"),
    ("retries = true", "'retries' must be a whole number of at least 0, not true"),
    ('retries = "2"', "'retries' must be a whole number of at least 0, not a string"),
    ("retries = 2.5", "'retries' must be a whole number of at least 0, not 2.5"),
    ("depends_on = 3", "must be a string or a list of strings, not 3"),
    ("depends_on = [3]", "'depends_on' must be a string, not 3 (put it in quotes)"),
    ("env = 'x'", "'env' must be a table, not a string"),
    (
        "env = { A = [] }",
        "'A' must be a string or a number or true or false, not a list",
    ),
    ("env = { A = 1979-05-27 }", "not a date or time"),
    ('trigger_rule = "all_sucess"', "(did you mean 'all_success'?)"),
    ('type = "hook"', "'type' must be one of normal, forensic, not 'hook'"),
    ('timeout = "soon"', "'soon' is not a duration"),
    ('retry_delay = "soon"', "'soon' is not a duration"),
    ('backoff = { max = "x" }', "'x' is not a duration"),
    ("backoff = { jitter = 2 }", "a number of at least 0 and of at most 1, not 2"),
    ('memory = "lots"', "'lots' is not a size"),
    ('env = { LD_PRELOAD = "x" }', "'LD_PRELOAD' is not for DAG files to set"),
    ('env = { DYLD_X = "x" }', "'DYLD_X' is not for DAG files to set"),
    ('env = { LEO_RUN_ID = "x" }', "'LEO_RUN_ID' is not for DAG files to set"),
    ('env = { "A-B" = "x" }', "cannot be the name of an environment variable"),
    ('env = { A = "\\u0000" }', "control character U+0000"),
    ('working_dir = "\\u001b"', "control character U+001B"),
    ('depends_on = ["tt"]', "there is no task 'tt' to depend on (did you mean 't'?)"),
    ('depends_on = ["t"]', "the task 't' depends on itself"),
    ('on_failure = "pag"', "on_failure names the task 'pag'"),
    ('pool = "gpuu"', "there is no pool 'gpuu' (did you mean 'gpu'?)"),
    ('secrets = ["TOKN"]', "no secret 'TOKN' is declared (did you mean 'TOKEN'?)"),
    ('secrets = { T = "vault:x" }', "a secret is 'env:NAME' or 'file:PATH'"),
    ('secrets = { T = "env:" }', "a secret is 'env:NAME' or 'file:PATH'"),
    ('secrets = { LEO_X = "env:A" }', "is not for DAG files to set"),
    ("matrix = {}", "an empty matrix makes no task"),
    ("matrix = { a = [] }", "the matrix has no values for 'a'"),
    ("matrix = { a = [[1]] }", "a value of a matrix is a text, a number"),
    ('matrix = { a = ["x\\ny"] }', "does not print"),
    ('matrix = { a = ["x", "x"] }', "two tasks have the id 't[a=x]'"),
    ("matrix = { a = [nan] }", "a number must be finite"),
    ("matrix = { a = [1], b = [2, inf] }", "a number must be finite"),
    ('register = "a b"', "'a b' cannot be the name of a variable"),
    ('docker = { memory = "1g" }', "a task in Docker needs an 'image'"),
    ('venv = "x"\nimage = "y"', "a task in Docker cannot honour 'venv'"),
    ('venv = "x"', "a task in a subprocess cannot honour 'venv' (only a Python task"),
    ("with = { a = 1 }", "a task in a subprocess cannot honour 'with'"),
    (
        'image = "y"\ndocker.secret_files = { T = "/t" }',
        "the task has no secret 'T'",
    ),
    (
        'image = "y"\nsecrets = { T = "env:T" }\ndocker.secret_files = { T = "t" }',
        "'t' is not an absolute path",
    ),
    ('kubernetes = {}\nmemory = "1g"', "a task in Kubernetes cannot honour 'memory'"),
    ('executor = "docker"', "a task in Docker needs an 'image'"),
    ('python = "a:b"', "a task does one thing; this one has 'cmd' and 'python'"),
    ("output_schema = { type = 3 }", "not a JSON Schema"),
    ('if = "a =="', "not a condition"),
    ('if = "a b"', "not a condition"),
    ('if = "nope == 1"', "the variable 'nope' is not defined"),
    ('working_dir = "{{ nope }}"', "the variable 'nope' is not defined"),
    ('env = { A = "{{ x | nope }}" }', "there is no filter 'nope'"),
    ('env = { A = "{{ run_id is nope }}" }', "there is no test 'nope'"),
    ('env = { A = "{{ run_id" }', "not a template"),
    ('env = { A = "{{ runid }}" }', "(did you mean 'run_id'?)"),
    ('env = { A = "{{ failed_task }}" }', "'failed_task' is not defined"),
    ('env = { A = "{{ outputs.u.k }}" }', "there is no task 'u' whose outputs"),
    ('env = { A = "{{ params.dat }}" }', "there is no parameter 'dat'"),
    ('docker = { memry = 1 }\nimage = "x"', "unknown key 'memry'"),
    ('docker = { memory = "x" }\nimage = "x"', "'x' is not a size"),
]


@pytest.mark.parametrize(("line", "message"), CASES)
def test_a_fault_of_a_task_is_named(
    problems: Problems, line: str, message: str
) -> None:
    text = (
        '[params]\ndate = "x"\n[pools]\ngpu = 1\n[secrets]\nTOKEN = "env:T"\n'
        f'[tasks.t]\ncmd = "true"\n{line}\n'
    )
    found = problems(text)
    assert any(message in str(problem) for problem in found), [*map(str, found)]
    assert all(problem.line >= 8 or problem.line == 7 for problem in found)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('name = "a/b"', "holds a slash"),
        ('name = ""', "cannot be empty"),
        (f'name = "{"x" * 201}"', "at most 200 characters"),
        ('schedule = "61 * * * *"', "not a cron expression"),
        ('schedule = ["0 3 * * *", "x"]', "'x' is not a cron expression"),
        ('timezone = "Mars/Olympus"', "there is no time zone 'Mars/Olympus'"),
        ('catchup = "x"', "not a duration"),
        ("max_parallel = 0", "a whole number of at least 1, not 0"),
        ('failure_policy = "stop"', "one of continue, drain, abort"),
        ('on_exit = "tt"', "on_exit names the task 'tt'"),
        ('on_failure = ["t", "x"]', "on_failure names the task 'x'"),
        ("pools = { gpu = 0 }", "a whole number of at least 1, not 0"),
        ('env = { A = "{{ nope }}" }', "the variable 'nope' is not defined"),
        ('env = { A = "{{ matrix.x }} {{ rows }}" }', "'rows' is not defined"),
        ('secrets = { T = "x" }', "a secret is"),
        ('params = { "a-b" = 1 }', "is not an identifier"),
        ("params = { a = { typ = 1 } }", "unknown key 'typ'"),
        ('params = { a = { type = "int" } }', "must be one of string, integer"),
        ('params = { a = { pattern = "(" } }', "not a regular expression"),
        ('params = { a = { pattern = "x", default = 1 } }', "a pattern is for texts"),
        ("params = { a = { enum = [1, 'b'] } }", "'b' is not a whole number"),
        ("params = { a = { enum = [1], default = 2 } }", "must be one of 1, not 2"),
        ('dotenv = "\\u0001"', "control character U+0001"),
    ],
)
def test_a_fault_of_the_dag_is_named(
    problems: Problems, line: str, message: str
) -> None:
    found = problems(
        f'{line}\n[tasks.t]\ncmd = "true"', is_timezone=lambda name: name == "UTC"
    )
    assert any(message in str(problem) for problem in found), [*map(str, found)]
    assert found[0].line == 1


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("[tasks.t]", "the task 't' does nothing"),
        ('[tasks."a/b"]\ncmd = "x"', "holds a slash"),
        ('[tasks."a\\nb"]\ncmd = "x"', "does not print"),
        ('[tasks." a"]\ncmd = "x"', "begins or ends with a blank"),
        ('[tasks.""]\ncmd = "x"', "cannot be empty"),
        ('[tasks.t]\ncmd = ""', "'cmd' is empty"),
        ("[tasks.t]\ncmd = []", "needs a program"),
        ('[tasks.t]\ncmd = "a\\u0000b"', "control character U+0000"),
        ('[tasks.t]\npython = "x"', "not 'module:callable'"),
        ('[tasks.t]\npython = "a:b"\nimage = "x"', "Python task cannot honour 'image'"),
        (
            '[tasks.t]\npython = "a:b"\nexecutor = "docker"\nimage = "x"',
            "a task in Docker cannot honour 'python'",
        ),
        ('[tasks.t]\napproval = " "', "needs a question"),
        ('[tasks.t]\napproval = "x"\nenv = {}', "an approval cannot honour 'env'"),
        ('[tasks.t]\ndag = "x"\nregister = "y"', "a sub-DAG cannot honour 'register'"),
        ('[tasks.t]\nhttp = { method = "GET" }', "the key 'url' is missing"),
        ('[tasks.t]\nhttp = { url = "u", body = "x", json = 1 }', "has one body"),
        ('[tasks.t]\nhttp = { url = "u", success = ["9xx"] }', "neither a class"),
        ('[tasks.t]\nhttp = { url = "u", auth = {} }', "either 'basic' or 'bearer'"),
        ('[tasks.t]\nhttp = { url = "u", deadline = "x" }', "not a duration"),
        ('[tasks.t]\nhttp = { url = "u" }\nclean_env = true', "cannot honour"),
        ('[tasks.t]\nhttp = { url = "{{ nope }}" }', "'nope' is not defined"),
        ('[tasks.t]\nhttp = { url = "u", method = "GTE" }', "(did you mean 'GET'?)"),
        (
            '[tasks.t]\nhttp = { url = "u", retry_methods = ["X"] }',
            "'X' is no method of HTTP",
        ),
        ('[tasks.t]\nhttp = { url = "u", retries = -1 }', "'retries' must be"),
        (
            '[tasks.t]\nhttp = { url = "u", headers = { "a b" = "c" } }',
            "'a b' cannot be the name of a header",
        ),
        (
            (
                '[tasks.t]\nhttp = { url = "u", auth = { bearer = "x" }, '
                'headers = { authorization = "y" } }'
            ),
            "'auth' makes this header",
        ),
        (
            '[tasks.t]\nhttp = { url = "u", poll = { until = "1 +" } }',
            "not a condition",
        ),
        (
            '[tasks.t]\nhttp = { url = "u", poll = { until = "jsn.a" } }',
            "'jsn' is not defined",
        ),
        (
            '[tasks.t]\nhttp = { url = "u", poll = { until = "true", interval = 0 } }',
            "must be longer than nothing",
        ),
        ('[tasks.t]\nhttp = { url = "u", poll = { until = " " } }', "'until' is empty"),
        (
            '[tasks.t]\nhttp = { url = "{{ secrets.A }}" }',
            "'t' does not declare the secret 'A' (add 'A' to its secrets)",
        ),
        (
            (
                '[secrets]\nA = "env:A"\n[tasks.t]\ncmd = "{{ secrets.A }}"\n'
                'secrets = ["A"]'
            ),
            "'secrets' is not defined",
        ),
        (
            (
                '[secrets]\nA = "env:A"\n[tasks.t]\nhttp = { url = "u" }\n'
                'secrets = ["A"]\nif = "secrets.A"'
            ),
            "'secrets' is not defined",
        ),
        ('[tasks.t]\npython = "a:b"\nwith = { a = "{{ nope }}" }', "'nope'"),
        ("tasks = {}", "a DAG needs at least one task"),
        ("name = 'x'", "a DAG needs at least one task"),
        ("tasks = 3", "'tasks' must be a table, not 3"),
        ('[tasks.t]\ntype = "forensic"\ncmd = "x"', "every task is a hook"),
    ],
)
def test_a_fault_of_a_whole_task_is_named(
    problems: Problems, task: str, message: str
) -> None:
    found = problems(task)
    assert any(message in str(problem) for problem in found), [*map(str, found)]


def test_every_problem_is_reported_at_once_in_order_of_place() -> None:
    text = """
on_failure = "pge"
max_parallel = "many"
[defaults]
retrys = 2
[tasks.a]
cmd = "echo {{ dat }}"
depends_on = ["b", "zzz"]
[tasks.b]
cmd = "x"
depends_on = ["a"]
[tasks.page]
type = "forensic"
cmd = ["page", true]
depends_on = ["a"]
"""
    source = SourceText(text, DocumentFormat.TOML, file="etl.toml", stem="etl")
    with pytest.raises(SpecValidationError) as caught:
        parse_dag(source)
    assert [str(problem) for problem in caught.value.problems] == [
        (
            "etl.toml:2:14: on_failure names the task 'pge', which is not there"
            " (did you mean 'page'?)"
        ),
        (
            "etl.toml:3:16: 'max_parallel' must be a whole number of at least 1,"
            " not a string"
        ),
        "etl.toml:5:1: unknown key 'retrys' (did you mean 'retries'?)",
        "etl.toml:7:16: the variable 'dat' is not defined (did you mean 'dag'?)",
        "etl.toml:8:14: cycle: a -> b -> a (each of these waits for the next)",
        "etl.toml:8:20: there is no task 'zzz' to depend on",
        (
            "etl.toml:14:16: 'cmd' must be a string or a number, not true"
            " (put it in quotes)"
        ),
        (
            "etl.toml:15:16: the hook 'page' depends on 'a', which is no hook"
            " (hooks may depend on hooks only)"
        ),
    ]


def test_the_same_faults_are_found_in_every_format(problems: Problems) -> None:
    texts = {
        "toml": '[tasks.a]\ncmd = "x"\nfoo = 1\ndepends_on = ["b"]',
        "yaml": "tasks:\n  a:\n    cmd: x\n    foo: 1\n    depends_on: [b]\n",
        "json": '{"tasks": {"a": {"cmd": "x", "foo": 1, "depends_on": ["b"]}}}',
    }
    messages = {
        kind: [problem.message for problem in problems(text, kind)]
        for kind, text in texts.items()
    }
    assert messages["toml"] == messages["yaml"] == messages["json"]
    assert len(messages["toml"]) == 2
    places = {kind: problems(text, kind)[0] for kind, text in texts.items()}
    assert [(p.line, p.column) for p in places.values()] == [(3, 1), (4, 5), (1, 30)]


def test_a_fault_in_defaults_is_reported_once(problems: Problems) -> None:
    tasks = "".join(f'[tasks.t{n}]\ncmd = "x"\n' for n in range(50))
    assert len(problems(f'[defaults]\nenv = {{ LD_A = "x" }}\n{tasks}')) == 1


def test_a_wrong_key_does_not_cause_a_second_problem(problems: Problems) -> None:
    assert len(problems("[tasks.t]\ncmd = 3.5e3\n[tasks.u]\ncmd = true")) == 2
    assert len(problems('[tasks.t]\nhttp = { method = "GET" }')) == 1
