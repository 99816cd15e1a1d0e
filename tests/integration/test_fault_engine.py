"""What stands in the way of a run: a clear error or a wait, then a correct end.

Each test lets the first of three tasks run, does the harm, lets it go on, and has
leo-tui go on once the fault is gone: nothing recorded is lost, nothing runs twice.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from audit import Audit
from disk import fill, remount, small_disk
from place import Place, wait_until
from stored import lost_events

STEPS = """
[tasks.first]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"

[tasks.second]
depends_on = ["first"]
cmd = ". @ledger; begins; ends 0"

[tasks.third]
depends_on = ["second"]
cmd = ". @ledger; begins; ends 0"
"""
UPSTREAM = {"first": [], "second": ["first"], "third": ["second"]}
MORTAL = """
import ctypes
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
libc = ctypes.CDLL(None, use_errno=True)
for capability in CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH:
    libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
"""
"""Even root may then write only where the mode of the folder says so."""
FEW_FILES = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"


class Steps(Place):
    """A place with the three tasks, the first of which waits to be let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.flag = folder / "flag"
        self.state = self.database.parent
        self.write_dag(STEPS.format(flag=self.flag))

    def begin(self, before: str = "") -> None:
        """Start a run and return once its first task runs."""
        self.running = self.start("--once", before=before)
        assert wait_until(lambda: self.ledger.size() > 0), self.last_words()
        assert wait_until(self._knows_its_process), self.last_words()
        self.journals = self.stored().journals

    def _knows_its_process(self) -> bool:
        (run,) = self.stored().runs
        return any(one.handle for one in self.stored().attempts(run.run_id))

    def end(self) -> int:
        """Let the first task go on; return the exit code of leo-tui."""
        self.flag.touch()
        return self.end_of(self.running)

    def audit(self) -> list[str]:
        """Return all that is wrong with the run, which should have succeeded."""
        stored = self.stored()
        (run,) = stored.runs
        audit = Audit(stored, self.ledger, run.run_id, may_lose=False)
        complaints = list(audit.complaints(UPSTREAM))
        complaints += lost_events(self.journals, stored.journals)
        if run.status != "succeeded":
            complaints.append(f"the run is {run.status}")
        assert wait_until(lambda: not self.processes())
        return complaints


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Steps]:
    made = Steps(tmp_path / "place")
    yield made
    made.clear()


@pytest.fixture
def on_disk(place: Steps) -> Iterator[Steps]:
    """The place with its store and its logs on a small disk."""
    with small_disk(place.state, 3_000_000):
        yield place
        place.clear()


def test_on_a_full_disk_it_says_so_and_goes_on_when_there_is_room(
    on_disk: Steps,
) -> None:
    on_disk.begin()
    fill(on_disk.state / "filler")
    assert on_disk.end() == 5
    assert "the disk is full" in on_disk.last_words()
    (on_disk.state / "filler").unlink()
    assert on_disk.leo("resume", "last") == 0
    assert on_disk.audit() == []


def test_on_a_disk_made_read_only_it_says_so_and_goes_on_when_it_may_write(
    on_disk: Steps,
) -> None:
    on_disk.begin()
    # Only who has nothing open for writing lets the disk become read-only.
    on_disk.running.kill()
    on_disk.flag.touch()
    assert wait_until(lambda: not on_disk.processes())
    remount(on_disk.state, "ro")
    assert on_disk.leo("resume", "last") == 5
    assert "writable" in on_disk.last_words()
    assert on_disk.leo("runs") in (0, 5)
    remount(on_disk.state, "rw")
    assert on_disk.leo("resume", "last") == 0
    assert on_disk.audit() == []


def test_in_a_folder_that_may_not_be_written_it_says_so_and_starts_nothing(
    place: Steps,
) -> None:
    place.dags.chmod(0o500)
    assert place.leo("--once", before=MORTAL) == 5
    assert "writable" in place.last_words()
    assert place.ledger.size() == 0
    place.dags.chmod(0o700)
    place.begin(before=MORTAL)
    assert place.end() == 0
    assert place.audit() == []


def test_with_logs_that_may_not_be_written_a_task_says_so_and_is_resumed(
    place: Steps,
) -> None:
    place.begin(before=MORTAL)
    (logs,) = (place.state / "runs").iterdir()
    logs.chmod(0o500)
    assert place.end() == 1
    assert "ermission" in place.last_words()
    logs.chmod(0o700)
    assert place.leo("resume", "last", before=MORTAL) == 0
    began, _ = place.ledger.read()
    assert [one.attempt.task for one in began] == ["first", "second", "third"]


def lock_for(seconds: float, place: Steps) -> None:
    with closing(sqlite3.connect(place.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        place.flag.touch()
        # The fault itself takes its time: the lock is what is waited for.
        assert not wait_until(lambda: place.running.poll() is not None, seconds)
        other.execute("ROLLBACK")


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_while_another_program_locks_the_store_it_waits(place: Steps) -> None:
    place.begin()
    lock_for(3, place)
    assert place.end() == 0
    assert place.audit() == []


@pytest.mark.long
@pytest.mark.timeout(120)
def test_while_another_program_locks_the_store_for_30_s_it_waits(place: Steps) -> None:
    place.begin()
    lock_for(30, place)
    assert place.end() == 0
    assert place.audit() == []


def test_when_the_logs_are_deleted_the_run_goes_on(place: Steps) -> None:
    place.begin()
    shutil.rmtree(place.state / "runs")
    assert place.end() == 0
    assert place.audit() == []


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_with_64_files_a_hundred_tasks_run_at_once(place: Steps) -> None:
    wide = "".join(
        f'[tasks.t{n}]\ncmd = ". @ledger; begins; sleep 0.3; ends 0"\n'
        for n in range(100)
    )
    place.write_dag(wide)
    assert place.leo("--once", "-j", "100", before=FEW_FILES) == 0, place.last_words()
    stored = place.stored()
    (run,) = stored.runs
    audit = Audit(stored, place.ledger, run.run_id, may_lose=False)
    assert list(audit.complaints({f"t{n}": [] for n in range(100)})) == []


@pytest.mark.parametrize("names", [["leo.db"], ["leo.db", "leo.db-wal", "leo.db-shm"]])
def test_when_the_store_is_deleted_under_it_it_says_so(
    place: Steps, names: list[str]
) -> None:
    place.begin()
    for name in names:
        os.unlink(place.state / name)  # noqa: PTH108 -- as another program does
    assert place.end() == 5
    assert "deleted or replaced" in place.last_words()


def test_when_the_store_is_replaced_under_it_it_says_so(place: Steps) -> None:
    place.begin()
    shutil.copy(place.database, place.state / "copy")
    (place.state / "copy").rename(place.database)
    assert place.end() == 5
    assert "deleted or replaced" in place.last_words()
