"""A screen on which nothing happens rests; a key, a run or a file wakes it."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from leo_engine.state.status import RUN_TERMINAL
from leo_tui.screens.main.pace import Pace
from main_host import bar, main_of, opened, until

pytestmark = pytest.mark.timeout(90)

ONE = '[tasks.a]\ncmd = "echo hello"\n'


def pace_of(pilot: Pilot[Path]) -> Pace:
    return main_of(pilot)._pace


async def test_a_screen_rests_once_nothing_happens_and_a_key_wakes_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        pace = pace_of(pilot)
        await until(pilot, lambda: pace.is_resting)
        await pilot.press("j")
        assert not pace.is_resting
        await until(pilot, lambda: pace.is_resting)


async def test_a_run_that_begins_wakes_a_screen_that_rests(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        screen, pace = main_of(pilot), pace_of(pilot)
        await until(pilot, lambda: pace.is_resting)
        screen.perform("run.start")
        await until(pilot, lambda: not pace.is_resting)
        await until(
            pilot,
            lambda: (
                screen.bridge.scene.run is not None
                and screen.bridge.scene.run.status in RUN_TERMINAL
            ),
        )


async def test_what_goes_on_by_itself_goes_on_while_the_screen_rests(
    tmp_path: Path,
) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        await until(pilot, lambda: pace_of(pilot).is_resting)
        header = bar(pilot, "header")
        await until(pilot, lambda: bar(pilot, "header") != header)
        meters = bar(pilot, "meters-bar")
        await until(pilot, lambda: bar(pilot, "meters-bar") != meters)
        assert pace_of(pilot).is_resting
