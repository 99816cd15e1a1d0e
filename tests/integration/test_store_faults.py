"""A damaged, read-only, full or foreign store: clear words, nothing lost."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from disk import fill, remount, small_disk
from leo_engine.clock import SystemClock
from leo_engine.errors import SchemaVersionError, StoreError
from leo_engine.ports import RunFilter
from leo_engine.state.event import RunPaused, TasksReset
from leo_engine.store.sqlite import SqliteStore, Terms, open_store
from leo_engine.testing.run_rows import START_MS, Pen

TERMS = Terms(clock=SystemClock())
DISK_BYTES = 2_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".leo" / "leo.db"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    with small_disk(place, DISK_BYTES):
        yield place


def store_with_a_run(path: Path) -> str:
    with closing(open_store(path, TERMS)) as store:
        return Pen.of(store).row.run_id


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as refused:
        open_store(path, TERMS).close()
    message = str(refused.value)
    assert str(path) in message
    return message


def test_only_the_user_may_read_what_is_stored(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(open_store(path, TERMS)) as store:
            Pen.of(store)
            modes = {
                file.name: stat.S_IMODE(file.stat().st_mode)
                for file in (path.parent, *path.parent.iterdir())
            }
    finally:
        os.umask(before)
    assert modes == {
        ".leo": 0o700,
        "leo.db": 0o600,
        "leo.db-wal": 0o600,
        "leo.db-shm": 0o600,
    }


def test_a_closed_store_leaves_a_short_log_that_the_next_one_reads(path: Path) -> None:
    stored = store_with_a_run(path)
    assert path.with_name("leo.db-wal").stat().st_size < 4 << 20
    with closing(open_store(path, TERMS)) as store:
        assert store.find_run("last").run_id == stored


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    store_with_a_run(path)


def test_a_file_that_is_no_database_is_named_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"my own notes\n" * 500)
    assert "move it away" in refusal(path)
    assert path.read_bytes() == b"my own notes\n" * 500


def test_a_newer_store_is_refused_and_left_alone(path: Path) -> None:
    store_with_a_run(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    with pytest.raises(SchemaVersionError, match="schema 7"):
        open_store(path, TERMS)
    assert path.read_bytes() == before


def test_a_damaged_page_is_found_by_check_and_reported_by_a_read(path: Path) -> None:
    run_id = store_with_a_run(path)
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'task_runs'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    with closing(open_store(path, TERMS)) as store:
        assert store.check() != []
        run = store.find_run(run_id)
        with pytest.raises(StoreError, match="damaged"):
            store.tasks(run.run_key)


def test_an_event_that_cannot_be_read_is_named(path: Path) -> None:
    store_with_a_run(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO events VALUES (1, 1, 'x', '{\"kind\":\"x\"}')")
    with (
        closing(open_store(path, TERMS)) as store,
        pytest.raises(StoreError, match="event 1 of run 1"),
    ):
        list(store.events(1))


def test_a_row_without_its_run_is_found_by_check(path: Path) -> None:
    store_with_a_run(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO events VALUES (99, 1, 'x', '{}')")
    with closing(open_store(path, TERMS)) as store:
        assert store.check() == [
            "a row of events belongs to a row of runs that is missing"
        ]


def test_a_folder_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / ".leo"
    in_the_way.write_text("a file, not a folder")
    assert "writable" in refusal(in_the_way / "leo.db")


def test_a_read_only_disk_is_named_and_nothing_is_lost(disk: Path) -> None:
    path = disk / "leo.db"
    run_id = store_with_a_run(path)
    remount(disk, "ro")
    assert "writable" in refusal(path)
    remount(disk, "rw")
    with closing(open_store(path, TERMS)) as store:
        assert store.find_run("latest").run_id == run_id


def test_a_disk_that_is_full_from_the_start_is_named(disk: Path) -> None:
    fill(disk / "filler")
    with pytest.raises(StoreError, match="free some space"):
        open_store(disk / "leo.db", TERMS)


async def test_a_full_disk_loses_nothing_and_the_run_goes_on_when_there_is_room(
    disk: Path,
) -> None:
    store = open_store(disk / "leo.db", TERMS)
    pen = Pen.of(store)
    await store.append(pen.begun())
    fill(disk / "filler")
    stored, error = await write_until_refused(store, pen)
    assert "the disk is full" in str(error)
    assert "free some space" in str(error)
    key = pen.row.run_key
    assert [event.seq for event in store.events(key)] == list(range(1, stored + 1))
    assert store.runs(RunFilter())[0].run_id == pen.row.run_id

    (disk / "filler").unlink()
    with pytest.raises(StoreError, match="the disk is full"):
        await store.append(pen.begun())
    store.release(key, epoch=pen.epoch)
    pen.epoch = store.take(key, owner="host:2").epoch
    pen.seq = stored + 1
    await store.append(pen.write(RunPaused(at_ms=START_MS)))
    assert [event.seq for event in store.events(key)] == list(range(1, stored + 2))
    assert store.check() == []
    store.close()


async def test_on_a_full_disk_one_run_stops_and_what_was_stored_can_be_read_later(
    disk: Path,
) -> None:
    store = open_store(disk / "leo.db", TERMS)
    pen = Pen.of(store)
    fill(disk / "filler")
    stored, _ = await write_until_refused(store, pen)
    with suppress(StoreError):
        store.close()
    (disk / "filler").unlink()
    with closing(open_store(disk / "leo.db", TERMS)) as again:
        events = list(again.events(pen.row.run_key))
        assert [event.seq for event in events] == list(range(1, stored + 1))
        assert again.check() == []


def test_a_store_whose_folder_was_deleted_says_so_or_starts_afresh(
    path: Path,
) -> None:
    store_with_a_run(path)
    shutil.rmtree(path.parent)
    with closing(open_store(path, TERMS)) as store:
        assert store.runs(RunFilter()) == []


async def write_until_refused(store: SqliteStore, pen: Pen) -> tuple[int, StoreError]:
    """Return the number of the last event that was stored, and the refusal."""
    for _ in range(DISK_BYTES // 1_000):
        stored = pen.seq - 1
        write = pen.write(TasksReset(at_ms=START_MS, tasks=("a" * 4_000,)))
        try:
            await store.append(write)
        except StoreError as error:
            return stored, error
    message = "the disk never filled up"
    raise AssertionError(message)
