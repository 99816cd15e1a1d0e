"""Leases that are short, an owner that is held up, a store that is locked."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.ports import RunFilter
from leo_engine.state.status import RunStatus
from place import Place

PROGRAM = str(Path(__file__).parents[1] / "support" / "leased.py")
LEASE_MS = 600
WORK = """
[tasks.long]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"
[tasks.after]
depends_on = ["long"]
cmd = ". @ledger; begins; ends 0"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    made.write_dag(WORK.format(flag=made.folder / "flag"))
    yield made
    made.clear()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    short = msgspec.structs.replace(settings(str(place.dags)), lease_ms=LEASE_MS)
    with Engine(short) as engine:
        yield engine


def start_other(place: Place) -> "subprocess.Popen[bytes]":
    return place.start_python(PROGRAM, str(place.dags), "work", str(LEASE_MS))


def begun(place: Place) -> list[str]:
    return [one.attempt.task for one in place.ledger.read()[0]]


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not is_so():  # noqa: ASYNC110 -- it happens in another process
            await asyncio.sleep(0.005)


async def run(engine: Engine) -> RunResult:
    (result,) = await engine.run([RunCommand(dag=engine.load("work"))])
    return result


async def test_an_owner_that_is_stopped_past_its_lease_loses_its_run_and_follows_it(
    place: Place, engine: Engine
) -> None:
    other = start_other(place)
    await until(lambda: "long" in begun(place))
    os.kill(other.pid, signal.SIGSTOP)
    await until(lambda: engine.find("last").status is RunStatus.INTERRUPTED)
    running = asyncio.create_task(run(engine))
    await until(lambda: engine.find("last").status is RunStatus.RUNNING)
    os.kill(other.pid, signal.SIGCONT)
    (place.folder / "flag").touch()
    result = await running
    assert result.adopted
    assert result.run.status is RunStatus.SUCCEEDED
    assert await asyncio.to_thread(other.wait) == 0
    told = json.loads(place.last_words().splitlines()[-1])
    assert told == {
        "run": result.run.run_id,
        "status": "succeeded",
        "followed": True,
        "adopted": False,
    }
    assert begun(place) == ["long", "after"]
    assert engine.verify("last") == []


async def test_an_owner_that_goes_on_when_its_run_has_ended_writes_nothing(
    place: Place, engine: Engine
) -> None:
    other = start_other(place)
    await until(lambda: "long" in begun(place))
    os.kill(other.pid, signal.SIGSTOP)
    (place.folder / "flag").touch()
    await until(lambda: engine.find("last").status is RunStatus.INTERRUPTED)
    result = await run(engine)
    assert result.run.status is RunStatus.SUCCEEDED
    before = place.stored().journals
    os.kill(other.pid, signal.SIGCONT)
    assert await asyncio.to_thread(other.wait) == 0
    assert json.loads(place.last_words().splitlines()[-1])["followed"]
    assert place.stored().journals == before
    assert begun(place) == ["long", "after"]


async def test_a_short_lease_is_kept_for_as_long_as_its_owner_lives(
    place: Place, engine: Engine
) -> None:
    other = start_other(place)
    await until(lambda: "long" in begun(place))
    looks = 0
    async with asyncio.timeout(15):
        while looks < 4 * LEASE_MS // 10:
            assert engine.find("last").status is RunStatus.RUNNING
            looks += 1
            await asyncio.sleep(0.01)
    (place.folder / "flag").touch()
    assert await asyncio.to_thread(other.wait) == 0


async def test_a_store_that_is_locked_past_the_lease_holds_a_run_up_and_ends_none(
    place: Place, engine: Engine
) -> None:
    running = asyncio.create_task(run(engine))
    await until(lambda: "long" in begun(place))
    with closing(sqlite3.connect(place.database)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        (place.folder / "flag").touch()
        await until(lambda: place.ledger.read()[1])
        # What is waited for is time itself: several heartbeats and the whole lease.
        await asyncio.sleep(3 * LEASE_MS / 1000)
        assert not running.done()
        locker.rollback()
    result = await running
    assert result.run.status is RunStatus.SUCCEEDED
    assert begun(place) == ["long", "after"]
    assert len(engine.runs(RunFilter())) == 1
    assert engine.verify("last") == []
