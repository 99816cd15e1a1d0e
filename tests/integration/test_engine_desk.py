"""A desk over real processes and the real database, beside other engines."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from leo_engine.errors import ConfigError, RunEndedError
from leo_engine.ports import JournalWrite, RunFilter, RunRow
from leo_engine.state.status import RunStatus
from place import Place, wait_until

WORK = """
[tasks.done]
cmd = ". @ledger; begins; ends 0"

[tasks.long]
depends_on = ["done"]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"

[tasks.after]
depends_on = ["long"]
cmd = ". @ledger; begins; ends 0"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    made.write_dag(WORK.format(flag=made.folder / "flag"))
    yield made
    made.clear()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    with Engine(settings(str(place.dags), slots=4)) as engine:
        yield engine


def trouble(name: str, error: Exception) -> None:
    raise AssertionError(f"{name}: {error}")


class Told:
    """Which events the observer has been told of: (run id, number)."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Remember them."""
        numbers = range(write.first_seq, write.first_seq + len(write.events))
        self.events += [(run.run_id, number) for number in numbers]


def begun(place: Place) -> list[str]:
    return [one.attempt.task for one in place.ledger.read()[0]]


def open_flag(place: Place) -> None:
    (place.folder / "flag").touch()


async def eventually(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not is_so():  # noqa: ASYNC110 -- another process rings no bell
            await asyncio.sleep(0.01)


def command(engine: Engine) -> RunCommand:
    loaded = engine.load("work")
    return RunCommand(dag=loaded, params=engine.bind_params(loaded.dag, {}))


async def test_what_a_killed_engine_left_is_adopted_and_nothing_starts_twice(
    place: Place, engine: Engine
) -> None:
    leo = place.start("--once", "work")
    assert wait_until(lambda: "long" in begun(place)), place.last_words()
    leo.kill()
    leo.wait()
    async with engine.desk(on_trouble=trouble) as desk:
        (run,) = desk.adopt()
        assert [row.run_id for row in desk.active()] == [run.run_id]
        open_flag(place)
        await desk.idle()
    assert engine.find("last").status is RunStatus.SUCCEEDED
    assert begun(place) == ["done", "long", "after"]
    assert engine.verify("last") == []


async def test_a_run_of_another_process_is_acted_on_by_request(
    place: Place, engine: Engine
) -> None:
    leo = place.start("--once", "work")
    assert wait_until(lambda: "long" in begun(place)), place.last_words()
    async with engine.desk(on_trouble=trouble) as desk:
        assert desk.start(command(engine)).run_id == engine.find("last").run_id
        desk.cancel("last", by="ann")
        await eventually(lambda: engine.find("last").status is RunStatus.CANCELLED)
        assert desk.active() == []
        leo.wait()
        open_flag(place)
        desk.retry("last")
        await desk.idle()
    assert engine.find("last").status is RunStatus.SUCCEEDED
    assert engine.verify("last") == []


async def test_what_is_left_goes_on_and_is_there_to_be_adopted(
    place: Place, engine: Engine
) -> None:
    async with engine.desk(on_trouble=trouble) as desk:
        run = desk.start(command(engine))
        await eventually(lambda: "long" in begun(place))
    assert engine.find(run.run_id).status is RunStatus.INTERRUPTED
    assert "still runs" in engine.remains(run.run_id)["long"].text
    open_flag(place)
    async with engine.desk(on_trouble=trouble) as desk:
        desk.adopt()
        await desk.idle()
    assert engine.find(run.run_id).status is RunStatus.SUCCEEDED
    assert begun(place) == ["done", "long", "after"]


async def test_a_wrong_leo_toml_keeps_runs_from_beginning_and_not_the_desk_from_opening(
    place: Place, engine: Engine
) -> None:
    wrong = place.dags / "leo.toml"
    open_flag(place)
    wanted = command(engine)
    wrong.write_text("retention = 3\n")
    told: list[str] = []
    async with engine.desk(on_trouble=lambda name, _: told.append(name)) as desk:
        with pytest.raises(ConfigError, match="retention"):
            desk.start(wanted)
        assert desk.adopt() == []
        assert engine.runs(RunFilter()) == []
        wrong.write_text("log_max = '1kb'\n")
        desk.start(wanted)
        await desk.idle()
        assert engine.find("last").status is RunStatus.SUCCEEDED
    assert told == ["leo.toml"]


async def test_an_edited_run_is_resumed_and_one_that_keeps_all_is_left(
    place: Place, engine: Engine
) -> None:
    open_flag(place)
    async with engine.desk(on_trouble=trouble) as desk:
        desk.start(command(engine))
        await desk.idle()
        assert desk.resume("last").generation == 1
        assert desk.active() == []
        edited = WORK.format(flag=place.folder / "flag")
        place.write_dag(edited.replace("begins; ends 0", "begins;  ends 0"))
        desk.resume("last")
        await desk.idle()
        assert engine.find("last").generation == 2
        with pytest.raises(RunEndedError):
            desk.pause("last", by="ann")
    assert begun(place) == ["done", "long", "after"] * 2
    assert engine.verify("last") == []


EDITED = """
[tasks.done]
cmd = ". @ledger; begins; echo changed too late; ends 0"

[tasks.long]
depends_on = ["done"]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"

[tasks.after]
depends_on = ["long", "before"]
cmd = ". @ledger; begins; echo as edited; ends 0"

[tasks.before]
cmd = ". @ledger; begins; ends 0"
"""


async def test_a_run_goes_on_over_its_edited_file_and_nothing_starts_twice(
    place: Place, engine: Engine
) -> None:
    async with engine.desk(on_trouble=trouble) as desk:
        run = desk.start(command(engine))
        await eventually(lambda: "long" in begun(place))
        place.write_dag(EDITED.format(flag=place.folder / "flag"))
        loaded = engine.load("work")
        edit = engine.diff_run(run.run_id, loaded)
        assert edit.refusal == ""
        assert (set(edit.applied), edit.kept) == ({"after", "before"}, ("done",))
        desk.move(run.run_id, loaded)
        await eventually(lambda: "before" in begun(place))
        assert engine.find(run.run_id).generation == 2
        open_flag(place)
        await desk.idle()
    assert engine.find(run.run_id).status is RunStatus.SUCCEEDED
    assert begun(place) == ["done", "long", "before", "after"]
    (log,) = engine.logs(run.run_id, "after")
    assert "as edited\n" in list(engine.read_log(log))
    attempts = {row.task: row.attempt for row in engine.run_detail("last").tasks}
    assert set(attempts.values()) == {1}
    assert engine.verify(run.run_id) == []


async def test_what_has_only_just_started_is_found_again_after_a_move(
    place: Place, engine: Engine
) -> None:
    many = "".join(
        f"[tasks.t{n}]\ncmd = '. @ledger; begins; sleep 0.03; ends 0'\n"
        for n in range(30)
    )
    place.write_dag(many)
    async with engine.desk(on_trouble=trouble) as desk:
        run = desk.start(command(engine))
        for more in range(1, 6):
            await eventually(lambda wanted=more * 3: len(begun(place)) >= wanted)  # type: ignore[misc]
            place.write_dag(many + f"[tasks.more{more}]\ncmd = '{'true ' * more}'\n")
            desk.move(run.run_id, engine.load("work"))
            await eventually(
                lambda wanted=more + 1: engine.find("last").generation == wanted  # type: ignore[misc]
            )
        await desk.idle()
    assert engine.find(run.run_id).status is RunStatus.SUCCEEDED
    assert sorted(begun(place)) == sorted(f"t{n}" for n in range(30))
    assert engine.verify(run.run_id) == []


async def test_the_run_of_a_sub_dag_goes_on_while_its_parent_is_moved(
    place: Place, engine: Engine
) -> None:
    place.write_dag("[tasks.inner]\ndag = 'work'\n", "parent")
    told = Told()
    async with engine.desk(told, on_trouble=trouble) as desk:
        run = desk.start(RunCommand(dag=engine.load("parent")))
        await eventually(lambda: "long" in begun(place))
        place.write_dag(
            "[tasks.inner]\ndag = 'work'\n"
            "[tasks.next]\ndepends_on = ['inner']\ncmd = '. @ledger; begins'\n",
            "parent",
        )
        desk.move(run.run_id, engine.load("parent"))
        await eventually(lambda: engine.find(run.run_id).generation == 2)
        open_flag(place)
        await desk.idle()
    assert engine.find(run.run_id).status is RunStatus.SUCCEEDED
    assert begun(place) == ["done", "long", "after", "next"]
    assert len(told.events) == len(set(told.events))
    assert len(engine.runs(RunFilter())) == 2
    assert engine.verify(run.run_id) == []
