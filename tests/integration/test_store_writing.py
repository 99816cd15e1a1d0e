"""How the store commits: in groups, in order, and how it waits."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from leo_engine.clock import SystemClock
from leo_engine.errors import LeaseLostError, StoreError
from leo_engine.ports import Instant, Lease, PoolClaim, RunFilter
from leo_engine.state.event import ConditionEvaluated, RunPaused
from leo_engine.state.rows import AttemptRow, OutputRow
from leo_engine.state.status import TaskStatus
from leo_engine.store import writer
from leo_engine.store.sqlite import SqliteStore, Terms, open_store
from leo_engine.testing.builders import with_fields
from leo_engine.testing.run_rows import START_MS, VERSION, Pen, run_row

Open = Callable[..., SqliteStore]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".leo" / "leo.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Open]:
    stores: list[SqliteStore] = []

    def open_it(**terms: object) -> SqliteStore:
        whole = {"clock": SystemClock(), **terms}
        stores.append(open_store(path, Terms(**whole)))  # type: ignore[arg-type]
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


def commits(store: SqliteStore) -> list[str]:
    """Return a list that grows with every commit of the store."""
    seen: list[str] = []

    def trace(statement: str) -> None:
        if statement == "COMMIT":
            seen.append(statement)

    store._writer._connection.set_trace_callback(trace)
    return seen


def seqs(store: SqliteStore, pen: Pen) -> list[int]:
    return [stored.seq for stored in store.events(pen.row.run_key)]


async def test_what_a_turn_of_the_loop_appends_is_one_transaction(opened: Open) -> None:
    store = opened()
    pens = [Pen.of(store, run_row(n, concurrency_key=f"{n}")) for n in range(3)]
    seen = commits(store)
    await asyncio.gather(
        *(store.append(pen.write(RunPaused(at_ms=START_MS))) for pen in pens * 50)
    )
    assert len(seen) == 1
    for pen in pens:
        assert seqs(store, pen) == list(range(1, 51))


async def test_rows_of_one_task_in_a_group_are_written_once_the_last_wins(
    opened: Open,
) -> None:
    store = opened()
    pen = Pen.of(store)
    statements: list[str] = []
    store._writer._connection.set_trace_callback(statements.append)
    await asyncio.gather(
        store.append(pen.begun()),
        store.append(pen.started("a")),
        store.append(pen.succeeded("a")),
    )
    updates = [text for text in statements if "UPDATE task_runs" in text]
    assert len(updates) == 1
    assert store.tasks(pen.row.run_key)[0].status is TaskStatus.SUCCEEDED


async def test_a_refused_write_takes_nothing_of_its_group_along(opened: Open) -> None:
    store = opened()
    good = Pen.of(store)
    stale = Pen.of(store, run_row(2, concurrency_key="2"))
    stale.epoch = 7
    results = await asyncio.gather(
        store.append(good.begun()),
        store.append(stale.begun()),
        store.append(good.started("a")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [
        int,
        LeaseLostError,
        int,
    ]
    assert seqs(store, good) == [1, 2]
    assert seqs(store, stale) == []


@pytest.mark.parametrize(
    "rows",
    [
        {"outputs": [OutputRow(task="a", registered="\ud800")]},
        {"outputs": [OutputRow(task="a", output={"object": object()})]},
        {"attempts": [AttemptRow(task="a", attempt=1, started_ms=1, cpu_ms=2**80)]},
    ],
    ids=["surrogate", "object", "integer"],
)
async def test_a_write_that_cannot_be_stored_takes_nothing_of_its_group_along(
    opened: Open, rows: dict[str, object]
) -> None:
    store = opened()
    good = Pen.of(store)
    bad = Pen.of(store, run_row(2, concurrency_key="2"))
    poison = with_fields(bad.write(RunPaused(at_ms=START_MS)), **rows)
    results = await asyncio.gather(
        store.append(good.begun()),
        store.append(poison),
        store.append(good.started("a")),
        store.append(bad.begun()),
        return_exceptions=True,
    )
    assert isinstance(results[0], int)
    assert isinstance(results[2], int)
    assert isinstance(results[1], StoreError)
    assert isinstance(results[3], StoreError)
    assert seqs(store, good) == [1, 2]
    assert seqs(store, bad) == []
    assert store.attempts(good.row.run_key) != []


async def test_an_event_that_cannot_be_encoded_is_refused_whole(opened: Open) -> None:
    store = opened()
    pen = Pen.of(store)
    bad = ConditionEvaluated(at_ms=START_MS, task="a", holds=False, error="\ud800")
    with pytest.raises(StoreError, match="cannot be stored"):
        await store.append(pen.write(RunPaused(at_ms=START_MS), bad))
    assert seqs(store, pen) == []


async def test_a_judge_that_fails_fails_the_claim_and_nothing_else(
    opened: Open,
) -> None:
    def judge(lease: Lease, now: Instant) -> bool:
        raise LookupError(lease, now)

    store = opened(judge=judge)
    pen = Pen.of(store)
    claims = [
        PoolClaim(run_key=pen.row.run_key, task=task, attempt=1, pool="gpu")
        for task in "ab"
    ]
    results = await asyncio.gather(
        store.append(pen.begun()),
        store.claim_pool(claims[0], limit=2),
        store.claim_pool(claims[1], limit=2),
        store.append(pen.started("a")),
        return_exceptions=True,
    )
    began, first, second, started = results
    assert isinstance(began, int)
    assert isinstance(started, int)
    assert first is True
    assert isinstance(second, LookupError)
    assert seqs(store, pen) == [1, 2]


async def test_commits_at_once_when_told_to(opened: Open) -> None:
    store = opened()
    pen = Pen.of(store)
    appended = store.append(pen.begun())
    store.flush()
    assert appended.done()
    assert seqs(store, pen) == [1]


@pytest.mark.parametrize("synced", [False, True])
async def test_any_mix_of_turns_and_flushes_keeps_the_order(
    opened: Open, *, synced: bool
) -> None:
    store = opened(synced=synced)
    pen = Pen.of(store)
    appended = []
    for number in range(200):
        appended.append(store.append(pen.write(RunPaused(at_ms=START_MS))))
        if number % 3:
            store.flush()
        if number % 5 == 0:
            await asyncio.sleep(0)
        if number % 50 == 0:
            store.keep_version(with_fields(VERSION, dag_hash=f"{number}"))
    await asyncio.gather(*appended)
    assert seqs(store, pen) == list(range(1, 201))


async def test_gives_up_on_everything_that_waits_for_a_lock(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LARGEST_GROUP", 2)
    store = opened(lock_wait_ms=0)
    pen = Pen.of(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(
            *(store.append(pen.write(RunPaused(at_ms=START_MS))) for _ in range(7)),
            return_exceptions=True,
        )
    assert [type(result) for result in results] == [StoreError] * 7


async def test_waits_for_another_program_without_blocking_the_loop(
    opened: Open, path: Path
) -> None:
    store = opened()
    pen = Pen.of(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.gather(
            store.append(pen.begun()),
            store.append(pen.started("a")),
            store.append(pen.succeeded("a")),
        )
        for _ in range(200):
            await asyncio.sleep(0)
        assert not waiting.done()
        other.execute("COMMIT")
    await waiting
    assert seqs(store, pen) == [1, 2, 3]


async def test_gives_up_on_a_lock_that_is_never_let_go_and_says_who_to_look_for(
    opened: Open, path: Path
) -> None:
    store = opened(lock_wait_ms=0)
    pen = Pen.of(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="kept locked") as refused:
            await store.append(pen.begun())
        assert str(path) in str(refused.value)
        with pytest.raises(StoreError, match="kept locked"):
            store.release(pen.row.run_key, epoch=1)
        assert store.find_run("latest").run_id == pen.row.run_id
        other.execute("COMMIT")
    with pytest.raises(StoreError, match="kept locked"):
        await store.append(pen.started("a"))
    store.release(pen.row.run_key, epoch=1)
    pen.epoch = store.take(pen.row.run_key, owner="host:1").epoch
    pen.seq = 1
    await store.append(pen.begun())
    assert seqs(store, pen) == [1]


async def test_a_caller_that_outruns_a_locked_file_is_held_back(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_LONGEST_QUEUE", 10)
    store = opened()
    pen = Pen.of(store)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    # Let go once the store waits for it inside SQLite, where it cannot be seen.
    release = threading.Timer(0.05, other.execute, ["COMMIT"])
    release.start()
    waiting = [
        asyncio.ensure_future(store.append(pen.write(RunPaused(at_ms=START_MS))))
        for _ in range(11)
    ]
    assert other.in_transaction is False
    await asyncio.gather(*waiting)
    release.join()
    other.close()
    assert seqs(store, pen) == list(range(1, 12))


async def test_a_sync_write_comes_after_what_was_appended_before_it(
    opened: Open,
) -> None:
    store = opened()
    pen = Pen.of(store)
    appended = asyncio.ensure_future(store.append(pen.begun()))
    store.release(pen.row.run_key, epoch=1)
    assert seqs(store, pen) == [1]
    await appended


async def test_closing_stores_what_was_appended(opened: Open) -> None:
    store = opened()
    pen = Pen.of(store)
    appended = store.append(pen.begun())
    store.close()
    await appended
    assert seqs(opened(), pen) == [1]


async def test_a_cancelled_caller_does_not_cancel_the_write(opened: Open) -> None:
    store = opened()
    pen = Pen.of(store)
    waiting = asyncio.ensure_future(store.append(pen.begun()))
    waiting.cancel()
    await store.append(pen.started("a"))
    assert seqs(store, pen) == [1, 2]


async def test_safe_from_a_loss_of_power_every_commit_is_synced(opened: Open) -> None:
    store = opened(synced=True)
    level = store._writer._connection.execute("PRAGMA synchronous").fetchone()
    assert level[0] == 2
    pen = Pen.of(store)
    for _ in range(3):
        await asyncio.gather(
            *(store.append(pen.write(RunPaused(at_ms=START_MS))) for _ in range(20))
        )
    last = store.append(pen.write(RunPaused(at_ms=START_MS)))
    store.release(pen.row.run_key, epoch=1)
    await last
    assert seqs(store, pen) == list(range(1, 62))


@pytest.mark.parametrize("synced", [False, True])
async def test_the_log_is_written_back_while_the_run_goes_on(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch, *, synced: bool
) -> None:
    monkeypatch.setattr(writer, "_CHECKPOINT_ROWS", 50)
    store = opened(synced=synced)
    pen = Pen.of(store)
    log = path.with_name("leo.db-wal")
    for _ in range(2_000):
        await store.append(pen.write(RunPaused(at_ms=START_MS)))
    assert seqs(store, pen) == list(range(1, 2_001))
    # Without it, 2,000 commits of at least one page each would have made 8 MB.
    assert log.stat().st_size < 8_000_000


def test_several_loops_in_several_threads_may_append(opened: Open) -> None:
    store = opened()
    pens = [Pen.of(store, run_row(n, concurrency_key=f"{n}")) for n in range(4)]

    async def write(pen: Pen) -> None:
        for _ in range(100):
            await store.append(pen.write(RunPaused(at_ms=START_MS)))

    threads = [
        threading.Thread(target=lambda pen=pen: asyncio.run(write(pen))) for pen in pens
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pen in pens:
        assert seqs(store, pen) == list(range(1, 101))


def test_a_loop_that_closed_with_writes_under_way_stops_nobody_else(
    opened: Open,
) -> None:
    store = opened()
    pen = Pen.of(store)

    async def append_and_leave() -> Awaitable[int]:
        return store.append(pen.begun())

    async def append() -> None:
        await store.append(pen.started("a"))

    with store._writer._lock:
        left = asyncio.run(append_and_leave())
    asyncio.run(append())
    assert seqs(store, pen) == [1, 2]
    assert isinstance(left, asyncio.Future)
    assert not left.done()


def test_reads_go_on_while_another_program_writes(opened: Open, path: Path) -> None:
    store = opened()
    pen = Pen.of(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM runs")
        assert store.runs(RunFilter())[0].run_id == pen.row.run_id
        other.execute("ROLLBACK")
