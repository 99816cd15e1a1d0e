"""What is looked for in output is found, and what is taken elsewhere is harmless."""

import stat
import threading
from functools import partial
from pathlib import Path

import pytest

from leo_tui.viewmodels.output.log_lines import LogSource
from leo_tui.viewmodels.spans import text_of
from leo_tui.widgets.output_pane import OutputPane
from output_host import drawn, hosted, numbers, pane_of, until
from place import wait_until


async def test_secrets_are_masked_wherever_they_could_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"key hun\x1b[31mter2 end\nkey hunter2\n")
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(LogSource(path, masks=("hunter2",)), key="a")
        assert drawn(pane)[:2] == [" key *** end", " key ***"]
        pane.start_search("key")
        await until(pilot, lambda: "of 2" in text_of(pane.search_status()))
        pane.copy_all()
        await pane.save(tmp_path / "saved.txt")
        copy = await pane.pager_copy()
        assert copy is not None
        for kept in (
            pilot.app.clipboard,
            (tmp_path / "saved.txt").read_text(),
            copy.read_text(),
        ):
            assert kept.count("***") == 2
            assert "ter2" not in kept
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        copy.unlink()


async def test_a_search_goes_from_hit_to_hit_and_around(tmp_path: Path) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 500), key="a")
        pane.cursor_top()
        pane.start_search("ne 77")
        await until(pilot, lambda: "match 1 of 1 " in text_of(pane.search_status()))
        assert " line 77" in drawn(pane)
        pane.start_search("7$", regex=True)
        await until(pilot, lambda: "match" in text_of(pane.search_status()))
        await until(pilot, lambda: "of 50 " in text_of(pane.search_status()))
        pane.cursor_top()
        pane.search_next()
        pane.search_next()
        assert pane.selected_text() == "line 17"
        pane.search_previous()
        pane.search_previous()
        assert pane.selected_text() == "line 497"
        assert "match 50 of 50" in text_of(pane.search_status())
        pane.search_next()
        assert pane.selected_text() == "line 7"
        assert pane.clear_search()
        assert not pane.clear_search()
        assert pane.search_status() == ()


async def test_what_matches_nothing_at_all_matches_each_line_once(
    tmp_path: Path,
) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 5), key="a")
        pane.start_search("x*", regex=True)
        await until(pilot, lambda: "1 of 5 " in text_of(pane.search_status()))


async def test_what_cannot_be_searched_for_is_said(tmp_path: Path) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 5), key="a")
        said = pane.start_search("(a", regex=True)
        assert said.startswith("not a regular expression")
        assert pane.search_status() == ()
        assert pane.toggle_filter().startswith("/ searches first")


async def test_hits_that_come_later_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(path, 5), key="a")
        pane.start_search("hit")
        await until(pilot, lambda: "no match" in text_of(pane.search_status()))
        with path.open("a") as file:
            file.write("a hit\nno\nanother hit\n")
        await until(pilot, lambda: "2 matches" in text_of(pane.search_status()))


async def test_a_filter_leaves_the_lines_that_match_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(path, 300), key="a")
        pane.start_search("99")
        await until(pilot, lambda: "of 3 " in text_of(pane.search_status()))
        pane.toggle_filter()
        assert drawn(pane)[:4] == [" line 99", " line 199", " line 299", ""]
        with path.open("a") as file:
            file.write("x 99\n")
        await until(pilot, lambda: drawn(pane)[3] == " x 99")
        pane.cursor_top()
        pane.search_next()
        pane.toggle_filter()
        assert pane.selected_text() in [text.strip() for text in drawn(pane)]
        pane.cursor_top()
        pane.search_next()
        assert pane.selected_text() == "line 99"
        pane.start_search("nowhere")
        pane.toggle_filter()
        await until(pilot, lambda: "match 'nowhere'" in drawn(pane)[0])


def is_at(pane: OutputPane, text: str) -> bool:
    return pane.selected_text() == text


async def test_it_goes_to_the_error_and_from_one_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    texts = [f"line {n}" for n in range(5000)]
    texts[10] = "ERROR first"
    texts[2500] = "fatal: second"
    texts[4990] = "Traceback (most recent call last):"
    path.write_text("\n".join(texts))
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(LogSource(path), key="a")
        pane.error_first()
        assert pane.selected_text() == texts[4990]
        assert any(text.startswith("▐Traceback") for text in drawn(pane))
        for number in (2500, 10, 4990):
            pane.error_previous()
            await until(pilot, partial(is_at, pane, texts[number]))
        pane.error_next()
        await until(pilot, lambda: pane.selected_text() == texts[10])


async def test_an_error_far_from_the_end_is_gone_to_once_it_is_found(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.log"
    path.write_text("fine\nERROR here\n" + "fine\n" * 5000)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(LogSource(path), key="a")
        pane.error_first()
        await until(pilot, partial(is_at, pane, "ERROR here"))


async def test_without_an_error_it_goes_to_the_last_line(tmp_path: Path) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 50), key="a")
        pane.error_first()
        assert pane.selected_text() == "line 49"


async def test_all_of_it_is_copied_unless_it_is_too_long(tmp_path: Path) -> None:
    async with hosted() as pilot:
        pane = pane_of(pilot)
        assert pane.copy() == "there is nothing to copy"
        pane.show(numbers(tmp_path / "a.log", 3), key="a")
        assert pane.copy_all() == "copied 3 lines"
        assert pilot.app.clipboard == "line 0\nline 1\nline 2\n"
        path = tmp_path / "b.log"
        path.write_bytes(b"long line\n" * 120_000)
        pane.show(LogSource(path), key="b")
        assert "O saves it" in pane.copy_all()
        saved = tmp_path / "saved"
        assert await pane.save(saved) == f"saved to {saved}"
        assert saved.read_bytes() == path.read_bytes()
        assert await pane.save(saved) == f"{saved} is there already"
        assert (await pane.save(tmp_path / "no" / "where")).startswith("cannot save: ")


async def test_a_line_that_is_cut_in_view_is_saved_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"begin" + b"x" * 1_000_000 + b"s\x1b[1mecret end\n")
    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(LogSource(path, masks=("secret",)), key="a")
        assert drawn(pane)[0].startswith(" beginxxx")
        await pane.save(tmp_path / "saved")
        saved = (tmp_path / "saved").read_text()
        assert saved == "begin" + "x" * 1_000_000 + "*** end\n"
        assert len(pane.selected_text()) == 1_000_012


async def test_the_pager_is_that_of_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"\x1b[1;31mred\x1b[0m \x1b[48;2;1;2;3mground\n")
    monkeypatch.delenv("PAGER", raising=False)
    async with hosted() as pilot:
        pane = pane_of(pilot)
        assert await pane.pager_copy() is None
        pane.show(LogSource(path), key="a")
        coloured = await pane.pager_copy()
        assert coloured is not None
        assert coloured.read_text() == (
            "\x1b[1;38;5;1mred\x1b[m \x1b[48;2;1;2;3mground\x1b[m\n"
        )
        coloured.unlink()
        assert pane.pager_command(path) == ["less", "-R", str(path)]
        monkeypatch.setenv("PAGER", "bat --style 'plain x'")
        assert pane.pager_command(path) == ["bat", "--style", "plain x", str(path)]
        plain = await pane.pager_copy()
        assert plain is not None
        assert plain.read_text() == "red ground\n"
        plain.unlink()
        monkeypatch.setenv("PAGER", "broken 'quote")
        assert pane.pager_command(path)[0] == "less"


async def test_no_search_outlives_the_pane(tmp_path: Path) -> None:
    def searching() -> bool:
        return any(it.name == "log-search" for it in threading.enumerate())

    async with hosted() as pilot:
        pane = pane_of(pilot)
        pane.show(numbers(tmp_path / "a.log", 50), key="a")
        pane.start_search("(x+)+y", regex=True)
        await until(pilot, lambda: "no match" in text_of(pane.search_status()))
        assert searching()
    assert wait_until(lambda: not searching(), 10)
