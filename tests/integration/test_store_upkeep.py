"""Keeping the file small: what retention takes away, and what it gives to the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_engine.ports import Removed, Retention, RunFilter
from leo_engine.state.event import RunPaused, TasksReset
from leo_engine.store.sqlite import SqliteStore, Terms, open_store
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import START_MS, Pen, run_row

RUN_BYTES = 500_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".leo" / "leo.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = open_store(path, Terms(clock=FakeClock(START_MS)))
    yield opened
    opened.close()


async def four_large_runs(store: SqliteStore) -> list[str]:
    """Return the ids of ended runs of half a megabyte each, oldest first."""
    ids = []
    for number in range(1, 5):
        pen = Pen.of(store, run_row(number, concurrency_key=""))
        large = TasksReset(at_ms=START_MS, tasks=("x" * (RUN_BYTES // 100),))
        await store.append(pen.write(*[large] * 100))
        await store.append(pen.ended())
        ids.append(pen.row.run_id)
    return ids


def size_of(path: Path) -> int:
    return path.stat().st_size


def removed_ids(removed: Removed) -> list[str]:
    return [run.run_id for run in removed.runs]


async def test_the_oldest_runs_go_until_the_rest_fits(store: SqliteStore) -> None:
    ids = await four_large_runs(store)
    limits = Retention(max_bytes=int(RUN_BYTES * 2.5))
    planned = store.remove(limits, dry_run=True)
    removed = store.remove(limits, dry_run=False)
    assert removed_ids(planned) == removed_ids(removed) == ids[:2]
    assert [row.run_id for row in store.runs(RunFilter())] == ids[:1:-1]
    assert removed.freed_bytes == pytest.approx(planned.freed_bytes, rel=0.3)


async def test_a_database_that_fits_loses_nothing(store: SqliteStore) -> None:
    await four_large_runs(store)
    limits = Retention(max_bytes=RUN_BYTES * 8)
    assert store.remove(limits, dry_run=False) == Removed()


async def test_what_is_removed_is_given_back_to_the_disk(
    store: SqliteStore, path: Path
) -> None:
    await four_large_runs(store)
    store.remove(Retention(keep_runs=1), dry_run=False)
    assert size_of(path) < RUN_BYTES * 2
    assert size_of(path.with_name("leo.db-wal")) == 0
    assert store.check() == []


async def test_retention_has_no_effect_without_limits(store: SqliteStore) -> None:
    await four_large_runs(store)
    assert store.remove(Retention(), dry_run=False) == Removed()
    assert store.audit() == []


async def test_a_list_of_events_shows_those_added_while_it_is_read(
    store: SqliteStore,
) -> None:
    pen = Pen.of(store)
    pause = RunPaused(at_ms=START_MS)
    await store.append(pen.write(*[pause] * 1_500))
    events = store.events(pen.row.run_key)
    first = next(events)
    await store.append(pen.write(*[pause] * 1_000))
    assert [first.seq, *(stored.seq for stored in events)] == list(range(1, 2_501))
