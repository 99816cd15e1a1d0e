"""A writer killed at any moment: what was acknowledged is there, nothing by halves."""

import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from leo_engine.clock import SystemClock
from leo_engine.ports import StoredEvent
from leo_engine.state.event import AttemptFinished, AttemptStarted, RunStarted
from leo_engine.state.status import RunStatus
from leo_engine.store.sqlite import SqliteStore, Terms, open_store

WRITER = """
import asyncio, sys
from itertools import count
from pathlib import Path
from leo_engine.clock import SystemClock
from leo_engine.store import writer
from leo_engine.store.sqlite import Terms, open_store
from leo_engine.testing.run_rows import Pen

writer._CHECKPOINT_ROWS = 100

async def main():
    store = open_store(Path(sys.argv[1]), Terms(clock=SystemClock()))
    width = int(sys.argv[2])
    pen = Pen.of(store, tasks=" ".join(f"t{number}" for number in range(5_000)))
    await store.append(pen.begun())
    for first in range(0, 5_000, width):
        names = [f"t{number}" for number in range(first, first + width)]
        await asyncio.gather(*(store.append(pen.started(name)) for name in names))
        done = [store.append(pen.succeeded(name)) for name in names]
        done.append(store.append(pen.write(succeeded=first + width)))
        await asyncio.gather(*done)
        print(pen.seq - 1, flush=True)

asyncio.run(main())
"""


def killed_after(acknowledgements: int, path: Path, width: int) -> int:
    """Kill a writer after it has reported so often; return the last number reported."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(width)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        last = 0
        for _ in range(acknowledgements):
            last = int(process.stdout.readline())
        process.kill()
        # What it managed to report before the signal hit counts as well.
        for line in process.stdout.read().split("\n")[:-1]:
            last = int(line)
    return last


def audit(store: SqliteStore, acknowledged: int) -> None:
    """Check that the journal is whole and that the rows are its projection."""
    run = store.find_run("latest")
    events = list(store.events(run.run_key))
    assert [stored.seq for stored in events] == list(range(1, len(events) + 1))
    assert len(events) >= acknowledged
    started, finished = tasks_of(events)
    rows = {row.task: row for row in store.attempts(run.run_key)}
    assert rows.keys() == started
    assert {task for task, row in rows.items() if row.outcome} == finished
    statuses = Counter(row.status.value for row in store.tasks(run.run_key))
    assert statuses["succeeded"] == len(finished)
    assert statuses["running"] == len(started) - len(finished)
    assert run.succeeded <= len(finished)
    assert store.check() == []


def tasks_of(events: list[StoredEvent]) -> tuple[set[str], set[str]]:
    started: set[str] = set()
    finished: set[str] = set()
    for stored in events:
        match stored.event:
            case AttemptStarted(task=task):
                started.add(task)
            case AttemptFinished(task=task):
                finished.add(task)
            case other:
                assert isinstance(other, RunStarted)
    return started, finished


def crash(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    width = chance.choice([1, 1, 4, 40])
    acknowledged = killed_after(chance.randint(1, 4_000 // width // 2), path, width)
    with closing(open_store(path, Terms(clock=SystemClock()))) as store:
        audit(store, acknowledged)
        run = store.find_run("latest")
        assert run.status is RunStatus.RUNNING


@pytest.mark.parametrize("seed", range(6))
def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(
    tmp_path: Path, seed: int
) -> None:
    crash(tmp_path / ".leo" / "leo.db", seed)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_killed_writers_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    for seed in range(100, 160):
        crash(tmp_path / f"{seed}" / "leo.db", seed)
