"""A log as the screen is given it: how much of it was there at a moment."""

from array import array
from pathlib import Path

from leo_tui.feed.reading import LogView
from leo_tui.text.arrivals import Arrivals


def test_a_log_is_cut_at_the_moment() -> None:
    arrivals = Arrivals(array("q", [1_000, 2_000, 9_000]), array("q", [0, 10, 25]))
    log = LogView(Path("1.log"), arrivals, 80)
    moments = (0, 1_000, 5_000, 9_000, 99_000)
    assert [log.bytes_at(at_ms) for at_ms in moments] == [0, 10, 25, 80, 80]


def test_of_a_log_of_which_nothing_was_noted_nothing_was_there() -> None:
    log = LogView(Path("1.log"), Arrivals(array("q"), array("q")), 0)
    assert log.bytes_at(5_000) == 0


def test_stdout_that_is_kept_apart_is_called_so() -> None:
    nothing = Arrivals(array("q"), array("q"))
    assert LogView(Path("1.out.log"), nothing, 0).stream == "stdout"
    assert LogView(Path("1.log"), nothing, 0).stream == "stderr"
