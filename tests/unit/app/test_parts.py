"""Runs of some tasks of a file: what they consist of, now and when they go on."""

from pathlib import Path

import pytest

from desk_world import World, until
from leo_engine.app import resuming
from leo_engine.app.catalogue import current_dag
from leo_engine.app.folder_state import folder_state
from leo_engine.app.moving import edit_of
from leo_engine.app.parts import part_of
from leo_engine.app.types import LoadedDag, RunCommand
from leo_engine.errors import ConfigError, SpecValidationError, UnknownTaskError
from leo_engine.loader.load import load
from leo_engine.spec.part import Part
from leo_engine.state.outcome import Failed
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_executor import Scripted

ETL = """
name = "etl"
[tasks.load]
cmd = "load $shard"
matrix = { shard = ["a", "b"] }
[tasks.clean]
cmd = "clean"
depends_on = ["load"]
[tasks.report]
cmd = "report"
depends_on = ["clean"]
[tasks.mail]
cmd = "mail"
[tasks.page]
cmd = "page"
type = "forensic"
"""
LOADS = ["load[shard=a]", "load[shard=b]"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "etl.toml").write_text(ETL)
    return World(tmp_path)


def part(
    world: World, *tasks: str, upstream: bool = False, downstream: bool = False
) -> LoadedDag:
    wanted = Part(tasks=tasks, upstream=upstream, downstream=downstream)
    return part_of(load(world.folder / "etl.toml"), wanted)


def ids(of: LoadedDag) -> list[str]:
    return [task.id for task in of.dag.tasks if not task.is_hook]


def test_a_part_is_what_is_named_and_as_far_as_is_wished(world: World) -> None:
    assert ids(part(world, "clean")) == ["clean"]
    assert ids(part(world, "clean", upstream=True)) == [*LOADS, "clean"]
    assert ids(part(world, "clean", downstream=True)) == ["clean", "report"]
    both = part(world, "clean", upstream=True, downstream=True)
    assert ids(both) == [*LOADS, "clean", "report"]
    assert ids(part(world, "load", "mail")) == [*LOADS, "mail"]
    assert ids(part(world, LOADS[1])) == LOADS[1:]


def test_a_part_that_is_everything_is_the_file(world: World) -> None:
    whole = load(world.folder / "etl.toml")
    everything = Part(tasks=("report", "mail"), upstream=True)
    assert part_of(whole, everything) is whole


def test_what_cannot_be_a_part_is_refused(world: World) -> None:
    with pytest.raises(UnknownTaskError, match="did you mean 'clean'"):
        part(world, "claen")
    with pytest.raises(ConfigError, match="is a hook"):
        part(world, "page")
    with pytest.raises(ConfigError, match="at least one"):
        part(world)


async def test_a_run_of_a_part_has_its_tasks_alone_and_says_so(world: World) -> None:
    loaded = part(world, "clean", downstream=True)
    async with world.desk() as desk:
        run = desk.start(RunCommand(dag=loaded))
        await desk.idle()
    assert world.status(run) is RunStatus.SUCCEEDED
    assert [r.task for r in world.executor.requests] == ["clean", "report"]
    assert run.options["only"] == ["clean"]
    assert run.options["reach"] == "downstream"
    assert run.total == 2
    assert run.dag_hash != load(world.folder / "etl.toml").version.dag_hash


async def test_what_goes_on_keeps_to_its_tasks_however_the_file_has_grown(
    world: World,
) -> None:
    world.scripts["clean"] = Scripted(outcome=Failed(reason="exit 2", exit_code=2))
    async with world.desk() as desk:
        run = desk.start(RunCommand(dag=part(world, "clean", downstream=True)))
        await desk.idle()
        assert world.status(run) is RunStatus.FAILED
        grown = ETL.replace('cmd = "clean"', 'cmd = "cleaner"')
        grown += '[tasks.new]\ncmd = "new"\ndepends_on = ["clean"]\n'
        (world.folder / "etl.toml").write_text(grown)
        world.scripts.clear()
        wanted = resuming.plan(
            world.store,
            world.store.find_run(run.run_id),
            _current(world, run.run_id),
            {},
        )
        reasons = {one.task: one.reason for one in wanted.preview.choices}
        assert reasons == {
            "clean": "definition changed: cmd",
            "report": "clean did not succeed",
        }
        desk.resume(run.run_id)
        await desk.idle()
        assert world.status(run) is RunStatus.SUCCEEDED
        desk.retry(run.run_id, ["clean"], downstream=True)
        await desk.idle()
    started = {request.task for request in world.executor.requests}
    assert started - {"page"} == {"clean", "report"}
    assert world.store.find_run(run.run_id).total == 2


def _current(world: World, run_id: str) -> LoadedDag | None:
    return current_dag(world.folder, world.store, world.store.find_run(run_id))


async def test_a_live_run_of_a_part_is_moved_without_growing(world: World) -> None:
    world.scripts["clean"] = Scripted(duration_ms=None)
    async with world.desk() as desk:
        run = desk.start(RunCommand(dag=part(world, "clean", downstream=True)))
        await until(lambda: world.executor.running_count)
        whole = load(world.folder / "etl.toml")
        same = edit_of(world.store, world.store.find_run(run.run_id), whole)
        assert same.refusal == "it has this version already"
        edited = ETL.replace('cmd = "report"', 'cmd = "reporter"')
        (world.folder / "etl.toml").write_text(edited)
        now = load(world.folder / "etl.toml")
        assert edit_of(world.store, run, now).applied == ("report",)
        desk.move(run.run_id, now)
        await until(lambda: world.store.find_run(run.run_id).generation == 2)
        assert set(world.statuses(run)) - {"page"} == {"clean", "report"}


async def test_a_file_without_any_of_its_tasks_ends_it(world: World) -> None:
    async with world.desk() as desk:
        run = desk.start(RunCommand(dag=part(world, "mail")))
        await desk.idle()
        without = ETL.replace("[tasks.mail]", "[tasks.post]")
        (world.folder / "etl.toml").write_text(without)
        with pytest.raises(ConfigError, match="no task any more"):
            desk.resume(run.run_id)


async def test_what_it_lacks_and_the_file_now_uses_is_told(world: World) -> None:
    world.scripts["report"] = Scripted(outcome=Failed(reason="exit 2", exit_code=2))
    async with world.desk() as desk:
        run = desk.start(RunCommand(dag=part(world, "report")))
        await desk.idle()
        uses = ETL.replace('cmd = "report"', 'cmd = "report {{ outputs.clean.n }}"')
        (world.folder / "etl.toml").write_text(uses)
        with pytest.raises(SpecValidationError, match="is left out"):
            desk.resume(run.run_id)


async def test_the_last_good_version_of_a_file_is_never_a_part(world: World) -> None:
    whole = load(world.folder / "etl.toml")
    async with world.desk() as desk:
        for loaded in (whole, part(world, "mail")):
            desk.start(RunCommand(dag=loaded))
            await desk.idle()
            await world.clock.advance(1_000)
    (world.folder / "etl.toml").write_text("tasks = 3")
    [file] = folder_state(world.folder, None, world.store).files
    assert file.loaded is None
    assert file.last_good is not None
    assert file.last_good.version.dag_hash == whole.version.dag_hash
