"""Which executor runs a task."""

import pytest

from leo_engine.errors import ExecutorUnavailableError
from leo_engine.executors.router import Router
from leo_engine.spec.model import Approval, ExecutorName, PythonCall, Shell, Task
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_executor import FakeExecutor, Scripted


class Broken(FakeExecutor):
    """An executor whose daemon does not answer."""

    name = ExecutorName.DOCKER

    async def preflight(self) -> None:
        """Say so."""
        raise ExecutorUnavailableError("no answer from the docker daemon")


def task(name: str, executor: ExecutorName = ExecutorName.SUBPROCESS) -> Task:
    return Task(id=name, base=name, action=Shell("true"), executor=executor)


@pytest.fixture
def local() -> FakeExecutor:
    return FakeExecutor(FakeClock(), lambda _: Scripted())


def test_a_task_gets_the_executor_it_names(local: FakeExecutor) -> None:
    assert Router({local.name: local}).executor(task("a")) is local


async def test_preflight_names_every_task_without_an_executor(
    local: FakeExecutor,
) -> None:
    router = Router({local.name: local})
    tasks = [task("report", ExecutorName.DOCKER), task("ping", ExecutorName.HTTP)]
    with pytest.raises(ExecutorUnavailableError) as caught:
        await router.preflight(tasks)
    assert str(caught.value).splitlines() == [
        "task 'report' needs the docker executor, which this version does not have",
        "task 'ping' needs the http executor, which this version does not have",
    ]


async def test_preflight_asks_each_executor(local: FakeExecutor) -> None:
    broken = Broken(FakeClock(), lambda _: Scripted())
    router = Router({local.name: local, broken.name: broken})
    await router.preflight([task("a")])
    with pytest.raises(ExecutorUnavailableError, match="no answer"):
        await router.preflight([task("a"), task("b", ExecutorName.DOCKER)])


async def test_what_the_engine_does_itself_needs_no_executor() -> None:
    gate = Task(
        id="gate", base="gate", action=Approval("ok?"), executor=ExecutorName.ENGINE
    )
    await Router({}).preflight([gate])


def test_python_callables_are_refused_by_name(local: FakeExecutor) -> None:
    score = Task(id="score", base="score", action=PythonCall("scoring:main"))
    with pytest.raises(ExecutorUnavailableError, match="'score' calls 'scoring:main'"):
        Router({local.name: local}).executor(score)
