"""A live run, moved to its edited file at a desk, over fakes."""

import asyncio
from pathlib import Path

import pytest

from desk_world import LASTS, World, loaded, until
from leo_engine.app import moving
from leo_engine.app.session import Driving, Session
from leo_engine.app.types import LoadedDag, RunCommand
from leo_engine.errors import (
    MoveRefusedError,
    RunBusyError,
)
from leo_engine.ports import Observer, RunRow
from leo_engine.spec.model import Approval, Argv, RetryPolicy
from leo_engine.state.outcome import Failed
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


async def test_of_two_moves_in_a_row_the_last_one_counts(world: World) -> None:
    world.scripts["long"] = Scripted(duration_ms=1_000)
    async with world.desk() as desk:
        run = world.start(desk, "long")
        await until(lambda: world.executor.running_count)
        for edges in ("long b", "long b c"):
            desk.move(run.run_id, loaded(dag(edges), world.folder))
        await until(lambda: world.statuses(run).get("c") == "succeeded")
        await world.clock.advance(1_000)
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
    assert world.troubles == []
    assert sorted(task for task, _ in ran(world)) == ["b", "c", "long"]


async def test_a_run_that_was_only_just_adopted_is_moved(world: World) -> None:
    world.scripts["long"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "long")
        await until(lambda: world.executor.running_count)
    async with world.desk() as desk:
        desk.adopt()
        desk.move(run.run_id, loaded(dag("long b"), world.folder))
        await until(lambda: world.statuses(run).get("b") == "succeeded")
    assert world.troubles == []


async def test_interrupting_stops_what_runs_in_a_run_that_is_being_moved(
    world: World,
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a")
        await until(lambda: world.executor.running_count)
        desk.move(run.run_id, loaded(dag("a b"), world.folder))
        desk.interrupt()
        await desk.idle()
        assert world.status(run) is RunStatus.CANCELLED
        assert not world.executor.running_count


@pytest.mark.parametrize("turns", range(8))
async def test_interrupting_stops_what_runs_whenever_it_is_in_a_move(
    world: World, turns: int
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a")
        await until(lambda: world.executor.running_count)
        desk.move(run.run_id, loaded(dag("a b"), world.folder))
        for _ in range(turns):
            await asyncio.sleep(0)
        desk.interrupt()
        await desk.idle()
        assert world.status(run) is RunStatus.CANCELLED
        assert not world.executor.running_count


@pytest.mark.parametrize("turns", range(8))
async def test_what_is_asked_for_during_a_move_is_done(
    world: World, turns: int
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        await until(lambda: world.executor.running_count)
        desk.move(run.run_id, loaded(dag("a>b c"), world.folder))
        for _ in range(turns):
            await asyncio.sleep(0)
        desk.mark(run.run_id, ["b"], by="ann")
        desk.cancel(run.run_id, ["a"], by="ann")
        await desk.idle()
        statuses = world.statuses(run)
        assert (statuses["a"], statuses["b"]) == ("cancelled", "succeeded")
        # Its last task may be over by the time it could be moved.
        is_moved = statuses.get("c") == "succeeded"
        assert [name for name, _ in world.troubles] == [run.run_id] * (not is_moved)


async def test_a_move_in_a_backoff_starts_the_next_attempt_when_it_was_due(
    world: World,
) -> None:
    world.scripts["a"] = Scripted(outcome=Failed("no"))
    retry = RetryPolicy(retries=1, delay_ms=600_000)
    edges = dag("a>b", tasks={"a": {"retry": retry}})
    more = dag("a>b c", tasks={"a": {"retry": retry}})
    async with world.desk() as desk:
        run = desk.start(RunCommand(dag=loaded(edges, world.folder)))
        await until(lambda: world.statuses(run)["a"] == "backoff")
        world.scripts["a"] = Scripted()
        world.clock.jump(599_900)
        desk.move(run.run_id, loaded(more, world.folder))
        await until(lambda: world.statuses(run).get("c") == "succeeded")
        assert world.statuses(run)["a"] == "backoff"
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
    started = [row for row in world.store.attempts(run.run_key) if row.task == "a"]
    assert [row.attempt for row in started] == [1, 2]


async def test_a_run_that_another_takes_while_it_is_let_go_of_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.scripts["a"] = LASTS
    move = moving.move
    async with world.desk() as desk, world.desk() as other:
        run = world.start(desk, "a")
        await until(lambda: world.executor.running_count)

        def late(
            session: Session, row: RunRow, to: LoadedDag, observer: Observer | None
        ) -> Driving:
            other.adopt()
            return move(session, row, to, observer)

        monkeypatch.setattr("leo_engine.app.moving.move", late)
        desk.move(run.run_id, loaded(dag("a b"), world.folder))
        await until(lambda: world.troubles)
        await until(lambda: not desk.active())
        assert [row.run_id for row in other.active()] == [run.run_id]
        other.cancel(run.run_id, by="ann")
        await other.idle()
        assert world.status(run) is RunStatus.CANCELLED
    ((run_id, error),) = world.troubles
    assert run_id == run.run_id
    assert isinstance(error, RunBusyError)
    assert len(world.executor.requests) == 1


async def test_a_move_leaves_no_more_time_to_answer(world: World) -> None:
    asks = {"ask": {"action": Approval("Well?"), "timeout_ms": 600_000}}
    async with world.desk() as desk:
        of = dag("ask", tasks=asks)
        run = desk.start(RunCommand(dag=loaded(of, world.folder)))
        await until(lambda: world.statuses(run).get("ask") == "ready")
        world.clock.jump(599_900)
        desk.move(run.run_id, loaded(dag("ask b", tasks=asks), world.folder))
        await until(lambda: world.statuses(run).get("b") == "succeeded")
        assert world.statuses(run)["ask"] == "ready"
        await desk.idle()
        assert world.statuses(run)["ask"] == "failed"
