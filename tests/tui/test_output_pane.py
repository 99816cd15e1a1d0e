"""The output pane follows, stays and moves, whatever tasks write."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import MouseScrollDown
from textual.strip import Strip

from bytes_file import lines_text
from hostile import OUTPUT
from leo_engine.executors.warden_logs import LimitedLog
from leo_tui.text.arrivals import Arrivals
from leo_tui.text.sanitize import UNSAFE
from leo_tui.viewmodels.output.log_lines import LogSource
from leo_tui.viewmodels.spans import line, text_of
from output_host import drawn, hosted, numbers, pane_of, until

HOSTILE = (
    b"\x1b]0;title\x07\x1bc\x1b[2J[b]markup[/b][/]\n"
    b"bidi \xe2\x80\xae txt.exe \xe2\x81\xa6\n"
    b"\xff\xfe\x80\x9b31m invalid\n"
    + "family \U0001f468\u200d\U0001f469\u200d\U0001f467 漢字\n".encode()
    + b"\x00\x08\x0b\x7f\xc2\x9b31m\xc2\x85\n"
    + b"x" * 1_000_000
    + b"\n"
)


async def test_it_shows_the_end_and_follows_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(path, 50), key="a")
        assert drawn(pane) == [f" line {n}" for n in range(41, 50)]
        with path.open("a") as file:
            file.write("more\nand more\nopen")
        assert drawn(pane)[-3:] == [" more", " and more", " open"]
        assert not pane.poll()
        assert text_of(pane.footer()) == "line 53/53 · follow on · wrap off"


async def test_scrolled_up_it_stays_while_lines_come(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(path, 50), key="a")
        pane.cursor_page_up()
        shown = drawn(pane)
        assert shown[0] == " line 33"
        for _ in range(5):
            with path.open("a") as file:
                file.write("new\n" * 100)
            assert pane.poll()
            assert drawn(pane) == shown
        pane.is_zoomed = True
        assert text_of(pane.footer()) == (
            "line 34-42 of 550   ▼ 508 new lines   PAUSED (G follows)"
        )
        pane.cursor_bottom()
        assert drawn(pane)[-1] == " new"


async def test_the_keys_move_it(tmp_path: Path) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 100), key="a")
        for move, top in [
            (pane.cursor_top, 0),
            (pane.cursor_down, 1),
            (pane.cursor_half_down, 5),
            (pane.cursor_page_down, 13),
            (pane.cursor_up, 12),
            (pane.cursor_half_up, 8),
            (pane.cursor_page_up, 0),
            (pane.cursor_bottom, 91),
        ]:
            move()
            assert drawn(pane)[0] == f" line {top}"


async def test_each_output_is_found_as_it_was_left(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    sources = numbers(first, 100), numbers(second, 100)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(sources[0], key="a")
        pane.cursor_top()
        pane.toggle_wrap()
        assert pane.start_search("line 5") == ""
        await until(pilot, lambda: "match 1 of 11" in text_of(pane.search_status()))
        pane.show(sources[1], key="b")
        assert drawn(pane)[-1] == " line 99"
        assert pane.search_status() == ()
        pane.show(sources[0], key="a")
        await until(pilot, lambda: "match 1 of 11" in text_of(pane.search_status()))
        assert drawn(pane)[0] == " line 0"
        assert "wrap on" in text_of(pane.footer())


async def test_nothing_raw_is_drawn_copied_or_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(HOSTILE + OUTPUT)
    async with hosted((40, 20)) as pilot:
        pane = pane_of(pilot)
        for wraps in (False, True):
            pane.show(LogSource(path), key=wraps)
            if wraps:
                pane.toggle_wrap()
            pane.cursor_top()
            await until(pilot, lambda: "≥" not in text_of(pane.footer()))
            for _ in range(12):
                for text in drawn(pane):
                    assert not UNSAFE.search(text)
                pane.cursor_page_down()
            pane.cursor_top()
            assert any("[b]markup[/b][/]" in text for text in drawn(pane))
        await pilot.mouse_down(pane, offset=(3, 0))
        await pilot.hover(pane, offset=(5, 4))
        await pilot.mouse_up(pane, offset=(5, 4))
        pane.copy()
        assert await pane.save(tmp_path / "saved.txt")
        for kept in (pilot.app.clipboard, (tmp_path / "saved.txt").read_text()):
            assert not UNSAFE.search(kept.replace("\n", ""))
            assert "[b]markup[/b][/]" in kept


async def test_what_stands_for_no_output_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    async with hosted((60, 12)) as pilot:
        pane = pane_of(pilot)
        pane.show(None, key="a", empty=[line("Waits for: load_users.")])
        assert drawn(pane)[0] == " Waits for: load_users."
        pane.show(LogSource(path), key="b", head=line("load"))
        assert drawn(pane)[:2] == [" load", ""]
        assert drawn(pane)[2] == " Log was deleted:"
        assert drawn(pane)[3].startswith(" /")
        live = LogSource(path, is_live=True)
        pane.show(live, key="c", empty=[line("No output yet.")])
        assert drawn(pane)[0] == " No output yet."
        path.write_text("one\n")
        pane.show(live, key="c", head=line("load"), closing=line("╌╌ exit 0 ╌╌"))
        assert drawn(pane)[:4] == [" load", "", " one", " ╌╌ exit 0 ╌╌"]


async def test_a_file_that_is_emptied_or_replaced_is_shown_anew(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.log"
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(path, 500), key="a")
        drawn(pane)
        path.write_text("short\n")
        assert drawn(pane)[:2] == [" short", ""]
        other = tmp_path / "b.log"
        other.write_text("other file\nof two lines\n")
        other.replace(path)
        assert drawn(pane)[:2] == [" other file", " of two lines"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
async def test_what_is_no_file_is_not_waited_for(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a.log"
    make(path)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(LogSource(path), key="a")
        assert drawn(pane)[0].startswith(" Log was deleted")


async def test_a_replay_shows_what_had_been_written(tmp_path: Path) -> None:
    source = numbers(tmp_path / "a.log", 100)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        for until_bytes, last in [
            (70, "line 9"),
            (0, ""),
            (35, "line 4"),
            (32, "line"),
        ]:
            pane.show(source._replace(until_bytes=until_bytes), key="a")
            shown = [text.strip() for text in drawn(pane) if text.strip()]
            assert (shown[-1] if shown else "") == last
        pane.show(source, key="a")
        assert drawn(pane)[-1] == " line 99"


async def test_a_secret_that_becomes_known_is_masked_at_once(tmp_path: Path) -> None:
    source = numbers(tmp_path / "a.log", 3)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(source, key="a")
        assert drawn(pane)[0] == " line 0"
        pane.show(source._replace(masks=("line",)), key="a")
        assert drawn(pane)[0] == " *** 0"


async def test_what_log_max_gives_back_is_gone_and_nothing_moves(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(lines_text(20_000, width=50))
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(LogSource(path, is_live=True), key="a")
        await until(pilot, lambda: "≥" not in text_of(pane.footer()))
        for _ in range(20):
            pane.cursor_page_up()
        shown = drawn(pane)
        log = LimitedLog(str(path), 200_000)
        log.look(0)
        assert drawn(pane) == shown
        if path.stat().st_blocks * 512 > 500_000:
            pytest.skip("this file system cannot give output back")
        pane.cursor_top()
        assert drawn(pane)[0].startswith(" [leo-tui: ")
        assert drawn(pane)[1].strip("0 ").isdigit()
        pane.start_search("19500")
        await until(pilot, lambda: "match 1 of 1" in text_of(pane.search_status()))


async def test_only_what_is_different_is_drawn(tmp_path: Path) -> None:
    source = numbers(tmp_path / "a.log", 50)
    async with hosted((60, 12)) as pilot:
        pane = pane_of(pilot)
        pane.show(source, key="a", head=line("load 1 s"))
        await pilot.pause()
        drawn_lines: list[int] = []
        draw = pane.render_line

        def counted(y: int) -> Strip:
            drawn_lines.append(y)
            return draw(y)

        pane.render_line = counted  # type: ignore[method-assign]
        pane.show(source, key="a", head=line("load 1 s"))
        await pilot.pause()
        assert drawn_lines == []
        pane.show(source, key="a", head=line("load 2 s"))
        await pilot.pause()
        assert drawn_lines == [0, 1]
        pane.show(source, key="a", head=line("load"), closing=line("exit 0"))
        await pilot.pause()
        assert drawn_lines[2:] == list(range(12))


async def test_times_stand_before_lines_when_they_are_known(tmp_path: Path) -> None:
    source = numbers(tmp_path / "a.log", 3)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(source, key="a")
        assert "not recorded" in pane.cycle_times()
        arrivals = Arrivals([1000, 2500], [0, 14])
        pane.show(source._replace(arrivals=arrivals), key="a")
        assert pane.cycle_times() == ""
        assert "times abs" in text_of(pane.status())
        pane.cycle_times()
        assert drawn(pane)[2] == "        1.500 line 2"
        pane.cycle_times()
        assert drawn(pane)[2] == "       +1.500 line 2"
        pane.cycle_times()
        assert drawn(pane)[2] == " line 2"


async def test_line_numbers_stand_before_lines_when_zoomed(tmp_path: Path) -> None:
    async with hosted((120, 9)) as pilot:
        pane = pane_of(pilot)
        pane.is_zoomed = True
        pane.show(numbers(tmp_path / "a.log", 1200), key="a")
        assert drawn(pane)[-1] == "1,200  line 1199"


async def test_merged_output_says_whose_it_is(tmp_path: Path) -> None:
    a, b = tmp_path / "a.log", tmp_path / "b.log"
    a.write_text("a1\na2\n")
    b.write_text("b1\n")
    sources = [
        LogSource(a, arrivals=Arrivals([10, 30], [0, 3]), label="pull"),
        LogSource(b, arrivals=Arrivals([20], [0]), label="transform"),
    ]
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show_merged(sources, key="all")
        assert drawn(pane)[:3] == [
            *("pull      │  a1", "transform │  b1", "pull      │  a2"),
        ]
        pane.start_search("b1")
        await until(pilot, lambda: "match 1 of 1" in text_of(pane.search_status()))
        assert pane.selected_text() == "transform │ b1"


async def test_the_mouse_selects_scrolls_and_drags(tmp_path: Path) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 100), key="a")
        drawn(pane)
        await pilot.mouse_down(pane, offset=(3, 2))
        await pilot.hover(pane, offset=(5, 4))
        await pilot.mouse_up(pane, offset=(5, 4))
        assert pane.selected_text() == "line 93\nline 94\nline 95"
        assert pane.copy() == "copied 3 lines"
        assert pilot.app.clipboard == "line 93\nline 94\nline 95"
        pane.cursor_top()
        await pilot.click(pane, offset=(3, 1))
        assert pane.copy() == "copied 1 line"
        assert pilot.app.clipboard == "line 1"
        await pilot._post_mouse_events([MouseScrollDown], pane, offset=(3, 3))
        assert drawn(pane)[0] == " line 3"
        bar = pane.vertical_scrollbar
        await pilot.mouse_down(bar, offset=(0, 0))
        await pilot.hover(bar, offset=(0, 8))
        await pilot.mouse_up(bar, offset=(0, 8))
        assert drawn(pane)[0] == " line 91"
