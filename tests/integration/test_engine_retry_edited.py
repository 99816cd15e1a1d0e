"""A retry over a mended file: only what is retried runs, as the file has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.errors import SpecError
from leo_engine.state.status import RunStatus
from place import Place

WORK = """
[tasks.done]
cmd = ". @ledger; begins; ends 0"
[tasks.bad]
depends_on = ["done"]
cmd = ". @ledger; begins; ends {bad}"
[tasks.worse]
cmd = ". @ledger; begins; ends 4"
[tasks.after]
depends_on = ["bad"]
cmd = ". @ledger; begins; ends 0"
"""
NEW = """
[tasks.new]
cmd = ". @ledger; begins; ends 0"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    made.write_dag(WORK.format(bad=3))
    yield made
    made.clear()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    with Engine(settings(str(place.dags), slots=4)) as engine:
        yield engine


async def failed_run(engine: Engine) -> RunResult:
    [result] = await engine.run([RunCommand(dag=engine.load("work"))])
    assert result.run.status is RunStatus.FAILED
    return result


def begun(place: Place) -> list[str]:
    return [one.attempt.task for one in place.ledger.read()[0]]


async def test_what_is_retried_runs_as_the_mended_file_has_it(
    place: Place, engine: Engine
) -> None:
    run_id = (await failed_run(engine)).run.run_id
    place.write_dag(WORK.format(bad=0))
    assert engine.is_edited(run_id)
    again = await engine.retry(run_id, ["bad"], edited=True)
    rows = {row.task: row for row in engine.run_detail(run_id).tasks}
    assert {name: str(row.status) for name, row in rows.items()} == {
        "done": "succeeded",
        "bad": "succeeded",
        "worse": "failed",
        "after": "succeeded",
    }
    assert again.run.run_id == run_id
    assert not engine.is_edited(run_id)
    assert sorted(begun(place)) == ["after", "bad", "bad", "done", "worse"]
    assert engine.verify(run_id) == []


async def test_without_asking_for_it_the_old_version_is_retried(
    place: Place, engine: Engine
) -> None:
    run_id = (await failed_run(engine)).run.run_id
    place.write_dag(WORK.format(bad=0))
    again = await engine.retry(run_id, ["bad"])
    assert again.run.status is RunStatus.FAILED
    assert engine.is_edited(run_id)


async def test_the_preview_says_what_a_retry_over_the_file_runs(
    place: Place, engine: Engine
) -> None:
    run_id = (await failed_run(engine)).run.run_id
    place.write_dag(WORK.format(bad=0) + NEW)
    preview = engine.preview_retry(run_id, ["bad"], edited=True)
    runs = {
        choice.task: choice.reason for choice in preview.choices if not choice.keeps
    }
    assert runs == {
        "bad": "retried",
        "after": "waits for a retried task",
        "new": "new",
    }
    await engine.retry(run_id, ["bad"], edited=True)
    assert "new" in begun(place)
    assert engine.verify(run_id) == []


async def test_a_desk_retries_over_the_mended_file_as_well(
    place: Place, engine: Engine
) -> None:
    run_id = (await failed_run(engine)).run.run_id
    place.write_dag(WORK.format(bad=0).replace("ends 4", "ends 0"))

    def trouble(name: str, error: Exception) -> None:
        raise AssertionError(f"{name}: {error}")

    async with engine.desk(on_trouble=trouble) as desk:
        desk.retry(run_id, edited=True)
        await desk.idle()
    assert engine.find(run_id).status is RunStatus.SUCCEEDED
    assert begun(place).count("done") == 1
    assert engine.verify(run_id) == []


async def test_a_file_that_is_broken_is_no_edit_to_go_on_over(
    place: Place, engine: Engine
) -> None:
    run_id = (await failed_run(engine)).run.run_id
    place.write_dag("[tasks.done]\ncmdd = 1\n")
    assert not engine.is_edited(run_id)


async def test_the_old_version_is_retried_however_broken_the_file_is(
    place: Place, engine: Engine
) -> None:
    run_id = (await failed_run(engine)).run.run_id
    place.write_dag("[tasks.done]\ncmdd = 1\n")
    trouble: list[Exception] = []
    async with engine.desk(on_trouble=lambda _, error: trouble.append(error)) as desk:
        desk.retry(run_id, ["bad"])
        await desk.idle()
        with pytest.raises(SpecError, match="cmdd"):
            desk.retry(run_id, ["bad"], edited=True)
    assert trouble == []
    assert begun(place).count("bad") == 2
    assert begun(place).count("done") == 1
    assert engine.verify(run_id) == []
