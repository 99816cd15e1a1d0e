"""A database that another program keeps locked: waited for, and its holder named."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from leo_engine.clock import SystemClock
from leo_engine.errors import LeaseLostError, StoreError
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.event import AttemptStarted
from leo_engine.state.status import RunStatus
from leo_engine.store.connection import connect
from leo_engine.store.lock_holder import lock_holders
from leo_engine.store.sqlite import SqliteStore, Terms, open_store
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import LEASE_MS, Pen

LEASE_OF_RUN_MS = 240
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".leo" / "leo.db"


@contextmanager
def locked(path: Path, how: str = "BEGIN IMMEDIATE") -> Iterator[int]:
    """Have another process keep the file locked; its pid."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        try:
            yield holder.pid
        finally:
            holder.kill()


def impatient(path: Path) -> SqliteStore:
    return open_store(path, Terms(clock=SystemClock(), lock_wait_ms=1))


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


async def test_who_keeps_the_file_locked_is_named_to_every_writer(path: Path) -> None:
    with closing(impatient(path)) as store:
        pen = Pen.of(store)
        with locked(path) as pid:
            with pytest.raises(StoreError, match=rf"locked by python\S* \(pid {pid}\)"):
                await store.append(pen.begun())
            with pytest.raises(StoreError, match=rf"\(pid {pid}\); end it"):
                store.release(pen.row.run_key, epoch=1)


def test_a_holder_that_is_stopped_is_said_to_be_and_how_it_goes_on(path: Path) -> None:
    with closing(impatient(path)) as store:
        pen = Pen.of(store)
        with locked(path) as pid:
            stop(pid)
            how = rf"\(pid {pid}, stopped: `kill -CONT {pid}` lets it go on\)"
            with pytest.raises(StoreError, match=how):
                store.release(pen.row.run_key, epoch=1)


def test_those_who_only_read_hold_nothing(path: Path) -> None:
    with closing(impatient(path)) as store:
        Pen.of(store)
        with locked(path, "SELECT count(*) FROM runs"):
            assert lock_holders(path) == []


def test_a_lock_on_the_whole_file_is_found_as_well(tmp_path: Path) -> None:
    path = tmp_path / "rollback.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with locked(path, "BEGIN EXCLUSIVE") as pid:
        (named,) = lock_holders(path)
        assert f"pid {pid}" in named


def test_nobody_is_named_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert lock_holders(tmp_path / "nowhere.db") == []


async def test_a_write_that_waited_past_its_lease_renews_it(path: Path) -> None:
    clock = FakeClock()
    with closing(open_store(path, Terms(clock=clock, lease_ms=LEASE_MS))) as store:
        pen = Pen.of(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = store.append(pen.begun())
            await clock.advance(LEASE_MS * 2)
            assert not waiting.done()
            other.execute("ROLLBACK")
        assert await waiting == LEASE_MS * 3


async def test_a_write_that_waited_is_refused_when_another_took_the_run_meanwhile(
    path: Path,
) -> None:
    clock = FakeClock()
    terms = Terms(clock=clock, lease_ms=LEASE_MS)
    with (
        closing(open_store(path, terms)) as ours,
        closing(open_store(path, terms)) as theirs,
    ):
        pen = Pen.of(ours)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = ours.append(pen.begun())
            await clock.advance(LEASE_MS)
            other.execute("ROLLBACK")
            # Nothing of ours runs before this: the loop does not get a turn.
            assert theirs.take(pen.row.run_key, owner="host:2").epoch == 2
        with pytest.raises(LeaseLostError):
            await waiting
        assert list(theirs.events(pen.row.run_key)) == []


class Blocker:
    """Another program that locks the file when the first task starts, for a while."""

    def __init__(self, path: Path, for_ms: int) -> None:
        self._path = path
        self._for_ms = for_ms
        self._other: sqlite3.Connection | None = None
        self.is_over = False

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Lock the file at the first start that is told of."""
        del run
        if self._other is None and isinstance(write.events[-1], AttemptStarted):
            self._other = sqlite3.connect(self._path, isolation_level=None)
            self._other.execute("BEGIN IMMEDIATE")
            loop = asyncio.get_running_loop()
            loop.call_later(self._for_ms / 1000, self._let_go)

    def _let_go(self) -> None:
        assert self._other is not None
        self._other.execute("ROLLBACK")
        self._other.close()
        self.is_over = True


async def test_a_run_waits_for_a_lock_that_outlasts_its_lease_and_loses_nothing(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "ledger"
    dag = "".join(
        f"[tasks.{task}]\ncmd = 'echo {task} >> {ledger}'\ndepends_on = {before}\n"
        for task, before in (("a", []), ("b", ["a"]), ("c", ["b"]))
    )
    (tmp_path / "chain.toml").write_text(dag)
    short = msgspec.structs.replace(settings(str(tmp_path)), lease_ms=LEASE_OF_RUN_MS)
    blocker = Blocker(tmp_path / ".leo" / "leo.db", LEASE_OF_RUN_MS * 2)
    with Engine(short) as engine:
        loaded = engine.load("chain")
        command = RunCommand(dag=loaded, params={})
        (result,) = await engine.run([command], observer=blocker)
        assert blocker.is_over
        assert result.run.status is RunStatus.SUCCEEDED
        assert engine.verify("last") == []
    assert ledger.read_text().split() == ["a", "b", "c"]
    with closing(
        open_store(tmp_path / ".leo" / "leo.db", Terms(clock=SystemClock()))
    ) as store:
        lease = store.lease(result.run.run_key)
        assert lease is not None
        assert lease.epoch == 1
