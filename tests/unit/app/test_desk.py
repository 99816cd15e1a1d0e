"""Runs that come and go at one desk, over fakes."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from desk_world import LASTS, World, loaded, until
from leo_engine.app.types import RunCommand
from leo_engine.errors import (
    ConfigError,
    ExecutorUnavailableError,
    LeaseLostError,
    LeoError,
    RunBusyError,
    RunEndedError,
    StoreError,
    UnknownTaskError,
)
from leo_engine.ports import (
    Created,
)
from leo_engine.spec.model import ExecutorName
from leo_engine.state.outcome import Failed, Succeeded
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_engine.testing.fake_executor import Scripted


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_started_run_is_returned_at_once_and_driven_beside(
    world: World,
) -> None:
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        assert (run.status, run.trigger) == (RunStatus.PENDING, "screen")
        assert [row.run_id for row in desk.active()] == [run.run_id]
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
        assert desk.active() == []
        assert world.told[-1].status is RunStatus.SUCCEEDED
    assert world.troubles == []


async def test_the_same_run_is_not_begun_twice_and_another_is_refused(
    world: World,
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a")
        assert world.start(desk, "a").run_id == run.run_id
        with pytest.raises(RunBusyError) as busy:
            world.start(desk, "a b")
        assert busy.value.occupant == run.run_id
        assert len(desk.active()) == 1


async def test_runs_of_several_dags_go_on_side_by_side(world: World) -> None:
    world.scripts["slow"] = LASTS
    async with world.desk() as desk:
        slow = world.start(desk, "slow", "one")
        quick = world.start(desk, "quick", "two")
        await until(lambda: world.status(quick) is RunStatus.SUCCEEDED)
        await until(lambda: len(desk.active()) == 1)
        (left,) = desk.active()
        assert (left.run_id, left.status) == (slow.run_id, RunStatus.RUNNING)


async def test_what_cannot_run_here_is_refused_before_it_is_stored(
    world: World,
) -> None:
    of = dag("a", tasks={"a": {"executor": ExecutorName.KUBERNETES}})
    async with world.desk() as desk:
        with pytest.raises(ExecutorUnavailableError, match="kubernetes"):
            desk.start(RunCommand(dag=loaded(of, world.folder)))
        (world.folder / "leo.toml").write_text("pools = 3\n")
        with pytest.raises(ConfigError):
            world.start(desk, "a")
        (world.folder / "leo.toml").unlink()
        assert world.start(desk, "a").status is RunStatus.PENDING


async def test_a_request_is_granted_without_waiting_for_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leo_engine.app.attending._REQUESTS_MS", 600_000)
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        # Before its loop has had a turn, too.
        desk.pause(run.run_id, by="ann")
        await until(lambda: world.store.find_run(run.run_id).paused)
        desk.unpause(run.run_id, by="ann")
        await until(lambda: not world.store.find_run(run.run_id).paused)
        await until(lambda: world.executor.running_count)
        desk.cancel(run.run_id, ["a"], by="ann")
        await desk.idle()
        assert world.statuses(run)["a"] == "cancelled"
        with pytest.raises(RunEndedError):
            desk.cancel(run.run_id, by="ann")


async def test_an_ended_run_is_retried_here_and_a_live_one_by_request(
    world: World,
) -> None:
    world.scripts |= {"a": Scripted(outcome=Failed("no")), "slow": LASTS}
    async with world.desk() as desk:
        run = world.start(desk, "a slow")
        await until(lambda: world.statuses(run)["a"] == "failed")
        world.scripts["a"] = Scripted()
        with pytest.raises(UnknownTaskError):
            desk.retry(run.run_id, ["b"])
        desk.retry(run.run_id, ["a"])
        await until(lambda: world.statuses(run)["a"] == "succeeded")
        world.scripts["slow"] = Scripted(outcome=Succeeded())
        desk.cancel(run.run_id, by="ann")
        await desk.idle()
        desk.retry(run.run_id)
        assert len(desk.active()) == 1
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
        assert world.store.tasks(run.run_key)[1].attempt == 2


async def test_a_run_that_has_just_ended_is_retried_as_soon_as_it_is_told(
    world: World,
) -> None:
    world.scripts["a"] = Scripted(outcome=Failed("no"))
    async with world.desk() as desk:
        run = world.start(desk, "a")
        while world.status(run) is not RunStatus.FAILED:  # noqa: ASYNC110 -- as soon
            await asyncio.sleep(0)
        world.scripts["a"] = LASTS
        desk.retry(run.run_id)
        await until(lambda: world.executor.running_count)
        # The end of the first drive must not have taken the second one's name away.
        desk.cancel(run.run_id, by="ann")
        await desk.idle()
        assert world.status(run) is RunStatus.CANCELLED
    assert world.troubles == []


async def test_what_cannot_be_stored_is_told_and_the_others_go_on(
    world: World,
) -> None:
    async with world.desk() as desk:
        world.store.failure = StoreError("disk full")
        broken = world.start(desk, "a", "one")
        await desk.idle()
        world.store.failure = None
        fine = world.start(desk, "a", "two")
        await desk.idle()
        assert world.status(fine) is RunStatus.SUCCEEDED
    ((run_id, error),) = world.troubles
    assert (run_id, str(error)) == (broken.run_id, "disk full")


async def test_a_run_that_another_process_took_is_told_and_not_followed(
    world: World,
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        await until(lambda: world.executor.running_count)
        await world.clock.advance(40_000)
        world.store.take(run.run_key, owner="other")
        desk.pause(run.run_id, by="ann")
        await desk.idle()
    ((run_id, error),) = world.troubles
    assert run_id == run.run_id
    assert isinstance(error, LeaseLostError)


async def test_interrupted_runs_are_adopted_and_sub_dags_left_to_their_parents(
    world: World,
) -> None:
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        desk.leave()
        await desk.idle()
        assert world.status(run) is RunStatus.INTERRUPTED
        with pytest.raises(LeoError, match="about to end"):
            world.start(desk, "a", "other")
    child = msgspec.structs.replace(
        run, run_id="child", parent_run="p", concurrency_key=""
    )
    version = world.store.dag_version(run.dag_hash)
    created = world.store.prepare(child, version, [], owner="gone", new=True)
    assert isinstance(created, Created)
    world.store.release(created.run_key, epoch=created.epoch)
    async with world.desk() as desk:
        assert [row.run_id for row in desk.adopt()] == [run.run_id]
        assert desk.adopt() == []
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED


async def test_interrupting_cancels_what_runs_and_begins_nothing_more(
    world: World,
) -> None:
    world.scripts["a"] = LASTS
    async with world.desk() as desk:
        run = world.start(desk, "a>b")
        await until(lambda: world.executor.running_count)
        desk.interrupt()
        await desk.idle()
        assert world.status(run) is RunStatus.CANCELLED
        with pytest.raises(LeoError, match="about to end"):
            desk.retry(run.run_id)


async def test_an_abandoned_run_is_ended_for_good(world: World) -> None:
    async with world.desk() as desk:
        run = world.start(desk, "a")
    async with world.desk() as desk:
        desk.end(run.run_id, by="ann")
        await desk.idle()
        assert world.status(run) is RunStatus.CANCELLED
        with pytest.raises(RunEndedError):
            desk.end(run.run_id, by="ann")


async def test_a_run_whose_version_cannot_be_read_is_told_and_others_are_adopted(
    world: World,
) -> None:
    async with world.desk() as desk:
        odd = world.start(desk, "a", "odd")
        fine = world.start(desk, "a", "fine")
    version = world.store.dag_version(odd.dag_hash)
    world.store._versions[odd.dag_hash] = with_fields(version, resolved=b"{}")
    async with world.desk() as desk:
        assert [row.run_id for row in desk.adopt()] == [fine.run_id]
        await desk.idle()
    assert [name for name, _ in world.troubles] == [odd.run_id]


async def test_a_task_is_marked_in_a_live_run_and_in_an_ended_one(
    world: World,
) -> None:
    world.scripts |= {"a": Scripted(outcome=Failed("no")), "slow": LASTS}
    async with world.desk() as desk:
        run = world.start(desk, "a>b slow>z")
        await until(lambda: world.statuses(run)["b"] == "upstream_failed")
        desk.mark(run.run_id, ["a"], by="ann", note="by hand")
        await until(lambda: world.statuses(run)["b"] == "succeeded")
        desk.cancel(run.run_id, by="ann")
        await desk.idle()
        with pytest.raises(UnknownTaskError):
            desk.mark(run.run_id, ["nobody"], by="ann")
        desk.mark(run.run_id, ["slow"], skipped=True, by="ann")
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
        assert world.statuses(run)["slow"] == "skipped"
    rows = {row.task: row.reason for row in world.store.tasks(run.run_key)}
    assert rows["a"] == "marked succeeded by ann: by hand"


async def test_that_nobody_looks_after_the_runs_any_more_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise OSError("revision")

    async def open_until_told() -> None:
        world.scripts["a"] = LASTS
        async with world.desk() as desk:
            world.start(desk, "a")
            monkeypatch.setattr(world.store, "revision", broken)
            await until(lambda: world.troubles)

    with pytest.raises(OSError, match="revision"):
        await open_until_told()
    ((name, error),) = world.troubles
    assert (name, str(error)) == ("", "revision")


async def test_a_desk_without_runs_asks_the_store_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leo_engine.app.attending._REQUESTS_MS", 1)
    asked: list[int] = []
    revision = world.store.revision

    def counted() -> int:
        asked.append(1)
        return revision()

    monkeypatch.setattr(world.store, "revision", counted)
    async with world.desk() as desk:
        await asyncio.sleep(0.05)
        assert asked == []
        world.scripts["a"] = LASTS
        world.start(desk, "a")
        await until(lambda: len(asked) > 3)
