"""A run whose engine is gone: taken over by the next one, once, with all it did."""

import asyncio
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from crowd import Crowd
from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.errors import RunBusyError, RunEndedError
from leo_engine.ports import RunFilter
from leo_engine.spec.model import Json
from leo_engine.state.status import RunStatus
from place import Place, wait_until

WORK = """
[params]
day = "mon"

[tasks.done]
cmd = ". @ledger; begins; ends 0"

[tasks.long]
depends_on = ["done"]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"

[tasks.after]
depends_on = ["long"]
cmd = ". @ledger; begins; ends 0"
"""
ALL_ONCE = ["done", "long", "after"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    for name, value in made.environ.items():
        # Tasks of the engines of this process are to be found as well.
        monkeypatch.setenv(name, value)
    made.write_dag(WORK.format(flag=made.folder / "flag"))
    yield made
    made.clear()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    with Engine(settings(str(place.dags), slots=4)) as engine:
        yield engine


def open_flag(place: Place) -> None:
    (place.folder / "flag").touch()


def begun(place: Place) -> list[str]:
    return [one.attempt.task for one in place.ledger.read()[0]]


def kinds(place: Place, run: int = 0) -> list[str]:
    stored = place.stored()
    return [event.kind for event in stored.journals[stored.runs[run].run_id]]


def killed_at_work(place: Place) -> str:
    """Kill an engine while its long task runs; return the id of the run."""
    leo = place.start("--once", "work")
    assert wait_until(lambda: "long" in begun(place)), place.last_words()
    leo.kill()
    leo.wait()
    return place.stored().runs[0].run_id


def command(
    engine: Engine, params: Mapping[str, Json] | None = None, *, new: bool = False
) -> RunCommand:
    loaded = engine.load("work")
    bound = engine.bind_params(loaded.dag, params or {})
    return RunCommand(dag=loaded, params=bound, new=new)


def outcome(result: RunResult) -> tuple[str, str]:
    return result.run.run_id, str(result.run.status)


async def test_the_same_command_goes_on_with_the_run_that_was_killed(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    (interrupted,) = engine.runs(RunFilter())
    assert interrupted.status is RunStatus.INTERRUPTED
    open_flag(place)
    (result,) = await engine.run([command(engine)])
    assert outcome(result) == (run_id, "succeeded")
    assert result.adopted
    assert not result.followed
    assert begun(place) == ALL_ONCE
    assert kinds(place).count("run_adopted") == 1
    assert engine.verify(run_id) == []


async def test_another_command_ends_the_run_that_was_killed_before_its_own(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    open_flag(place)
    adopted, own = await engine.run([command(engine, {"day": "tue"})])
    assert outcome(adopted) == (run_id, "succeeded")
    assert adopted.adopted
    assert own.run.run_id != run_id
    assert own.run.status is RunStatus.SUCCEEDED
    assert not own.adopted
    assert begun(place) == [*ALL_ONCE, *ALL_ONCE]
    assert adopted.run.ended_ms is not None
    assert adopted.run.ended_ms <= own.run.created_ms + 1_000


async def test_who_insists_on_a_run_of_its_own_gets_it_after_the_adopted_one(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    open_flag(place)
    adopted, own = await engine.run([command(engine, new=True)])
    assert outcome(adopted) == (run_id, "succeeded")
    assert own.run.run_id != run_id
    assert begun(place) == [*ALL_ONCE, *ALL_ONCE]


@pytest.mark.timeout(60)
def test_of_ten_that_want_the_run_at_once_one_adopts_it_and_nine_follow(
    place: Place,
) -> None:
    killed_at_work(place)
    told = place.said.read_text().count("▸ work")
    crowd = Crowd(place, [[["--once", "work"]]] * 10)
    assert wait_until(lambda: place.said.read_text().count("▸ work") == told + 10, 30)
    open_flag(place)
    codes = crowd.codes(patience_s=50)
    assert codes == [[0]] * 10, place.last_words()
    assert begun(place) == ALL_ONCE
    assert kinds(place).count("run_adopted") == 1
    assert len(place.stored().runs) == 1


async def test_who_follows_a_run_goes_on_with_it_when_its_engine_is_killed(
    place: Place, engine: Engine
) -> None:
    leo = place.start("--once", "work")
    assert await asyncio.to_thread(wait_until, lambda: "long" in begun(place))
    following = asyncio.create_task(engine.run([command(engine)]))
    await asyncio.sleep(0)
    leo.kill()
    await asyncio.to_thread(leo.wait)
    open_flag(place)
    (result,) = await following
    assert result.run.status is RunStatus.SUCCEEDED
    assert result.adopted
    assert begun(place) == ALL_ONCE


async def test_who_is_told_not_to_adopt_leaves_the_run_and_begins_another(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    open_flag(place)
    (own,) = await engine.run([command(engine)], adopt=False)
    assert own.run.run_id != run_id
    assert engine.find(run_id).status is RunStatus.INTERRUPTED
    assert "run_adopted" not in kinds(place)


async def test_looking_adopts_nothing(place: Place, engine: Engine) -> None:
    run_id = killed_at_work(place)
    before = kinds(place)
    engine.runs(RunFilter())
    engine.run_detail(run_id)
    engine.logs(run_id)
    engine.preview_resume(run_id)
    engine.preview_retry(run_id)
    engine.verify(run_id)
    await asyncio.to_thread(engine.doctor)
    await engine.watch(run_id)
    assert kinds(place) == before
    assert engine.find(run_id).status is RunStatus.INTERRUPTED


async def test_a_command_for_another_dag_adopts_nothing(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    place.write_dag("[tasks.other]\ncmd = 'true'\n", "other")
    loaded = engine.load("other")
    (result,) = await engine.run([RunCommand(dag=loaded)])
    assert result.run.status is RunStatus.SUCCEEDED
    assert engine.find(run_id).status is RunStatus.INTERRUPTED


async def until_begun(place: Place, task: str) -> None:
    async with asyncio.timeout(10):
        while task not in begun(place):  # noqa: ASYNC110 -- the ledger rings no bell
            await asyncio.sleep(0.005)


async def test_a_run_that_was_left_is_interrupted_at_once_and_adopted_whole(
    place: Place, engine: Engine
) -> None:
    with Engine(settings(str(place.dags), slots=4)) as other:
        running = asyncio.create_task(other.run([command(other)]))
        await until_begun(place, "long")
        other.leave()
        (left,) = await running
    assert left.run.status is RunStatus.INTERRUPTED
    assert [one.command for one in place.processes() if one.attempt]
    open_flag(place)
    (result,) = await engine.run([command(engine)])
    assert outcome(result) == (left.run.run_id, "succeeded")
    assert begun(place) == ALL_ONCE
    assert engine.verify("last") == []


async def test_a_run_may_be_left_at_any_moment_of_its_launches(
    place: Place, engine: Engine
) -> None:
    for moment in range(12):
        with Engine(settings(str(place.dags), slots=4)) as other:
            running = asyncio.create_task(other.run([command(other)]))
            while not other.runs(RunFilter()):  # noqa: ASYNC110 -- a row rings no bell
                await asyncio.sleep(0)
            for _ in range(moment * 3):
                await asyncio.sleep(0)
            other.leave()
            left = await running
        assert all(one.run.status is RunStatus.INTERRUPTED for one in left)
    open_flag(place)
    await engine.run([command(engine)])
    assert begun(place) == ALL_ONCE
    assert engine.verify("last") == []
    assert len(engine.runs(RunFilter())) == 1


async def test_an_interrupted_run_is_ended_with_all_that_still_runs(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    result = await engine.end(run_id, by="ann")
    assert result.run.status is RunStatus.CANCELLED
    assert not [one for one in place.processes() if one.attempt]
    detail = engine.run_detail(run_id)
    assert {row.task: str(row.status) for row in detail.tasks} == {
        "done": "succeeded",
        "long": "cancelled",
        "after": "cancelled",
    }
    assert "ann" in detail.tasks[1].reason
    assert engine.verify(run_id) == []
    with pytest.raises(RunEndedError):
        await engine.end(run_id, by="ann")


async def test_a_run_that_somebody_drives_is_not_ended_over_his_head(
    place: Place, engine: Engine
) -> None:
    leo = place.start("--once", "work")
    await until_begun(place, "long")
    with pytest.raises(RunBusyError):
        await engine.end("last", by="ann")
    open_flag(place)
    assert await asyncio.to_thread(leo.wait) == 0


async def test_an_interrupt_while_adopting_begins_nothing_more(
    place: Place, engine: Engine
) -> None:
    run_id = killed_at_work(place)
    running = asyncio.create_task(engine.run([command(engine, {"day": "tue"})]))
    async with asyncio.timeout(10):
        while "run_adopted" not in kinds(place):  # noqa: ASYNC110 -- stored elsewhere
            await asyncio.sleep(0.01)
    engine.interrupt()
    (result,) = await running
    assert outcome(result) == (run_id, "cancelled")
    assert len(engine.runs(RunFilter())) == 1


PARENT = """
[tasks.child]
dag = "work"
[tasks.last]
cmd = ". @ledger; begins; ends 0"
depends_on = ["child"]
"""


async def test_a_child_run_is_adopted_with_its_parent_and_not_without(
    place: Place, engine: Engine
) -> None:
    place.write_dag(PARENT, "parent")
    leo: subprocess.Popen[bytes] = place.start("--once", "parent")
    await until_begun(place, "long")
    leo.kill()
    leo.wait()
    open_flag(place)
    (alone,) = await engine.run([command(engine, {"day": "tue"})])
    assert not alone.adopted
    (result,) = await engine.run([RunCommand(dag=engine.load("parent"))])
    assert result.adopted
    assert result.run.status is RunStatus.SUCCEEDED
    assert begun(place) == ["done", "long", "done", "long", "after", "after", "last"]
    children = [run for run in engine.runs(RunFilter()) if run.parent_run]
    assert [str(run.status) for run in children] == ["succeeded"]
    assert engine.verify(children[0].run_id) == []


async def test_a_child_run_whose_id_was_not_stored_any_more_is_found_again(
    place: Place, engine: Engine
) -> None:
    place.write_dag(PARENT, "parent")
    with Engine(settings(str(place.dags), slots=4)) as other:
        parent = RunCommand(dag=other.load("parent"))
        running = asyncio.create_task(other.run([parent]))
        while len(other.runs(RunFilter())) < 2:  # noqa: ASYNC110 -- a row rings no bell
            await asyncio.sleep(0)
        other.leave()
        (left,) = await running
    (attempt,) = engine.run_detail(left.run.run_id).attempts
    assert attempt.handle == "", "left before the child's id could be stored"
    open_flag(place)
    (result,) = await engine.run([RunCommand(dag=engine.load("parent"))])
    assert outcome(result) == (left.run.run_id, "succeeded")
    assert begun(place) == [*ALL_ONCE, "last"]
    assert len(engine.runs(RunFilter())) == 2
