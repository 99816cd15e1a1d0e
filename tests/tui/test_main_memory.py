"""The screen opens as it was left, folder by folder."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from leo_tui.keys.actions import Place
from leo_tui.preferences.memory import FolderState, Memory
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.main.remembering import Remembering
from leo_tui.screens.tour import TourScreen
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.output.times import Times
from leo_tui.widgets.themed_app import ThemedApp
from main_host import GROUPS, main_of, opened, run_to_the_end, setup_of, until

pytestmark = pytest.mark.timeout(90)
"""A whole app, with processes: much slower where much else is done."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "dags"
    found.mkdir()
    (found / "alpha.toml").write_text('[tasks.only]\ncmd = "true"\n')
    (found / "beta.toml").write_text(GROUPS)
    return found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "ui.json"


def app_of(pilot: Pilot[Path]) -> ThemedApp[Path]:
    app = pilot.app
    assert isinstance(app, ThemedApp)
    return app


async def leave(pilot: Pilot[Path]) -> None:
    pilot.app.exit()
    await pilot.pause()


async def test_file_group_place_and_tab_come_back(folder: Path, state: Path) -> None:
    async with opened(folder, setup_of(state)) as pilot:
        await pilot.press("j")
        screen = main_of(pilot)
        tasks = screen.bridge.panels.tasks
        await until(pilot, lambda: tasks.row_count() == 6)
        await pilot.press("3", "h", "j", "l", "]")
        await leave(pilot)
    kept = Memory(state).folder(folder)
    assert kept.file == "beta.toml"
    assert kept.place == "tasks"
    assert kept.tab == "details"
    assert kept.collapsed == ["extract."]
    async with opened(folder, setup_of(state)) as pilot:
        bridge = main_of(pilot).bridge
        assert bridge.scene.file is not None
        assert bridge.scene.file.path.name == "beta.toml"
        tasks = bridge.panels.tasks
        await until(pilot, lambda: tasks.row_count() == 4)
        assert tasks.row_key(tasks.cursor) == "\0load."
        assert bridge.layout.place is Place.TASKS
        assert bridge.layout.tab is Place.DETAILS


async def test_an_earlier_run_and_its_task_come_back(folder: Path, state: Path) -> None:
    async with opened(folder, setup_of(state)) as pilot:
        await pilot.press("j")
        bridge = main_of(pilot).bridge
        await until(pilot, lambda: bridge.scene.dag_name == "beta")
        await run_to_the_end(pilot)
        first = bridge.scene.run_id
        await run_to_the_end(pilot)
        assert bridge.scene.run_id != first
        await until(pilot, lambda: len(bridge.scene.runs) == 2)
        await pilot.press("2", "j")
        await until(pilot, lambda: bridge.scene.run_id == first)
        await pilot.press("3", "!")
        assert bridge.panels.tasks.cursor_task() == 1
        await leave(pilot)
    async with opened(folder, setup_of(state)) as pilot:
        bridge = main_of(pilot).bridge
        await until(pilot, lambda: bridge.scene.run_id == first)
        await until(pilot, lambda: bridge.panels.tasks.cursor_task() == 1)
        assert bridge.panels.runs.cursor_run() == first


async def test_what_is_gone_is_forgotten(folder: Path, state: Path) -> None:
    gone = FolderState(
        file="gone.toml",
        run="none",
        task="none",
        place="nowhere",
        tab="none",
        collapsed=["no group"],
        times="never",
        theme="none of ours",
        glyphs="runes",
    )
    Memory(state).keep_folder(folder, gone)
    async with opened(folder, setup_of(state)) as pilot:
        bridge = main_of(pilot).bridge
        assert bridge.scene.file is not None
        assert bridge.scene.file.path.name == "alpha.toml"
        assert bridge.layout.place is Place.FILES
        assert bridge.layout.tab is Place.OUTPUT


async def test_filters_and_folds_outlast_a_file_without_tasks(
    folder: Path, state: Path
) -> None:
    (folder / "aaa.toml").write_text("tasks = 1")
    (folder / "alpha.toml").unlink()
    async with opened(folder, setup_of(state)) as pilot:
        bridge = main_of(pilot).bridge
        tasks = bridge.panels.tasks
        await pilot.press("j")
        await until(pilot, lambda: tasks.row_count() == 6)
        tasks.set_filter("users")
        await pilot.press("1", "k")
        await until(pilot, lambda: tasks.task_tree is None)
        await pilot.press("j")
        await until(pilot, lambda: tasks.task_tree is not None)
        assert tasks.filter_text == "users"


async def test_theme_signs_wrap_times_and_sidebar_come_back(
    folder: Path, state: Path
) -> None:
    async with opened(folder, setup_of(state)) as pilot:
        screen = main_of(pilot)
        screen.perform("theme.light")
        screen.perform("theme.glyphs")
        screen.bridge.panels.output.wraps = False
        screen.bridge.panels.output.times = Times.DELTA
        await pilot.press("b")
        await leave(pilot)
    async with opened(folder, setup_of(state)) as pilot:
        app, screen = app_of(pilot), main_of(pilot)
        assert app.theme_name is ThemeName.LIGHT
        assert app.glyphs is Glyphs.ASCII
        assert not screen.bridge.panels.output.wraps
        assert screen.bridge.panels.output.times is Times.DELTA
        assert screen.has_class("no-sidebar")
    fixed = setup_of(state)._replace(has_fixed_theme=True)
    async with opened(folder, fixed) as pilot:
        assert app_of(pilot).theme_name is ThemeName.DARK


async def test_a_theme_that_nobody_chose_is_not_remembered(
    folder: Path, state: Path
) -> None:
    async with opened(folder, setup_of(state)) as pilot:
        await pilot.press("]")
        await leave(pilot)
    assert Memory(state).folder(folder) == FolderState(
        file="alpha.toml", task="only", place="files", tab="details", times="off"
    )


async def test_it_is_written_two_seconds_after_the_last_change(
    folder: Path, state: Path
) -> None:
    async with opened(folder, setup_of(state)) as pilot:
        written = Memory(state)
        remembering = Remembering(main_of(pilot).bridge, written, has_fixed_theme=False)
        remembering.take_model()
        await pilot.press("]")
        remembering.tick(0)
        await pilot.press("]")
        remembering.tick(1_500)
        remembering.tick(3_000)
        assert written.folder(folder) == FolderState()
        remembering.tick(3_500)
        assert written.folder(folder).tab == "timeline"


async def test_the_tour_is_shown_once(folder: Path, state: Path) -> None:
    async with opened(folder, setup_of(state, shows_tour=True)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, TourScreen))
    async with opened(folder, setup_of(state, shows_tour=True)) as pilot:
        await pilot.pause()
        assert not isinstance(pilot.app.screen, TourScreen)


async def test_groups_fold_themselves_where_that_is_wished(
    folder: Path, state: Path
) -> None:
    async with opened(folder, setup_of(state)) as pilot:
        assert not main_of(pilot).bridge.panels.tasks.folds_ok
    preferences = Preferences(fold_ok_groups=True)
    async with opened(folder, setup_of(state, preferences)) as pilot:
        assert main_of(pilot).bridge.panels.tasks.folds_ok
