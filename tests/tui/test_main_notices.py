"""What the status line says, for how long; the bell; the palette's order; the mouse."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from leo_engine.state.status import RunStatus
from leo_tui.app import LeoApp
from leo_tui.keys.actions import Place
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.finder import CommandRows
from leo_tui.screens.main.notices import Notices
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.tasks.replay import time_bar
from leo_tui.widgets.line_bar import LineBar
from main_host import (
    GROUPS,
    bar,
    main_of,
    opened,
    run_to_the_end,
    setup_of,
    shown,
    until,
)

pytestmark = pytest.mark.timeout(90)
"""A whole app, with processes: much slower where much else is done."""

ASKING = """
[tasks.approve]
approval = "Publish?"
"""


def notices_of(pilot: Pilot[Path]) -> Notices:
    return Notices(main_of(pilot).bridge)


async def test_a_message_goes_away_after_a_while(tmp_path: Path) -> None:
    async with opened(tmp_path) as pilot:
        notices = notices_of(pilot)
        main_of(pilot).bridge.scene.say("copied")
        assert text_of(notices.message(1_000)) == "copied"
        assert text_of(notices.message(8_999)) == "copied"
        assert notices.message(9_000) == ()


async def test_a_failure_is_told_until_it_is_over(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        await run_to_the_end(pilot)
        notices, bridge = notices_of(pilot), main_of(pilot).bridge
        model = bridge.scene.model
        assert model is not None
        notices.note_tasks({1})
        told = "✗ extract.orders failed (exit 2) — ! jump · r retry"
        assert text_of(notices.message(0)) == told
        assert text_of(notices.message(60_000)) == told
        bridge.scene.say("copied")
        assert text_of(notices.message(61_000)) == "copied"
        assert text_of(notices.message(70_000)) == told
        notices.note_tasks({0})
        assert notices.message(71_000) == ()


async def test_a_task_that_waits_for_somebody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[LeoApp] = []

    def ring(app: LeoApp) -> None:
        rung.append(app)

    monkeypatch.setattr(LeoApp, "bell", ring)
    (tmp_path / "work.toml").write_text(ASKING)
    setup = setup_of(tmp_path / "ui.json", Preferences(bell=True))
    async with opened(tmp_path, setup) as pilot:
        await pilot.press("s")
        waits = "⚑ approve waits for you: enter on it"
        await until(pilot, lambda: waits in bar(pilot, "status"))
        scene = main_of(pilot).bridge.scene
        scene.message = ()
        assert text_of(notices_of(pilot).message(0)) == waits
        before = len(rung)
        await pilot.press("3", "enter", "y")
        await until(
            pilot, lambda: scene.run and scene.run.status is RunStatus.SUCCEEDED
        )
        assert len(rung) == before + 1


async def test_the_palette_begins_with_the_task(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        await run_to_the_end(pilot)
        tasks = main_of(pilot).bridge.panels.tasks
        await pilot.press("3", ":")
        await until(pilot, lambda: pilot.app.screen.query(CommandRows))
        rows = pilot.app.screen.query_one(CommandRows)
        first = "".join(span.text for span in rows.row_line(0, 60))
        assert "Retry these tasks" in first
        await pilot.press(*"extract.orders", "enter")
        await until(pilot, lambda: tasks.cursor_task() == 1)


async def test_the_mouse_reaches_panels_tabs_rows_and_keys(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        screen = main_of(pilot)
        layout, tasks = screen.bridge.layout, screen.bridge.panels.tasks
        await pilot.click("#tasks", offset=(8, 2))
        assert str(layout.place) == "tasks"
        assert tasks.cursor_task() == 0
        await pilot.click("#tasks", offset=(2, 1))
        assert tasks.row_count() == 4
        lines = shown(pilot)
        column = lines[1].index("Details")
        await pilot.click(offset=(column + 1, 1))
        assert str(layout.place) == "details"
        await until(pilot, lambda: "zoom" in bar(pilot, "keys"))
        keys = bar(pilot, "keys")
        await pilot.click("#keys", offset=(keys.index("z zoom"), 0))
        await until(pilot, lambda: layout.zoomed is Place.DETAILS)


async def test_a_click_on_the_time_bar_goes_to_that_moment(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        scene = main_of(pilot).bridge.scene
        await run_to_the_end(pilot)
        await pilot.press("3", ",")
        await until(pilot, lambda: "▕" in bar(pilot, "header"))
        columns = time_bar(main_of(pilot).query_one("#header", LineBar).line)
        assert len(columns) > 10
        await pilot.click("#header", offset=(columns[0], 0))
        assert scene.replay is not None
        await until(pilot, lambda: scene.replay and scene.replay.position < 3)
        await pilot.click("#header", offset=(columns[-1], 0))
        await until(pilot, lambda: scene.replay and scene.replay.is_at_end)
