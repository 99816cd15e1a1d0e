"""What this version cannot run is refused, not ignored."""

import msgspec
import pytest

from leo_engine.app.executors import missing
from leo_engine.spec.model import ExecutorName, HttpCall, PythonCall, Shell, Task


def task(**fields: object) -> Task:
    whole: dict[str, object] = {"id": "t", "base": "t", "action": Shell("true")}
    return Task(**whole | fields)  # type: ignore[arg-type]


def test_a_command_on_this_machine_lacks_nothing() -> None:
    assert missing(task(log_max_bytes=1_000_000)) == ""
    assert missing(task(), ExecutorName.SUBPROCESS) == ""


def test_a_request_lacks_nothing_and_nothing_else_is_one() -> None:
    call = HttpCall(msgspec.Raw(b'{"url":"u"}'))
    request = task(action=call, executor=ExecutorName.HTTP)
    assert missing(request) == ""
    assert missing(request, ExecutorName.HTTP) == ""
    assert missing(task(), ExecutorName.HTTP) == "task 't' is no HTTP request"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"executor": ExecutorName.KUBERNETES}, "kubernetes"),
    ],
)
def test_what_is_not_built_yet_is_named(fields: dict[str, object], word: str) -> None:
    reason = missing(task(**fields))
    assert "'t'" in reason
    assert word in reason


def test_a_python_task_needs_its_interpreter_only() -> None:
    assert missing(task(action=PythonCall("module:call"))) == ""


def test_an_executor_that_the_invocation_insists_on_is_looked_at_first() -> None:
    assert "kubernetes" in missing(task(), ExecutorName.KUBERNETES)


def test_who_insists_on_docker_is_told_which_task_has_no_image() -> None:
    assert "'image'" in missing(task(), ExecutorName.DOCKER)
    assert missing(task(executor=ExecutorName.DOCKER), ExecutorName.DOCKER) == ""
