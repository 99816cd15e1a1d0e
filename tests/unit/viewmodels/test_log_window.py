"""The window stays where somebody put it, whatever the log does meanwhile."""

from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from bytes_file import BytesFile, give_back, lines_text
from leo_tui.text.arrivals import Arrivals
from leo_tui.text.line_set import LineSet
from leo_tui.viewmodels.output.log_lines import LogLines, LogSource
from leo_tui.viewmodels.output.log_window import LogWindow, WindowState
from leo_tui.viewmodels.output.times import Times, time_text
from leo_tui.viewmodels.output.window_text import (
    Found,
    footer,
    search_line,
    status,
    zoomed_footer,
)
from leo_tui.viewmodels.spans import text_of

ALL = 1 << 40


class Opened:
    """A log in memory and a window on it."""

    def __init__(self, text: bytes, *, wraps: bool = False, live: bool = True) -> None:
        self.file = BytesFile(text)
        source = LogSource(Path("a.log"), is_live=live)
        self.lines = LogLines(source, self.file)
        self.lines.extend(ALL)
        self.window = LogWindow(self.lines, WindowState(wraps=wraps))
        self.window.resize(20, 10)

    def write(self, text: bytes) -> None:
        """Append, and take note of it."""
        self.file.text += text
        self.lines.extend(ALL)
        self.window.take_growth()

    def shown(self) -> list[str]:
        """Return the texts in view."""
        return ["".join(run.text for run in row.runs) for row in self.window.rows()]

    def numbers(self) -> list[int]:
        """Return the numbers of the lines in view."""
        return [row.line.number for row in self.window.rows()]


def numbered(count: int) -> bytes:
    return lines_text(count, width=7)


def test_it_follows_the_end_as_the_log_grows() -> None:
    log = Opened(numbered(100))
    assert log.numbers() == list(range(90, 100))
    log.write(numbered(5))
    assert log.numbers() == list(range(95, 105))
    log.write(b"open")
    assert log.shown()[-1] == "open"
    log.write(b" and longer")
    assert log.shown()[-1] == "open and longer"


def test_scrolling_up_stops_it_and_only_the_end_key_starts_it_again() -> None:
    log = Opened(numbered(100))
    log.window.scroll(-3)
    assert log.numbers()[0] == 87
    log.write(numbered(50))
    assert log.numbers()[0] == 87
    log.window.scroll(500)
    log.write(numbered(50))
    assert log.numbers() == list(range(140, 150))
    log.window.go_to_end()
    log.write(b"new\n")
    assert log.shown()[-1] == "new"


def test_it_stops_at_both_ends() -> None:
    log = Opened(numbered(30))
    log.window.scroll(-500)
    assert log.numbers()[0] == 0
    log.window.scroll(500)
    assert log.numbers()[-1] == 29
    log.window.go_to_top()
    assert log.numbers()[0] == 0


@given(
    st.lists(st.integers(0, 70), max_size=30),
    st.lists(st.integers(-15, 15), max_size=10),
    st.booleans(),
)
def test_scrolling_moves_over_every_row_once(
    widths: list[int],
    moves: list[int],
    wraps: bool,  # noqa: FBT001 - a law
) -> None:
    text = "".join(f"{'x' * width}\n" for width in widths)
    log = Opened(text.encode(), wraps=wraps)
    high = [-(-width // 20) or 1 if wraps else 1 for width in widths]
    rows = [(n, row) for n, count in enumerate(high) for row in range(count)]
    last = max(len(rows) - 10, 0)
    place = last
    for move in moves:
        log.window.scroll(move)
        place = max(0, min(place + move, last))
        shown = [(row.line.number, row.row) for row in log.window.rows()]
        assert shown == rows[place : place + 10]


def test_going_to_a_line_shows_it_and_moves_only_if_it_must() -> None:
    log = Opened(numbered(100))
    log.window.go_to(95)
    assert log.numbers()[0] == 90
    log.window.go_to(20)
    assert log.numbers() == list(range(17, 27))
    assert log.window.current() == 20
    assert not log.window.state.follows


def test_a_line_that_is_gone_to_is_in_view_however_long_those_above_it_are() -> None:
    long = b"".join(b"%03d" % n + b"x" * 197 + b"\n" for n in range(30))
    log = Opened(long + b"the failure\n" + numbered(30), wraps=True)
    log.window.go_to(30)
    assert log.shown()[3] == "the failure"
    log.window.go_to_top()
    log.window.go_to(0)
    assert log.numbers() == [0] * 10


def test_wrapping_keeps_the_first_line_and_panning_is_for_long_lines() -> None:
    log = Opened(b"".join(b"%d%s\n" % (n, b"." * 50) for n in range(30)))
    log.window.go_to_place(7)
    log.window.pan(2)
    assert log.window.state.pan == 16
    log.window.toggle_wrap()
    assert (log.numbers()[0], log.window.state.pan) == (7, 0)
    assert log.numbers() == [7, 7, 7, 8, 8, 8, 9, 9, 9, 10]
    log.window.pan(1)
    assert log.window.state.pan == 0
    log.window.toggle_wrap()
    assert log.numbers()[0] == 7


def test_a_filter_leaves_some_lines_and_the_place_where_one_was() -> None:
    log = Opened(numbered(100))
    log.window.go_to_place(50)
    only = LineSet()
    for number in range(0, 100, 10):
        only.add(number)
    log.window.set_only(only)
    assert log.numbers() == list(range(0, 100, 10))
    log.window.resize(20, 3)
    log.window.go_to(50)
    assert 50 in log.numbers()
    log.window.scroll(1)
    top = log.numbers()[0]
    log.window.set_only(None)
    assert log.numbers()[0] == top
    log.window.set_only(LineSet())
    assert log.shown() == []
    assert log.window.current() is None or log.window.state.cursor is not None


def test_older_lines_that_are_given_back_do_not_move_the_rest() -> None:
    log = Opened(lines_text(5000, width=50))
    log.window.go_to_place(4000)
    give_back(log.file, 40 * 4096)
    log.lines.extend(ALL)
    log.window.take_growth()
    assert log.numbers()[0] == 4000
    log.window.go_to_top()
    assert log.shown()[0].startswith("[leo-tui: some bytes")


def test_a_file_written_anew_is_shown_from_its_beginning() -> None:
    log = Opened(numbered(100))
    log.window.go_to(50)
    log.file.text = b"new\n"
    log.lines.extend(ALL)
    log.window.take_growth()
    assert log.shown() == ["new"]
    assert log.window.state.cursor is None


def big() -> tuple[LogLines, LogWindow, BytesFile]:
    file = BytesFile(lines_text(20_000))
    lines = LogLines(LogSource(Path("a.log"), is_live=True), file)
    lines.extend(1000)
    window = LogWindow(lines, WindowState(wraps=False))
    window.resize(100, 10)
    window.take_growth()
    return lines, window, file


def shown_numbers(window: LogWindow) -> list[int]:
    return [int(row.line.text) for row in window.rows()]


def test_the_end_of_a_large_file_is_shown_before_its_lines_are_counted() -> None:
    lines, window, _ = big()
    assert text_of(footer(window)).startswith("the last lines")
    assert shown_numbers(window) == list(range(19_990, 20_000))
    window.scroll(-100)
    window.select(window.rows()[3].line.number)
    assert shown_numbers(window)[0] == 19_890
    lines.extend(ALL)
    window.take_growth()
    assert text_of(footer(window)).startswith("line 19,894/20,000")
    assert shown_numbers(window)[0] == 19_890
    assert window.state.top == 19_890
    assert window.current() == 19_893


def test_the_beginning_can_be_seen_before_the_end_is_counted() -> None:
    lines, window, file = big()
    file.text += b"0000000000000020000\n"
    window.lines.extend(ALL)
    assert shown_numbers(window)[-1] == 20_000
    window.go_to_top()
    assert shown_numbers(window)[0] == 0
    assert text_of(footer(window)).startswith(f"line 1/≥ {lines.count:,}")


def test_the_line_of_the_failure_is_found_near_the_end() -> None:
    log = Opened(b"ERROR one\n" + numbered(20) + b"ERROR two\nfine\n")
    assert log.window.last_error() == 21
    assert Opened(numbered(20)).window.last_error() is None
    far = Opened(b"ERROR one\n" + numbered(3000))
    assert far.window.last_error() is None


def test_what_is_below_says_where_one_is() -> None:
    log = Opened(numbered(18), live=False)
    log.window.go_to(15)
    assert text_of(footer(log.window)) == "line 16/18 · follow off · wrap off"
    assert text_of(zoomed_footer(log.window)) == "line 9-18 of 18"
    assert "126 B on disk, all of it scrollable" in text_of(
        status(log.window, has_times=False)
    )


def test_what_came_while_it_is_paused_is_counted() -> None:
    log = Opened(numbered(1_204_902 // 1000))
    log.window.go_to_place(100)
    assert text_of(zoomed_footer(log.window)) == (
        "line 101-110 of 1,204   ▼ 1,094 new lines   PAUSED (G follows)"
    )
    log.window.go_to_end()
    assert text_of(zoomed_footer(log.window)) == "line 1,195-1,204 of 1,204"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("213 of 1031, done, regex", "match 214 of 1,031"),
        ("none of 5", "≥ 5 matches"),
        ("none of 1, done, case", "1 match"),
        ("none of 0", "searching"),
        ("none of 0, done", "no match"),
    ],
)
def test_a_search_says_how_far_it_is(state: str, text: str) -> None:
    counts, *words = state.split(", ")
    place, _, hits = counts.split()
    found = Found(
        int(hits),
        None if place == "none" else int(place),
        is_done="done" in words,
        is_regex="regex" in words,
        heeds_case="case" in words,
    )
    line = text_of(search_line(found, filters=True))
    assert line.split("   ")[0] == text
    assert f"regex {'●' if found.is_regex else '○'}" in line
    assert ("case ●" if found.heeds_case else "smart case") in line
    assert line.endswith("& filter lines ●")
    failed = found._replace(failure="too slow")
    assert text_of(search_line(failed, filters=False)) == "too slow"


def test_times_come_from_what_was_recorded() -> None:
    at_ms = 1_800_000_270_011
    assert time_text(Times.CLOCK, at_ms, 9, at_ms, UTC) == "08:04:30.011"
    assert time_text(Times.RELATIVE, at_ms, 9, at_ms - 62_311).strip() == "1:02.311"
    assert (
        time_text(Times.RELATIVE, at_ms, 9, at_ms - 3_723_004).strip() == "1:02:03.004"
    )
    assert time_text(Times.DELTA, at_ms, 1_009, 0).strip() == "+1.009"
    assert time_text(Times.DELTA, at_ms, None, 0) == " " * 12
    assert time_text(Times.OFF, at_ms, 1, 0) == " " * 12


def test_lines_know_when_they_were_written() -> None:
    arrivals = Arrivals([1000, 1500], [0, 8])
    source = LogSource(Path("a"), arrivals=arrivals)
    lines = LogLines(source, BytesFile(b"one\ntwo\nthree\n"))
    lines.extend(ALL)
    times = [(line.at_ms, line.since_ms) for line in lines.lines(0, 3)]
    assert times == [(1000, None), (1000, 0), (1500, 500)]
    assert lines.began_ms == 1000
