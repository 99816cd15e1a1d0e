"""What one engine shows while another one drives: as a screen's two threads do."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.errors import RunBusyError, RunNotFoundError
from leo_engine.ports import Retention, RunFilter
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus

TWO = """
[tasks.a]
cmd = "echo from a"
[tasks.b]
depends_on = ["a"]
cmd = "while ! test -e flag; do sleep 0.01; done"
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(settings(str(tmp_path), slots=4)) as engine:
        yield engine


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Engine]:
    with Engine(settings(str(tmp_path))) as reader:
        yield reader


async def run(engine: Engine, name: str) -> RunResult:
    (result,) = await engine.run([RunCommand(dag=engine.load(name))])
    return result


async def eventually(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not is_so():  # noqa: ASYNC110 -- another engine rings no bell
            await asyncio.sleep(0.01)


def is_busy_with(reader: Engine, task: str) -> bool:
    if not reader.revision():
        return False
    rows = reader.run_detail("last").tasks
    return any(row.task == task and row.status == "running" for row in rows)


async def test_a_run_is_followed_by_asking_now_and_then(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "two.toml").write_text(TWO)
    assert reader.revision() == 0
    running = asyncio.create_task(run(engine, "two"))
    await eventually(lambda: is_busy_with(reader, "b"))
    before = reader.revision()
    follower = reader.follower("last")
    rows: dict[str, TaskRow] = {}

    def take() -> None:
        while (news := follower.news(limit=2)) is not None:
            rows.update({row.task: row for row in news.tasks})

    take()
    assert {name: str(row.status) for name, row in rows.items()} == {
        "a": "succeeded",
        "b": "running",
    }
    (tmp_path / "flag").touch()
    await running
    assert reader.revision() != before
    take()
    assert follower.run.status is RunStatus.SUCCEEDED
    assert rows == {row.task: row for row in reader.run_detail("last").tasks}


async def test_a_run_s_dag_is_the_one_it_began_with(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "flag").touch()
    (tmp_path / "two.toml").write_text(TWO)
    assert reader.durations("two") == {}
    result = await run(engine, "two")
    (tmp_path / "two.toml").write_text("[tasks.other]\ncmd = 'true'\n")
    assert [task.id for task in reader.dag_of(result.run).tasks] == ["a", "b"]
    assert set(reader.durations("two")) == {"a", "b"}


async def test_an_ended_run_is_deleted_with_all_it_left(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "two.toml").write_text(TWO)
    running = asyncio.create_task(run(engine, "two"))
    await eventually(lambda: is_busy_with(reader, "b"))
    with pytest.raises(RunBusyError, match="has not ended"):
        reader.delete_run("last")
    (tmp_path / "flag").touch()
    run_id = (await running).run.run_id
    (tmp_path / "leo.toml").write_text("wrong = true\n")
    removed = reader.delete_run(run_id)
    assert removed.run_id == run_id
    with pytest.raises(RunNotFoundError):
        reader.find(run_id)
    assert list((tmp_path / ".leo" / "runs").iterdir()) == []
    assert list((tmp_path / ".leo" / "staging").iterdir()) == []
    actions = [entry.action for entry in reader._opened().audit()]
    assert "remove run" in actions


async def test_what_attempts_and_the_machine_use_is_measured(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "two.toml").write_text(TWO)
    (tmp_path / "parent.toml").write_text("[tasks.inner]\ndag = 'two'\n")
    running = asyncio.create_task(run(engine, "parent"))

    def handles() -> list[str]:
        runs = reader.runs(RunFilter()) if reader.revision() else []
        return [
            row.handle
            for run in runs
            for row in reader.run_detail(run.run_id).attempts
            if row.handle
        ]

    await eventually(lambda: len(handles()) == 3)
    (child,) = reader.runs(RunFilter(dag="two"))
    live = reader.run_detail(child.run_id).attempts[-1].handle
    used = reader.sample([*handles(), ""])
    assert list(used) == [live]
    assert used[live].rss_bytes > 0
    first = reader.host_sample()
    assert (first.period_ms, first.disk_bytes, first.net_bytes) == (0, 0, 0)
    assert 0 < first.memory_used_bytes < first.memory_total_bytes
    second = reader.host_sample()
    assert 0 <= second.cpu_percent <= 100
    (tmp_path / "flag").touch()
    await running


async def test_a_folder_s_state_needs_no_store_and_knows_one_that_is_there(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "flag").touch()
    (tmp_path / "two.toml").write_text(TWO)
    state = reader.folder_state()
    assert [one.loaded is not None for one in state.files] == [True]
    assert not (tmp_path / ".leo").exists()
    await run(engine, "two")
    (tmp_path / "two.toml").write_text("[tasks.")
    with Engine(settings(str(tmp_path))) as another:
        (broken,) = another.folder_state().files
    assert broken.loaded is None
    assert broken.last_good is not None
    assert [task.id for task in broken.last_good.dag.tasks] == ["a", "b"]


async def test_a_live_run_s_story_is_told_as_far_as_it_goes(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "two.toml").write_text(TWO)
    running = asyncio.create_task(run(engine, "two"))
    await eventually(lambda: is_busy_with(reader, "b"))
    so_far = reader.story("last")
    assert so_far.moments[-1].status is RunStatus.RUNNING
    (tmp_path / "flag").touch()
    await running
    story = reader.story("last")
    assert story.moments[: len(so_far.moments)] == so_far.moments
    assert story.moments[-1].status is RunStatus.SUCCEEDED


SPEAKS = """
[tasks.speaks]
cmd = "for n in 1 2 3; do echo line $n; sleep 0.3; done"
"""


async def test_when_output_arrived_is_known_and_goes_with_the_run(
    tmp_path: Path, engine: Engine, reader: Engine
) -> None:
    (tmp_path / "speaks.toml").write_text(SPEAKS)
    ended = (await run(engine, "speaks")).run
    (log,) = reader.logs("last", "speaks")
    arrivals = reader.arrivals(log)
    assert list(arrivals.offset_bytes) == [7, 14, 21]
    first, second, third = arrivals.at_ms
    assert ended.created_ms <= first
    assert second - first >= 250
    assert third - second >= 250
    assert reader.verify("last") == []
    archive = reader.export("last", tmp_path / "run.tar.gz", with_logs=True)
    assert isinstance(archive, Path)
    reader.gc(Retention(keep_runs=0), dry_run=False)
    assert list((tmp_path / ".leo" / "runs").iterdir()) == []
