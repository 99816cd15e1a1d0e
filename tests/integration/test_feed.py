"""The feed: real runs on a thread of their own, read from another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from leo_engine.errors import RunBusyError, RunNotFoundError
from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.feed.feed import Feed
from leo_tui.feed.inbox import News
from leo_tui.feed.reading import open_run, planned

DAG = """
[tasks.first]
cmd = "{first}"
[tasks.second]
cmd = "true"
depends_on = ["first"]
"""


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Feed]:
    """Return a feed that has started, over an empty folder."""
    made = Feed(settings(str(tmp_path), slots=2))
    made.start()
    yield made
    await asyncio.to_thread(made.close)


def dag(folder: Path, first: str = "true", name: str = "etl") -> None:
    (folder / f"{name}.toml").write_text(DAG.format(first=first), encoding="utf-8")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def start(feed: Feed, name: str = "etl", *, new: bool = False) -> RunRow:
    loaded = await feed.read(lambda engine: engine.load(name))
    return await feed.do(lambda desk: desk.start(RunCommand(dag=loaded, new=new)))


async def news_until(feed: Feed, is_enough: Callable[[News], bool]) -> News:
    """Drain until some news is what was waited for."""
    while True:
        news = feed.inbox.drain()
        if news is not None and is_enough(news):
            return news
        await asyncio.sleep(0.01)


def ended(run_id: str) -> Callable[[News], bool]:
    return lambda news: run_id in news.runs and news.runs[run_id].ended_ms is not None


async def test_a_run_is_driven_to_its_end_and_told(feed: Feed, tmp_path: Path) -> None:
    dag(tmp_path)
    run = await start(feed)
    assert run.trigger == "screen"
    news = await news_until(feed, ended(run.run_id))
    assert news.runs[run.run_id].status is RunStatus.SUCCEEDED
    opened = await feed.read(lambda engine: open_run(engine, run.run_id))
    assert [row.status for row in opened.rows] == ["succeeded", "succeeded"]


async def test_looking_at_a_folder_writes_nothing_into_it(
    feed: Feed, tmp_path: Path
) -> None:
    dag(tmp_path)
    loaded = await feed.read(lambda engine: engine.load("etl"))
    model = await feed.read(lambda engine: planned(engine, loaded))
    assert await feed.poll("etl", "") is None
    assert list(model.ids) == ["first", "second"]
    assert names_in(tmp_path) == ["etl.toml"]


async def test_what_is_refused_reaches_who_asked(feed: Feed, tmp_path: Path) -> None:
    dag(tmp_path, first="sleep 60")
    run = await start(feed)
    dag(tmp_path, first="sleep 61")
    with pytest.raises(RunBusyError) as refused:
        await start(feed)
    assert refused.value.occupant == run.run_id
    with pytest.raises(RunNotFoundError):
        await feed.do(lambda desk: desk.resume("ffff"))
    await feed.do(lambda desk: desk.cancel(run.run_id, by="test"))
    news = await news_until(feed, ended(run.run_id))
    assert news.runs[run.run_id].status is RunStatus.CANCELLED


async def test_a_run_of_another_process_is_read_as_it_goes_on(
    feed: Feed, tmp_path: Path
) -> None:
    dag(tmp_path)
    with Engine(settings(str(tmp_path), slots=1)) as other:
        command = RunCommand(dag=other.load("etl"))
        [result] = await other.run([command])
    run_id = result.run.run_id
    feed.inbox.open(run_id)
    found = await feed.poll("etl", run_id)
    assert found is not None
    assert [run.run_id for run in found.runs] == [run_id]
    news = feed.inbox.drain()
    assert news is not None
    assert {row.task: row.status for row in news.tasks} == {
        "first": "succeeded",
        "second": "succeeded",
    }
    assert not feed.inbox.is_own(run_id)


async def test_an_idle_store_is_not_read_again(feed: Feed, tmp_path: Path) -> None:
    dag(tmp_path)
    run = await start(feed)
    await news_until(feed, ended(run.run_id))
    for _ in range(100):
        if await feed.poll("etl", run.run_id) is None:
            break
    assert await feed.poll("etl", run.run_id) is None


async def test_closing_lets_go_of_what_runs_and_stops_nothing(tmp_path: Path) -> None:
    dag(tmp_path, first=f"until test -e {tmp_path}/go; do sleep 0.05; done")
    feed = Feed(settings(str(tmp_path), slots=2))
    feed.start()
    run = await start(feed)
    await news_until(
        feed, lambda news: any(row.handle for row in news.attempts) or True
    )
    assert await asyncio.to_thread(feed.close)
    with Engine(settings(str(tmp_path))) as engine:
        assert engine.find(run.run_id).status is RunStatus.INTERRUPTED
    (tmp_path / "go").touch()
    again = Feed(settings(str(tmp_path), slots=2))
    again.start()
    news = await news_until(again, ended(run.run_id))
    assert news.runs[run.run_id].status is RunStatus.SUCCEEDED
    await asyncio.to_thread(again.close)


async def test_a_run_that_goes_on_is_told(tmp_path: Path) -> None:
    dag(tmp_path, "sleep 5")
    first = Feed(settings(str(tmp_path), slots=2))
    first.start()
    run = await start(first)
    await asyncio.to_thread(first.close)
    second = Feed(settings(str(tmp_path), slots=2))
    second.start()
    try:
        news = await news_until(second, lambda news: bool(news.adopted))
        assert [row.run_id for row in news.adopted] == [run.run_id]
        await second.do(lambda desk: desk.cancel(run.run_id, by="ann"))
        await news_until(second, ended(run.run_id))
    finally:
        await asyncio.to_thread(second.close)


async def test_a_task_that_is_stopped_again_is_killed_within_its_grace(
    feed: Feed, tmp_path: Path
) -> None:
    deaf = "trap '' TERM; touch deaf; while :; do sleep 0.05; done"
    dag(tmp_path, deaf)
    text = (tmp_path / "etl.toml").read_text() + '[defaults]\ngrace = "60s"\n'
    (tmp_path / "etl.toml").write_text(text)
    run = await start(feed)
    async with asyncio.timeout(15):
        while not (tmp_path / "deaf").exists():  # noqa: ASYNC110 -- a file rings no bell
            await asyncio.sleep(0.01)
        for _ in range(2):
            await feed.do(lambda desk: desk.cancel(run.run_id, ["first"], by="ann"))
        await news_until(feed, ended(run.run_id))
