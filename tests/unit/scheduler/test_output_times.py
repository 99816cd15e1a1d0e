"""When output arrived, noted while it is written."""

import os
from pathlib import Path

import pytest

from leo_engine.app.arrivals import arrivals_of
from leo_engine.scheduler import output_times
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.output_times import OutputTimes
from leo_engine.testing.builders import dag
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.scenario import begun


class Noting:
    """A task that runs and writes, and the notes about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.run = begun(dag("a b"))
        self.run.start("a")
        folders = RunFolders(
            dag_folder=str(folder), run_folder=str(folder), staging=str(folder)
        )
        self.times = OutputTimes(self.run.machine, folders, self.clock)
        (folder / "a").mkdir()
        self.log = folder / "a" / "1.log"

    def write(self, text: bytes, at_ms: int, *, name: str = "1.log") -> None:
        """Append to the log at some time."""
        path = self.folder / "a" / name
        with path.open("ab") as file:
            file.write(text)
        os.utime(path, ns=(0, at_ms * 1_000_000))

    async def look(self, after_ms: int = 200) -> None:
        """Look once more."""
        await self.clock.advance(after_ms)
        self.times.look()

    def notes(self, name: str = "1.log") -> list[tuple[int, int]]:
        """Return (time, size)."""
        found = arrivals_of(self.folder / "a" / name)
        return list(zip(found.at_ms, found.offset_bytes, strict=True))


@pytest.fixture
def noting(tmp_path: Path) -> Noting:
    return Noting(tmp_path)


async def test_what_was_written_between_two_looks_is_one_note(noting: Noting) -> None:
    await noting.look()
    noting.write(b"one\n", 1_000)
    noting.write(b"two\n", 1_100)
    await noting.look()
    await noting.look()
    noting.write(b"three\n", 1_700)
    await noting.look()
    assert noting.notes() == [(1_100, 8), (1_700, 14)]
    times = noting.folder / "a" / "1.times"
    assert times.stat().st_size == 2 * 16
    assert times.stat().st_mode & 0o777 == 0o600


async def test_looks_that_come_sooner_note_nothing(noting: Noting) -> None:
    await noting.look()
    for at_ms in (1_010, 1_020, 1_030):
        noting.write(b"x", at_ms)
        await noting.look(after_ms=20)
    assert not (noting.folder / "a" / "1.times").exists()


async def test_the_end_of_an_attempt_is_noted_at_once(noting: Noting) -> None:
    noting.write(b"one\n", 1_000)
    await noting.look()
    noting.write(b"last\n", 1_050)
    noting.times.finish("a", 1)
    noting.times.finish("a", 1)
    assert noting.notes() == [(1_000, 4), (1_050, 9)]


async def test_what_was_never_looked_at_costs_nothing_and_is_known_by_its_log(
    noting: Noting,
) -> None:
    noting.write(b"quick\n", 1_234)
    noting.times.finish("a", 1)
    assert list((noting.folder / "a").iterdir()) == [noting.log]
    assert noting.notes() == [(1_234, 6)]


async def test_stdout_that_is_kept_apart_has_notes_of_its_own(noting: Noting) -> None:
    noting.write(b"out\n", 1_000, name="1.out.log")
    noting.write(b"err\n!", 1_001)
    await noting.look()
    assert noting.notes("1.out.log") == [(1_000, 4)]
    assert noting.notes() == [(1_001, 5)]


async def test_another_engine_goes_on_with_the_notes(noting: Noting) -> None:
    noting.write(b"one\n", 1_000)
    await noting.look()
    folders = noting.times._folders
    noting.times = OutputTimes(noting.run.machine, folders, noting.clock)
    await noting.look()
    noting.write(b"two\n", 2_000)
    await noting.look()
    assert noting.notes() == [(1_000, 4), (2_000, 8)]


async def test_notes_are_thinned_out_when_they_are_many(
    noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_times, "_LARGEST_BYTES", 16 * 16)
    for at in range(1, 201):
        noting.write(b"x", at * 1_000)
        await noting.look()
    times = noting.folder / "a" / "1.times"
    assert times.stat().st_size <= 16 * 16
    notes = noting.notes()
    assert notes[-1] == (200_000, 200)
    assert all(at_ms == size * 1_000 for at_ms, size in notes)
    assert notes[0][1] < 100


async def test_a_log_that_its_task_has_emptied_forgets_what_was_there(
    noting: Noting,
) -> None:
    noting.write(b"one two three\n", 1_000)
    await noting.look()
    noting.log.write_bytes(b"")
    noting.write(b"new\n", 2_000)
    await noting.look()
    assert noting.notes() == [(2_000, 4)]


async def test_notes_that_are_cut_short_or_gone_do_no_harm(noting: Noting) -> None:
    assert noting.notes() == []
    noting.write(b"one\n", 1_000)
    await noting.look()
    with (noting.folder / "a" / "1.times").open("ab") as file:
        file.write(b"half")
    assert noting.notes() == [(1_000, 4)]
    noting.log.unlink()
    assert noting.notes() == [(1_000, 4)]
    noting.log.parent.joinpath("1.times").unlink()
    await noting.look()
    assert noting.notes() == []


async def test_an_attempt_that_has_ended_is_counted_once_though_looks_go_on(
    noting: Noting,
) -> None:
    await noting.look()
    noting.write(b"one\n", 1_000)
    await noting.look()
    noting.times.finish("a", 1)
    # Its end is not stored yet: it still counts as running.
    await noting.look()
    assert noting.times.written_bytes == 4
    assert (noting.folder / "a" / "1.times").stat().st_size == 16
