"""Sub-DAGs as attempts: begun, waited for, stopped and gone on with."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from leo_engine.app.sub_dags import ChildRun, SubDags
from leo_engine.errors import DagNotFoundError, LaunchError, RunNotFoundError
from leo_engine.ports import AttemptRequest, RunRow
from leo_engine.spec.model import SubDag
from leo_engine.state.outcome import Failed, Lost, Succeeded
from leo_engine.state.status import RunStatus
from leo_engine.testing.attempt_requests import attempt_request
from leo_engine.testing.fake_clock import settle


class Children:
    """Child runs that end when a test says so."""

    def __init__(self) -> None:
        self.ends: dict[str, asyncio.Future[RunRow]] = {}
        self.error: Exception | None = None
        self.cancelled: list[str] = []
        self.executor = SubDags(
            begin=self._begin,
            find=lambda *_: None,
            reopen=self._reopen,
            cancel=self._cancel,
        )

    async def _begin(self, request: AttemptRequest, action: SubDag) -> ChildRun:
        if self.error is not None:
            raise self.error
        return await self._reopen(f"{action.dag}-{request.attempt}")

    async def _reopen(self, run_id: str) -> ChildRun:
        if self.error is not None:
            raise self.error
        self.ends[run_id] = asyncio.get_running_loop().create_future()
        return ChildRun(run_id, self.ends[run_id])

    def _cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)

    def end(self, run_id: str, status: RunStatus) -> None:
        """Let a child end."""
        run = RunRow(
            run_id=run_id,
            dag="other",
            dag_hash="hash",
            file="other.toml",
            status=status,
            created_ms=0,
        )
        self.ends[run_id].set_result(run)


@pytest.fixture
def request_of_other(tmp_path: Path) -> AttemptRequest:
    request = attempt_request(tmp_path, "")
    return msgspec.structs.replace(request, action=SubDag("other"))


async def test_the_handle_is_the_run_of_the_child_and_its_success_the_outcome(
    request_of_other: AttemptRequest,
) -> None:
    children = Children()
    handle = await children.executor.start(request_of_other)
    children.end("other-1", RunStatus.SUCCEEDED)
    assert handle == "other-1"
    outcome = await children.executor.wait(handle)
    assert outcome == Succeeded(output={"run_id": "other-1"})


@pytest.mark.parametrize(
    "status", [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT]
)
async def test_a_child_that_did_not_succeed_fails_its_task_and_is_named(
    request_of_other: AttemptRequest, status: RunStatus
) -> None:
    children = Children()
    handle = await children.executor.start(request_of_other)
    children.end(handle, status)
    outcome = await children.executor.wait(handle)
    assert outcome == Failed(reason=f"run other-1 of other {status}")


async def test_a_dag_that_cannot_be_loaded_is_not_launched(
    request_of_other: AttemptRequest,
) -> None:
    children = Children()
    children.error = DagNotFoundError("other", "another")
    with pytest.raises(LaunchError, match=r"sub-DAG 'other': .*'another'"):
        await children.executor.start(request_of_other)


async def test_something_else_than_a_sub_dag_is_not_launched(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="Shell is not a sub-DAG"):
        await Children().executor.start(attempt_request(tmp_path, "true"))


async def test_stopping_cancels_the_child_and_waits_for_its_end(
    request_of_other: AttemptRequest,
) -> None:
    children = Children()
    handle = await children.executor.start(request_of_other)
    stopping = asyncio.create_task(children.executor.stop(handle, 0))
    await settle()
    assert children.cancelled == [handle]
    assert not stopping.done()
    children.end(handle, RunStatus.CANCELLED)
    await stopping
    await children.executor.stop("nobody", 0)


async def test_giving_up_the_waiting_leaves_the_child_alone(
    request_of_other: AttemptRequest,
) -> None:
    children = Children()
    handle = await children.executor.start(request_of_other)
    waiting = asyncio.create_task(children.executor.wait(handle))
    await settle()
    waiting.cancel()
    await settle()
    children.end(handle, RunStatus.SUCCEEDED)
    assert isinstance(await children.executor.wait(handle), Succeeded)


async def test_a_child_of_an_earlier_engine_is_gone_on_with() -> None:
    children = Children()
    assert await children.executor.attach("old")
    children.end("old", RunStatus.SUCCEEDED)
    assert isinstance(await children.executor.wait("old"), Succeeded)


async def test_a_child_that_cannot_be_found_again_is_lost() -> None:
    children = Children()
    children.error = RunNotFoundError("gone")
    assert not await children.executor.attach("old")
    assert await children.executor.wait("old") == Lost(reason="run old is gone")
