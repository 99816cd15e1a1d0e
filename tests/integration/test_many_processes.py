"""Several processes on one folder: no run is lost, doubled or answered wrongly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crowd import Crowd, many_runs
from place import Place, wait_until

WAITS = """
[params]
day = 0

[tasks.wait]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    yield made
    made.clear()


def start_two(place: Place, days: tuple[int, int]) -> list[int]:
    """Have two processes begin a run in the same instant; return their exit codes.

    Their task is let go when both have been told what becomes of them.
    """
    flag = place.folder / "flag"
    flag.unlink(missing_ok=True)
    before = len(place.stored().runs)
    place.write_dag(WAITS.format(flag=flag))
    heard = place.said.stat().st_size if place.said.exists() else 0
    crowd = Crowd(place, [[["--once", "-p", f"day={day}"]] for day in days])

    def both_know() -> bool:
        words = place.said.read_bytes()[heard:].decode()
        return words.count("▸ work") + words.count("is under way") >= 2

    assert wait_until(both_know, 30), place.last_words()
    flag.touch()
    codes = [code for (code,) in crowd.codes(patience_s=30)]
    assert len(place.stored().runs) == before + 1
    assert len(place.ledger.read()[0]) == before + 1
    return sorted(codes)


def test_of_two_processes_that_start_the_same_run_at_once_one_follows(
    place: Place,
) -> None:
    for _ in range(5):
        assert start_two(place, (1, 1)) == [0, 0]


def test_of_two_processes_that_start_different_runs_at_once_one_is_told_busy(
    place: Place,
) -> None:
    for _ in range(5):
        assert start_two(place, (1, 2)) == [0, 3]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_hundred_simultaneous_starts_make_a_hundred_runs(place: Place) -> None:
    for turn in range(100):
        day = turn % 2
        assert start_two(place, (0, day)) == [0, 3 * day]


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_four_processes_of_25_runs_lose_and_double_none(place: Place) -> None:
    complaints, _ = many_runs(place, processes=4, runs=25)
    assert not complaints, "\n".join(complaints)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_16_processes_of_500_runs_lose_and_double_none(place: Place) -> None:
    complaints, _ = many_runs(place, processes=16, runs=500)
    assert not complaints, "\n".join(complaints)
