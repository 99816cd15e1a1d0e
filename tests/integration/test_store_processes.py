"""Several processes on one file: one owner, no lost write, no pool over its limit."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.clock import SystemClock
from leo_engine.errors import LeaseLostError, RunBusyError
from leo_engine.ports import PoolClaim, RunFilter, RunRequest
from leo_engine.store.sqlite import SqliteStore, Terms, open_store
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import START_MS, Pen, prepared, run_row

LEASE_MS = 30_000
COMMON = """
import asyncio, os, sys
from pathlib import Path
from leo_engine.clock import SystemClock
from leo_engine.errors import RunBusyError
from leo_engine.ports import Created, PoolClaim
from leo_engine.state.event import RunPaused
from leo_engine.store.sqlite import Terms, open_store
from leo_engine.testing.run_rows import Pen, prepared, run_row

path, number, gun = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
os.read(gun, 1)  # The end of the pipe: everybody starts at once.
store = open_store(path, Terms(clock=SystemClock()))
"""
GLANCE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM runs").fetchall()
connection.close()
"""
SAME = """
answer = prepared(store, run_row(number + 1), owner=f"host:{number}")
print(type(answer).__name__)
"""
DIFFERENT = """
row = run_row(number + 1, input_hash=f"{number}")
print(type(prepared(store, row, owner=f"host:{number}")).__name__)
"""
NEW = """
row = run_row(number + 1, options={"max_active_runs": 3})
print(type(prepared(store, row, owner=f"host:{number}", new=True)).__name__)
"""
TAKE = """
try:
    print(store.take(1, owner=f"host:{number}").epoch)
except RunBusyError:
    print("owned")
"""
WRITE = """
async def main():
    pen = Pen.of(store, run_row(number + 1, concurrency_key=f"{number}"))
    for _ in range(50):
        await store.append(pen.write(RunPaused(at_ms=1)))
    await asyncio.gather(
        *(store.append(pen.write(RunPaused(at_ms=1))) for _ in range(50))
    )
asyncio.run(main())
print("written")
"""
CLAIM = """
async def main():
    pen = Pen.of(store, run_row(number + 1, concurrency_key=f"{number}"))
    claim = PoolClaim(run_key=pen.row.run_key, task="a", attempt=1, pool="gpu")
    print(await store.claim_pool(claim, limit=3))
asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".leo" / "leo.db"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START_MS)


@pytest.fixture
def pair(path: Path, clock: FakeClock) -> Iterator[tuple[SqliteStore, SqliteStore]]:
    """Two openings of one file, as two processes have them."""
    terms = Terms(clock=clock, lease_ms=LEASE_MS)
    with ExitStack() as closing:
        stores = open_store(path, terms), open_store(path, terms)
        for store in stores:
            closing.callback(store.close)
        yield stores


def at_once(script: str, path: Path, processes: int) -> Counter[str]:
    """Run the script in so many processes at the same moment; count what they print."""
    gun, trigger = os.pipe()
    command = [sys.executable, "-c", COMMON + script, str(path)]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, str(number), str(gun)],
                    stdout=subprocess.PIPE,
                    text=True,
                    pass_fds=[gun],
                )
            )
            for number in range(processes)
        ]
        os.close(gun)
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        os.close(trigger)
        answers = [process.communicate()[0].strip() for process in running]
        assert [process.returncode for process in running] == [0] * processes
    return Counter(answers)


def stored(path: Path) -> SqliteStore:
    return open_store(path, Terms(clock=SystemClock()))


@pytest.mark.timeout(60)
def test_of_sixteen_processes_that_want_the_same_run_one_creates_it(path: Path) -> None:
    assert at_once(SAME, path, 16) == {"Created": 1, "Reuse": 15}
    store = stored(path)
    assert len(store.runs(RunFilter())) == 1
    store.close()


@pytest.mark.timeout(60)
def test_of_processes_that_want_different_runs_of_one_key_one_is_not_turned_away(
    path: Path,
) -> None:
    assert at_once(DIFFERENT, path, 8) == {"Created": 1, "Busy": 7}


@pytest.mark.timeout(60)
def test_of_processes_that_insist_as_many_are_let_in_as_may_be_active(
    path: Path,
) -> None:
    assert at_once(NEW, path, 8) == {"Created": 3, "Busy": 5}


@pytest.mark.timeout(60)
def test_of_processes_that_take_an_abandoned_run_one_gets_it(path: Path) -> None:
    store = stored(path)
    store.release(Pen.of(store).row.run_key, epoch=1)
    store.close()
    assert at_once(TAKE, path, 8) == {"2": 1, "owned": 7}


@pytest.mark.timeout(60)
def test_processes_that_write_at_the_same_time_lose_nothing(path: Path) -> None:
    assert at_once(WRITE, path, 8) == {"written": 8}
    store = stored(path)
    for run in store.runs(RunFilter()):
        seqs = [event.seq for event in store.events(run.run_key)]
        assert seqs == list(range(1, 101))
    assert store.check() == []
    store.close()


@pytest.mark.timeout(60)
def test_processes_together_never_claim_more_of_a_pool_than_there_is(
    path: Path,
) -> None:
    assert at_once(CLAIM, path, 8) == {"True": 3, "False": 5}


async def test_an_owner_that_slept_through_its_lease_writes_nothing(
    pair: tuple[SqliteStore, SqliteStore], clock: FakeClock
) -> None:
    ours, theirs = pair
    pen = Pen.of(ours)
    key = pen.row.run_key
    await ours.append(pen.begun())
    await clock.advance(LEASE_MS)
    epoch = theirs.take(key, owner="host:2").epoch
    with pytest.raises(LeaseLostError):
        await ours.append(pen.started("a"))
    successor = Pen(theirs, pen.row, epoch=epoch, seq=2)
    await theirs.append(successor.started("b"))
    assert [row.task for row in ours.attempts(key)] == ["b"]
    with pytest.raises(LeaseLostError):
        await ours.heartbeat(key, epoch=1)


async def test_an_owner_that_slept_and_was_not_replaced_goes_on(
    pair: tuple[SqliteStore, SqliteStore], clock: FakeClock
) -> None:
    ours, theirs = pair
    pen = Pen.of(ours)
    await clock.advance(LEASE_MS * 2)
    await ours.append(pen.begun())
    await ours.heartbeat(pen.row.run_key, epoch=1)
    with pytest.raises(RunBusyError):
        theirs.take(pen.row.run_key, owner="host:2")


async def test_a_run_that_comes_back_goes_on_where_others_left_its_journal(
    pair: tuple[SqliteStore, SqliteStore], clock: FakeClock
) -> None:
    ours, theirs = pair
    pen = Pen.of(ours)
    key = pen.row.run_key
    await ours.append(pen.begun())
    ours.release(key, epoch=1)
    second = Pen(
        theirs,
        pen.row,
        epoch=theirs.take(key, owner="host:2").epoch,
        seq=2,
    )
    await theirs.append(second.started("a"))
    theirs.release(key, epoch=second.epoch)
    pen.epoch = ours.take(key, owner="host:1").epoch
    pen.seq = 3
    await ours.append(pen.succeeded("a"))
    assert [event.seq for event in theirs.events(key)] == [1, 2, 3]


async def test_a_request_of_one_process_moves_the_revision_of_another(
    pair: tuple[SqliteStore, SqliteStore],
) -> None:
    ours, theirs = pair
    key = Pen.of(ours).row.run_key
    before = ours.revision()
    number = theirs.request(key, RunRequest(action="cancel", at_ms=START_MS))
    assert ours.revision() != before
    assert [wanted.request_id for wanted in ours.open_requests(key)] == [number]
    ours.answer(number, "cancelled")
    assert theirs.answer_to(number) == "cancelled"


async def test_slots_that_were_claimed_before_a_take_over_are_given_back_unasked(
    pair: tuple[SqliteStore, SqliteStore], clock: FakeClock
) -> None:
    ours, theirs = pair
    pen = Pen.of(ours)
    other = Pen.of(ours, run_row(2, concurrency_key="2"))
    key = pen.row.run_key
    await ours.append(pen.started("a"))
    held = PoolClaim(run_key=key, task="a", attempt=1, pool="gpu")
    assert await ours.claim_pool(held, limit=1)
    ours.release(key, epoch=1)
    epoch = theirs.take(key, owner="host:2").epoch
    await theirs.append(Pen(theirs, pen.row, epoch=epoch, seq=pen.seq).succeeded("a"))
    wanted = PoolClaim(run_key=other.row.run_key, task="b", attempt=1, pool="gpu")
    assert await ours.claim_pool(wanted, limit=1)


def test_a_log_in_use_outlives_whoever_closes_the_file_meanwhile(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".leo" / "leo.db"
    terms = Terms(clock=SystemClock())
    log = path.with_name("leo.db-wal")
    # The second one is opened by the same process, which then looks again.
    with closing(open_store(path, terms)) as store, closing(open_store(path, terms)):
        number = log.stat().st_ino
        subprocess.run([sys.executable, "-c", GLANCE, str(path)], check=True)
        assert log.stat().st_ino == number
        prepared(store, run_row(1))
        subprocess.run([sys.executable, "-c", GLANCE, str(path)], check=True)
        assert log.stat().st_ino == number
    with closing(open_store(path, terms)) as again:
        assert len(again.runs(RunFilter())) == 1


async def test_threads_that_look_at_a_folder_open_its_store_once(
    tmp_path: Path,
) -> None:
    with Engine(settings(str(tmp_path))) as engine:
        opened = await asyncio.gather(
            *[asyncio.to_thread(engine._opened) for _ in range(8)]
        )
        assert len({id(store) for store in opened}) == 1
