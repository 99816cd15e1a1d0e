"""A live run, moved to its edited file at a desk, over fakes."""

import asyncio
from pathlib import Path

import pytest

from desk_world import LASTS, World, loaded, until
from leo_engine.errors import (
    MoveRefusedError,
    RunBusyError,
)
from leo_engine.spec.model import Argv
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.fake_executor import Scripted


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def ran(world: World) -> list[tuple[str, object]]:
    return [(request.task, request.action) for request in world.executor.requests]


async def test_a_moved_run_keeps_what_runs_and_runs_the_rest_as_in_the_file(
    world: World,
) -> None:
    world.scripts["long"] = Scripted(duration_ms=1_000)
    new = Argv(("new",))
    newer = dag("a long>b c", tasks={"b": {"action": new}, "c": {"action": new}})
    async with world.desk() as desk:
        run = world.start(desk, "a long>b")
        await until(lambda: world.statuses(run)["a"] == "succeeded")
        await until(lambda: world.executor.running_count)
        desk.move(run.run_id, loaded(newer, world.folder))
        await until(lambda: world.statuses(run).get("c") == "succeeded")
        assert [row.run_id for row in desk.active()] == [run.run_id]
        await world.clock.advance(1_000)
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
    assert world.troubles == []
    order = [task for task, _ in ran(world)]
    assert (set(order[:2]), order[2:]) == ({"a", "long"}, ["c", "b"])
    assert dict(ran(world)[2:]) == {"c": new, "b": new}
    ended = world.store.find_run(run.run_id)
    assert (ended.generation, ended.total) == (2, 4)
    assert ended.dag_hash == loaded(newer, world.folder).version.dag_hash
    assert ended.started_ms == run.created_ms


async def test_what_runs_after_a_move_still_takes_a_slot(world: World) -> None:
    world.scripts |= dict.fromkeys("abcde", LASTS)
    async with world.desk() as desk:
        run = world.start(desk, "a b c d e")
        await until(lambda: world.executor.running_count == 4)
        desk.move(run.run_id, loaded(dag("a b c d e f"), world.folder))
        await until(lambda: world.store.find_run(run.run_id).generation == 2)
        for _ in range(50):
            await asyncio.sleep(0)
        assert world.executor.most_at_once == 4


async def test_a_run_is_not_moved_to_what_makes_no_sense(world: World) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        await until(lambda: world.executor.running_count)
        with pytest.raises(MoveRefusedError, match="has started"):
            desk.move(run.run_id, loaded(dag("b"), world.folder))
        with pytest.raises(MoveRefusedError, match="has this version"):
            desk.move(run.run_id, loaded(dag("a>b"), world.folder))
        assert world.status(run) is RunStatus.RUNNING
        desk.cancel(run.run_id, by="ann")
        await desk.idle()
        with pytest.raises(MoveRefusedError, match="it is cancelled"):
            desk.move(run.run_id, loaded(dag("a>b c"), world.folder))


async def test_a_run_that_went_on_before_it_could_be_moved_keeps_its_version(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a")
        await until(lambda: world.executor.running_count)
        monkeypatch.setattr(
            "leo_engine.app.moving.edit_of",
            lambda *_: type("Edit", (), {"refusal": ""}),
        )
        desk.move(run.run_id, loaded(dag("b"), world.folder))
        await until(lambda: world.troubles)
        desk.cancel(run.run_id, by="ann")
        await desk.idle()
        assert world.status(run) is RunStatus.CANCELLED
    ((run_id, error),) = world.troubles
    assert run_id == run.run_id
    assert isinstance(error, MoveRefusedError)
    assert len(world.executor.requests) == 1


async def test_a_run_of_another_process_is_not_moved_here(world: World) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk, world.desk() as other:
        run = world.start(desk, "a")
        with pytest.raises(RunBusyError, match="another process"):
            other.move(run.run_id, loaded(dag("a b"), world.folder))
