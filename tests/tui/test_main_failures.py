"""What failed: going to it, reading it, comparing; and the lists of commands."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from leo_tui.keys.actions import Place
from leo_tui.theme import Glyphs
from stage_set import Stage, stage

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def screen(folder: Path) -> AsyncIterator[Stage]:
    async with stage(folder) as opened:
        await opened.see_run("nightly_etl")
        yield opened


async def test_the_first_failure_is_found_with_its_output(screen: Stage) -> None:
    await screen.press("1", "!")
    assert screen.is_at(Place.TASKS)
    await screen.shows("‹3/3›", "✗ exit 2", "server closed")


async def test_the_first_failure_is_shown_where_its_output_tells_of_it(
    tmp_path: Path,
) -> None:
    said = "echo 'ERROR here it broke'; seq -f 'INFO tidying %g' 300; exit 2"
    (tmp_path / "etl.toml").write_text(
        f'[tasks.fine]\ncmd = "seq 300"\n[tasks.broken]\ncmd = """{said}"""\n'
    )
    async with stage(tmp_path) as seen:
        await seen.press("s")
        await seen.shows("✗ failed")
        await seen.press("3", "g")
        await seen.shows("fine ‹1/1›", "300")
        await seen.press("!")
        await seen.shows("broken ‹1/1›", "▐ERROR here it broke")
        await seen.press("g")
        await seen.shows("fine ‹1/1›", "300")


async def test_f_goes_from_failure_to_failure_and_back(screen: Stage) -> None:
    tasks = screen.main.bridge.panels.tasks
    await screen.press("3", "g", "f")
    await screen.shows("‹3/3›")
    first = tasks.cursor_task()
    await screen.press("f")
    await screen.shows("‹1/1›", "⧗")
    await screen.press("F")
    assert tasks.cursor_task() == first


async def test_a_run_without_failures_says_so(screen: Stage) -> None:
    await screen.press("1", "g")
    await screen.shows("fetch")
    await screen.press("!")
    await screen.shows("nothing has failed")


async def test_a_blocked_task_explains_itself_and_leads_to_its_cause(
    screen: Stage,
) -> None:
    await screen.press("3", "g", *"jjjjjjj")
    await screen.shows("Not run: extract.pull_orders failed")
    await screen.press("u")
    await screen.shows("‹3/3›")


async def test_earlier_attempts_can_be_read(screen: Stage) -> None:
    await screen.press("!", "4", "<")
    await screen.shows("‹2/3›")
    await screen.press("<", "<")
    await screen.shows("there is no earlier attempt")
    await screen.press(">", ">")
    await screen.shows("‹3/3›")


async def test_a_run_is_compared_with_the_last_good_one(screen: Stage) -> None:
    await screen.press("3", "=")
    await screen.shows("run 10", "run 12", "only differences", "extract.pull_clicks")
    await screen.press("escape")
    await screen.shows("1 Files")


async def test_two_marked_runs_are_compared_whatever_is_open(screen: Stage) -> None:
    await screen.press("2", "j", "space", "j", "j", "space", "=")
    await screen.shows("run 9", "run 11", "load.join_orders")


async def test_the_palette_finds_a_command_and_does_it(screen: Stage) -> None:
    await screen.press("3", ":")
    await screen.dialog()
    await screen.type("foldall")
    await screen.shows("Fold all groups")
    await screen.press("enter")
    await screen.hides("pull_orders  ", "Fold all groups")
    await screen.shows("▸ ✗ extract")


async def test_the_palette_goes_to_a_task(screen: Stage) -> None:
    await screen.press("3", ":")
    await screen.dialog()
    await screen.type("history")
    await screen.shows("Go to report.history")
    await screen.press("enter")
    await screen.shows("its condition is false")
    model = screen.main.bridge.scene.model
    number = screen.main.bridge.panels.tasks.cursor_task()
    assert model is not None
    assert number is not None
    assert model.ids[number] == "report.history"


async def test_the_palette_closes_without_doing_anything(screen: Stage) -> None:
    await screen.press(":")
    await screen.dialog()
    await screen.type("quit")
    await screen.press("escape")
    await screen.hides("Commands")
    assert screen.app.is_running


async def test_help_lists_the_keys_of_the_panel_and_does_one(screen: Stage) -> None:
    await screen.press("3", "?")
    await screen.shows("Keys: tasks", "Mark everything shown")
    await screen.type("sidebar")
    await screen.hides("Mark everything shown")
    await screen.press("escape")
    await screen.panels()
    await screen.press("3", "?")
    await screen.dialog()
    await screen.type("left column")
    await screen.press("enter")
    await screen.hides("1 Files")


async def test_what_cannot_be_done_says_why(screen: Stage) -> None:
    await screen.press("1", "g")
    await screen.shows("fetch")
    await screen.press("3", "X")
    await screen.shows("the run is over: succeeded")
    await screen.press("c")
    await screen.shows("everything succeeded")


async def test_the_definition_and_the_graph_are_shown_as_text(screen: Stage) -> None:
    await screen.command("definition")
    await screen.shows("nightly_etl.toml", "Loads yesterday's orders")
    await screen.press("escape")
    await screen.panels()
    await screen.command("graph as text")
    await screen.shows("nightly_etl as a graph", "release.publish")


async def test_enter_runs_what_was_typed_before_it_however_fast(screen: Stage) -> None:
    await screen.press(":")
    await screen.dialog()
    screen.send(*"definition", "enter")
    await screen.shows("Loads yesterday's orders")


async def test_signs_change_while_it_runs(screen: Stage) -> None:
    await screen.command("unicode or ascii")
    await screen.panels()
    await screen.until(lambda: screen.app.glyphs is Glyphs.ASCII)
    await screen.shows("+- 3 Tasks 19", "v X extract")
