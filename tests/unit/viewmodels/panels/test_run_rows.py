"""The rows of the run list."""

import pytest

from leo_engine.state.status import RunStatus
from leo_tui.text.width import cells
from leo_tui.viewmodels.panels.run_rows import matches, run_line, usual_lines
from leo_tui.viewmodels.spans import text_of
from run_models import run_row


def test_a_run_under_way_shows_how_far_it_is() -> None:
    run = run_row(run_key=41, total=50, succeeded=25, failed=2)
    assert text_of(run_line(run, 135_000, 30)) == "▸ 41   2:14  ✗2  54%"


def test_a_run_that_nobody_drives_says_so() -> None:
    run = run_row(run_key=3, status=RunStatus.INTERRUPTED)
    assert "interrupted" in text_of(run_line(run, 1_000, 40))


def test_a_run_of_the_narrow_column_has_room_for_its_word() -> None:
    fields = {"run_key": 37, "started_ms": 0, "ended_ms": 190_000}
    run = run_row(status=RunStatus.CANCELLED, **fields)
    assert text_of(run_line(run, 0, 22)) == "⊟ 37   3:10  cancelled"


def test_runs_are_found_by_number_and_by_how_they_stand() -> None:
    run = run_row(run_key=41, status=RunStatus.TIMED_OUT)
    assert matches(run, "#41")
    assert matches(run, "timed")
    assert matches(run, "")
    assert not matches(run, "failed")
    assert matches(run_row(status=RunStatus.SUCCEEDED), "OK")


def test_a_paused_run_says_so() -> None:
    assert "paused" in text_of(run_line(run_row(total=2, paused=True), 1_000, 60))


def test_what_is_usual_is_the_median_of_the_good_runs() -> None:
    lengths = [60_000, 120_000, 180_000]
    good = [
        run_row(status=RunStatus.SUCCEEDED, ended_ms=1_000 + length)
        for length in lengths
    ]
    failed = run_row(status=RunStatus.FAILED, ended_ms=10_000_000)
    median, bars = map(text_of, usual_lines([failed, *good]))
    assert median == "median ok   2:00"
    assert bars == "⣀⣀⣀⣿ last 4"
    assert usual_lines(good[:1]) == []


@pytest.mark.parametrize("width", [10, 20, 50, 200])
def test_no_row_is_wider_than_there_is_room(width: int) -> None:
    run = run_row(run_key=123456, total=9, failed=3, status=RunStatus.TIMED_OUT)
    assert cells(text_of(run_line(run, 10**10, width))) <= width
