"""Files written for wf mean here what they mean there."""

from collections.abc import Callable

from leo_engine.errors import Problem
from leo_engine.spec.model import Dag, Shell
from leo_engine.spec.template import render_shell
from leo_engine.spec.variables import assemble

Parse = Callable[..., Dag]
Problems = Callable[..., tuple[Problem, ...]]

WF = """
name = "data-pipeline"
description = "Nightly"
tags = ["etl"]
on_failure = "notify-failure"

[tasks.init]
name = "Initialise Run"
cmd = '''
DATE=$(date +%Y-%m-%d)
printf '{%s}' ${#DATE}
echo "$DATE"
'''
register = "run-date"

[tasks.extract-api]
cmd = "extract --date={{.run-date}} && echo 12500"
register = "api_rows"
depends_on = ["init"]
ignore_failure = true
retries = 2
retry_delay = 30
timeout = 900
env = { RUN = "{{.run-date}}", MAX = "3" }
clean_env = true

[tasks.build]
cmd = "GOOS={{.build.os}} go build {{.TARGET_ENV}} {{ os }}"
matrix = { os = ["linux", "darwin"] }
depends_on = ["extract-api"]
if = '{{.api_rows}} > "9" && status != "bad"'
working_dir = "/data"
on_failure = "notify-failure"

[tasks.status]
cmd = "echo ok"
register = "status"

[tasks.notify-failure]
type = "forensic"
cmd = "echo {{.failed_task}} {{.error_message}} {{.failed_dag}} {{.api_rows}}"
"""


def test_a_wf_file_loads_and_keeps_its_meaning(parse: Parse) -> None:
    dag = parse(WF.replace('["extract-api"]', '["extract-api", "status"]'))
    tasks = {task.id: task for task in dag.tasks}
    extract = tasks["extract-api"]
    assert (extract.retry.delay_ms, extract.timeout_ms) == (30_000, 900_000)
    assert tasks["init"].title == "Initialise Run"
    assert tasks["notify-failure"].is_hook
    assert tasks["build[os=linux]"].on_failure == "notify-failure"
    assert dag.on_failure == ("notify-failure",)


def test_a_variable_that_nothing_registers_is_a_parameter_to_give(
    parse: Parse,
) -> None:
    dag = parse('[tasks.a]\ncmd = "echo {{.TARGET}}"')
    (param,) = dag.params
    assert (param.name, param.required, param.type) == ("TARGET", True, "string")


def test_a_parameter_that_only_hooks_use_need_not_be_given(parse: Parse) -> None:
    dag = parse(
        'on_failure = "h"\n[tasks.a]\ncmd = "x"\n'
        '[tasks.h]\ntype = "forensic"\ncmd = "{{.who}}"'
    )
    assert [(param.name, param.required) for param in dag.params] == [("who", False)]


def test_a_file_with_params_declares_all_of_them(problems: Problems) -> None:
    (problem,) = problems('[params]\nx = 1\n[tasks.a]\ncmd = "echo {{.xx}}"')
    assert problem.message == "the variable 'xx' is not defined"


def test_wf_variables_may_come_from_any_task(problems: Problems) -> None:
    text = '[tasks.a]\ncmd = "x"\nregister = "r"\n[tasks.b]\ncmd = "echo {{%s}}"'
    assert not problems(text % ".r")
    (problem,) = problems(text % " r ")
    assert problem.message == "'r' is registered by 'a', which is not upstream"
    assert problem.hint == "add 'a' to depends_on"


def test_matrix_values_answer_to_the_name_wf_gives_them(parse: Parse) -> None:
    dag = parse(WF.replace('["extract-api"]', '["extract-api", "status"]'))
    task = next(task for task in dag.tasks if task.id == "build[os=darwin]")
    variables = assemble(
        task, given={}, params={"TARGET_ENV": "a b"}, registered={"run-date": "1"}
    )
    assert isinstance(task.action, Shell)
    assert render_shell(task.action.script, variables) == (
        "GOOS=darwin go build 'a b' darwin"
    )


def test_nearer_variables_win(parse: Parse) -> None:
    dag = parse('[tasks.t]\ncmd = "x"\nmatrix = { env = ["m"] }')
    task = dag.tasks[0]
    names = {"env": {"HOME": "/"}, "dag": "d", "attempt": 1}
    variables = assemble(
        task,
        given=names,
        params={"dag": "p", "x": "p"},
        registered={"x": "r"},
    )
    assert (variables["env"], variables["dag"], variables["x"]) == ("m", "p", "r")
    assert variables["params"] == {"dag": "p", "x": "p"}
    assert variables["matrix"] == {"env": "m"}
    assert variables["attempt"] == 1
