"""Choosing files, runs and tasks on the whole screen: focus, tabs, zoom, filter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from leo_tui.keys.actions import ACTIONS, Place
from stage_set import NARROW, SMALL, WIDE, Stage, stage

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def screen(folder: Path) -> AsyncIterator[Stage]:
    async with stage(folder) as opened:
        yield opened


async def nightly(screen: Stage) -> None:
    """Choose the run that is under way, the cursor on its failed task."""
    await screen.see_run("nightly_etl", "extract.pull_orders")
    await screen.shows("failed: server closed the connection")


async def test_a_chosen_file_shows_its_runs_and_the_tasks_of_the_newest(
    screen: Stage,
) -> None:
    await screen.shows("2 Runs of ads_hourly", "fetch", "store")
    await screen.press("j")
    await screen.shows("2 Runs of backfill_", "[year=2024]", "cancelled")
    await screen.press("j", "j")
    await screen.shows("new_report", "Never run. s starts it.")


async def test_a_chosen_run_shows_its_tasks_and_enter_goes_to_them(
    screen: Stage,
) -> None:
    await nightly(screen)
    await screen.press("2", "j")
    await screen.shows("run 11 · ✗ failed")
    await screen.press("enter")
    assert screen.is_at(Place.TASKS)


async def test_a_chosen_task_shows_its_output_and_enter_goes_to_it(
    screen: Stage,
) -> None:
    await nightly(screen)
    await screen.press("j")
    await screen.shows("no answer", "_ads ‹2/5›")
    await screen.press("enter")
    assert screen.is_at(Place.OUTPUT)
    await screen.press("escape")
    assert screen.is_at(Place.TASKS)


async def test_digits_and_tab_go_to_the_panels(screen: Stage) -> None:
    for digit, place in zip("1234", list(Place)[:4], strict=True):
        await screen.press(digit)
        assert screen.is_at(place)
    await screen.press("tab")
    assert screen.is_at(Place.FILES)
    await screen.press("shift+tab", "shift+tab")
    assert screen.is_at(Place.TASKS)


async def test_brackets_turn_the_tabs_and_take_the_focus_along(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("]")
    assert screen.is_at(Place.TASKS)
    await screen.shows("▌Details▐", "Attempts", "Action: shell")
    await screen.press("4", "]", "]")
    assert screen.is_at(Place.TIMELINE)
    await screen.shows("▌Timeline▐", "0:00")
    await screen.press("]", "]", "]")
    assert screen.is_at(Place.OUTPUT)


async def test_a_zoomed_panel_has_the_screen_until_escape(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("z")
    await screen.hides("1 Files", "4 ▌Output▐")
    assert screen.main.query_one("#tasks").size.width > 110
    await screen.press("4")
    await screen.hides("3 Tasks")
    await screen.shows("› extract.pull_orders")
    await screen.press("escape")
    await screen.shows("1 Files", "3 Tasks", "4 ▌Output▐")


async def test_the_left_column_can_be_hidden_and_a_digit_brings_it_back(
    screen: Stage,
) -> None:
    await screen.press("b")
    await screen.hides("1 Files", "2 Runs")
    assert screen.is_at(Place.TASKS)
    await screen.press("2")
    await screen.shows("1 Files", "2 Runs")


async def test_a_filter_leaves_the_rows_that_match_until_escape(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("/")
    await screen.dialog()
    await screen.type("orders")
    tasks = screen.main.bridge.panels.tasks
    await screen.until(lambda: tasks.filter_text == "orders")
    await screen.press("enter")
    await screen.panels()
    await screen.shows("filter: orders", "pull_orders", "load_orders", "join_orders")
    await screen.hides("pull_users")
    await screen.press("escape")
    await screen.shows("pull_users", "filter: none")


async def test_a_filter_given_up_leaves_what_was_there(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("/")
    await screen.dialog()
    await screen.type("zzz")
    tasks = screen.main.bridge.panels.tasks
    await screen.until(lambda: tasks.filter_text == "zzz")
    await screen.press("escape")
    await screen.panels()
    await screen.shows("pull_users", "filter: none")


async def test_marks_are_counted_and_taken_back_by_escape(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("space", "j", "j", "v")
    await screen.shows("marks: 3")
    await screen.press("escape")
    await screen.shows("marks: 0")


async def test_groups_fold_and_unfold(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("g", "h")
    await screen.hides("pull_events")
    await screen.press("l")
    await screen.shows("pull_events")


async def test_a_group_says_how_to_see_the_output_of_its_tasks(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("g")
    await screen.shows("A group: ", "its tasks")


async def test_a_narrow_screen_has_one_list_and_digits_swap_it(folder: Path) -> None:
    async with stage(folder, size=NARROW) as screen:
        await screen.shows("▌1 Files▐ 2 Runs 3 Tasks", "last run", "state")
        await screen.press("2")
        await screen.shows("1 Files ▌2 Runs▐ 3 Tasks")
        await screen.press("3")
        await screen.shows("1 Files 2 Runs ▌3 Tasks▐", "fetch")


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALL])
async def test_every_row_ends_where_the_screen_does(
    folder: Path, size: tuple[int, int]
) -> None:
    async with stage(folder, size=size) as screen:
        await nightly(screen)
        rows = screen.rows()
        assert len(rows) == size[1]
        assert all(len(row) <= size[0] for row in rows)


async def test_a_screen_that_is_too_small_says_what_it_needs_and_recovers(
    folder: Path,
) -> None:
    async with stage(folder, size=(40, 10)) as screen:
        await screen.shows("60x16 needed, 40x10 now")
        await screen.hides("Files")
        await screen.press("j", "j", "j", "j")
        await screen.shows("nightly_etl #12", "2 failed")
        await screen.pilot.resize_terminal(*WIDE)
        await screen.shows("1 Files 5", "pull_orders")
        await screen.hides("60x16")


async def test_every_action_of_the_table_is_done_by_somebody(screen: Stage) -> None:
    elsewhere = {action.id for action in ACTIONS if action.id.startswith("cmp.")}
    known = set(screen.main._doings)
    assert {action.id for action in ACTIONS} - elsewhere - known == set()


async def test_the_timeline_zooms_fits_and_shows_all_tasks(screen: Stage) -> None:
    await nightly(screen)
    await screen.press("4", "]", "]", "z")
    await screen.shows("11 of 19", "1:00")
    await screen.press("A")
    await screen.shows("19 of 19")
    await screen.press("+", "+")
    await screen.hides("0:20")
    await screen.press("0")
    await screen.shows("0:20")
