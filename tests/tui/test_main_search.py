"""Finding: searches with their history, hits from any panel, filters, the way back."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from leo_tui.keys.actions import Place
from leo_tui.preferences.memory import Memory
from leo_tui.text.search import Query
from leo_tui.viewmodels.output.log_window import WindowState
from main_host import bar, main_of, opened, run_to_the_end, setup_of, until

pytestmark = pytest.mark.timeout(90)
"""A whole app, with processes: much slower where much else is done."""

LINES = """
[tasks.first]
cmd = "for n in $(seq 1 300); do echo line $n; done; echo one decode; echo two GAP"
[tasks.second]
cmd = "echo nothing"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "dags"
    found.mkdir()
    (found / "work.toml").write_text(LINES)
    return found


def state_of(pilot: Pilot[Path]) -> WindowState:
    window = main_of(pilot).bridge.panels.output.window
    assert window is not None
    return window.state


async def begin(pilot: Pilot[Path]) -> None:
    """Run the file, with the long output in front and the cursor on its task."""
    await run_to_the_end(pilot)
    panels = main_of(pilot).bridge.panels
    panels.tasks.go_to(0)
    await until(
        pilot,
        lambda: (
            panels.output.window is not None and panels.output.window.lines.count == 302
        ),
    )


async def test_hits_are_found_while_one_types(folder: Path) -> None:
    async with opened(folder) as pilot:
        await begin(pilot)
        await pilot.press("4", "g", "slash", *"decode")
        await until(pilot, lambda: state_of(pilot).cursor == 300)
        await until(
            pilot, lambda: "/ decode   match 1 of 1" in bar(pilot, "meters-bar")
        )
        await pilot.press("escape")
        await until(pilot, lambda: state_of(pilot).query is None)
        assert state_of(pilot).top == 0
        assert state_of(pilot).cursor is None
        await until(pilot, lambda: "/ decode" not in bar(pilot, "meters-bar"))


async def test_ctrl_r_makes_a_regular_expression_of_it(folder: Path) -> None:
    async with opened(folder) as pilot:
        await begin(pilot)
        await pilot.press("4", "g", "slash", *"decode|gap")
        await until(pilot, lambda: "no match" in bar(pilot, "meters-bar"))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "match 1 of 2" in bar(pilot, "meters-bar"))
        await pilot.press("enter")
        assert state_of(pilot).query == Query("decode|gap", is_regex=True)
        assert "ctrl+r regex ●" in bar(pilot, "meters-bar")
        await pilot.press("n")
        await until(pilot, lambda: state_of(pilot).cursor == 301)


async def test_a_wrong_expression_is_told_and_changes_nothing(folder: Path) -> None:
    async with opened(folder) as pilot:
        await begin(pilot)
        await pilot.press("4", "slash", *"(a", "ctrl+r")
        await until(pilot, lambda: ")" in bar(pilot, "status"))
        await pilot.press("escape")
        assert state_of(pilot).query is None


async def test_searches_are_remembered(folder: Path, tmp_path: Path) -> None:
    setup = setup_of(tmp_path / "ui.json")
    async with opened(folder, setup) as pilot:
        await begin(pilot)
        await pilot.press("4", "slash", *"gap", "enter")
        await pilot.press("escape", "slash", *"line 7", "enter")
        assert Memory(tmp_path / "ui.json").texts("search") == ["gap", "line 7"]
        await pilot.press("escape", "slash", "up", "up", "enter")
        assert state_of(pilot).query == Query("gap")
        assert Memory(tmp_path / "ui.json").texts("search") == ["line 7", "gap"]


async def test_hits_are_gone_through_from_the_tasks(folder: Path) -> None:
    async with opened(folder) as pilot:
        await begin(pilot)
        await pilot.press("3", "n")
        await until(pilot, lambda: "nothing is searched for" in bar(pilot, "status"))
        await pilot.press("4", "slash", *"line 29", "enter", "3")
        await until(pilot, lambda: "of 11" in bar(pilot, "meters-bar"))
        before = state_of(pilot).cursor
        assert before is not None
        await pilot.press("n")
        await until(pilot, lambda: (state_of(pilot).cursor or 0) > before)
        await pilot.press("N")
        await until(pilot, lambda: state_of(pilot).cursor == before)
        await pilot.press("ampersand")
        assert state_of(pilot).filters
        assert main_of(pilot).bridge.layout.place is Place.TASKS


async def test_escape_goes_back_step_by_step(folder: Path) -> None:
    async with opened(folder) as pilot:
        await begin(pilot)
        bridge = main_of(pilot).bridge
        tasks, layout = bridge.panels.tasks, bridge.layout
        await pilot.press("4", "slash", *"line", "enter", "3")
        await pilot.press("slash", *"first", "enter", "space", "z")
        await pilot.press("escape")
        assert state_of(pilot).query is None
        assert tasks.marks
        await pilot.press("escape")
        assert not tasks.marks
        assert tasks.filter_text == "first"
        await pilot.press("escape")
        assert not tasks.filter_text
        assert layout.zoomed == "tasks"
        await pilot.press("escape")
        assert not layout.zoomed
        assert layout.place == "tasks"
        await pilot.press("escape")
        assert layout.place == "runs"


async def test_a_filter_is_named_below_its_list(folder: Path) -> None:
    (folder / "other.toml").write_text(LINES)
    async with opened(folder) as pilot:
        await pilot.press("1", "slash", *"oth", "enter")
        files = main_of(pilot).query_one("#files")
        await until(pilot, lambda: files.border_subtitle == "1 of 2 · /oth")


async def test_below_a_zoomed_output_stands_how_it_is_shown(folder: Path) -> None:
    async with opened(folder) as pilot:
        await begin(pilot)
        main_of(pilot).bridge.scene.message = ()
        await pilot.press("4", "z")
        await until(pilot, lambda: "follow off · wrap on" in bar(pilot, "status"))
        assert "on disk, all of it scrollable" in bar(pilot, "status")
