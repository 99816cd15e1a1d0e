"""Lines that lead somewhere, groups, and a folder without DAGs."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from textual.app import App

from leo_tui.keys.actions import Place
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.main import file_actions
from leo_tui.screens.text_screen import TextScreen
from leo_tui.viewmodels.panels.page import TaskTarget
from leo_tui.viewmodels.tasks.replay import Replay
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

BROKEN = """[tasks.a]
cmd = "true"
[tasks.b]
cmd = "true"
dependss = ["a"]
"""


async def test_a_problem_opens_the_editor_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited: list[Sequence[str]] = []

    async def edit(app: App[object], argv: Sequence[str]) -> str:
        del app
        edited.append(argv)
        return ""

    monkeypatch.setattr(file_actions, "run_in_terminal", edit)
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "broken.toml").write_text(BROKEN)
    setup = setup_of(tmp_path / "ui.json", Preferences(editor="vi"))
    async with opened(dags, setup) as pilot:
        screen = main_of(pilot)
        await pilot.press("enter")
        assert screen.bridge.layout.place is Place.PROBLEMS
        for key in ("enter", "e"):
            edited.clear()
            await pilot.press(key)
            await until(pilot, lambda: edited)
            assert edited == [["vi", "+5", str(dags / "broken.toml")]]
        edited.clear()
        await pilot.click("#problems", offset=(8, 0), times=2)
        await until(pilot, lambda: edited)


async def test_a_task_in_the_details_is_gone_to(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        panels = main_of(pilot).bridge.panels
        await run_to_the_end(pilot)
        await pilot.press("3")
        panels.tasks.go_to(3)
        await pilot.press("]")
        await until(pilot, lambda: panels.details.page.targets)
        targets = panels.details.page.targets
        row = next(r for r, t in targets.items() if t == TaskTarget("extract.orders"))
        await pilot.press("tab")
        panels.details.move_cursor(row)
        await pilot.press("enter")
        await until(pilot, lambda: panels.tasks.cursor_task() == 1)
        assert main_of(pilot).bridge.layout.place is Place.DETAILS


async def test_a_group_has_details_and_its_outputs_together(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        screen = main_of(pilot)
        panels = screen.bridge.panels
        await run_to_the_end(pilot)
        await pilot.press("3", "g")
        await until(
            pilot, lambda: any("A group: 4 and then a" in s for s in shown(pilot))
        )
        await pilot.press("]")
        await until(pilot, lambda: "Failed (1)" in panels.details.text())
        assert panels.details.text().startswith("extract")
        await pilot.press("[", "4", "a")
        await until(pilot, lambda: any("user 6" in text for text in shown(pilot)))
        text = "\n".join(shown(pilot))
        assert "order 1" in text
        assert "loaded" not in text
        await until(pilot, lambda: "of extract together" in bar(pilot, "status"))


async def test_enter_tells_why_files_are_no_dags(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("# not one")
    async with opened(tmp_path) as pilot:
        text = " ".join(" ".join(shown(pilot)).replace("┃", " ").split())
        assert "enter shows why" in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextScreen))
        assert any("readme.md" in text for text in shown(pilot))


async def test_a_run_is_told_to_be_over_and_a_person_to_be_needed(
    tmp_path: Path,
) -> None:
    ship = '[tasks.ship]\napproval = "Go?"\n[tasks.after]\ncmd = "true"\n'
    (tmp_path / "ask.toml").write_text(f'{ship}depends_on = ["ship"]\n')
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path, size=(80, 24)) as pilot:
        await until(pilot, lambda: any("Never run" in text for text in shown(pilot)))
        await pilot.press("s")
        await until(pilot, lambda: "⚑ ship waits for you" in bar(pilot, "status"))
        await pilot.press("j")
        # The box that says why is not shown on a screen of this size.
        await until(pilot, lambda: any("Waits for: ship" in s for s in shown(pilot)))
        await pilot.press("g", "enter", "y")
        await until(pilot, lambda: "ask #1 ok" in bar(pilot, "status"))
        await pilot.press("1", "j")
        await until(pilot, lambda: main_of(pilot).bridge.scene.dag_name == "work")
        await run_to_the_end(pilot)
        await until(
            pilot,
            lambda: "work #2 failed: 1 task failed — ! jump" in bar(pilot, "status"),
        )


async def test_every_step_into_the_past_changes_something(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        scene = main_of(pilot).bridge.scene
        await run_to_the_end(pilot)
        await pilot.press("comma")
        await until(pilot, lambda: "a moment of the past" in bar(pilot, "status"))
        assert scene.replay is not None
        seen = [list(scene.replay.model.rows)]
        while scene.replay.position:
            at = scene.replay.position
            await pilot.press("comma")
            await until(pilot, partial(_is_before, scene.replay, at))
            assert "a moment of the past" in bar(pilot, "status")
            seen.append(list(scene.replay.model.rows))
        assert all(now != before for now, before in pairwise(seen[:-1]))
        await pilot.press("comma")
        await until(pilot, lambda: "how the run began" in bar(pilot, "status"))
        await pilot.press("escape")
        await until(pilot, lambda: "back to now" in bar(pilot, "status"))


def _is_before(replay: Replay, position: int) -> bool:
    return replay.position < position
