"""The whole screen on a folder, with an engine that runs what is started there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from leo_engine.app import settings
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.app import LeoApp
from leo_tui.feed.feed import Feed
from leo_tui.keys.keymap import Keymap
from leo_tui.preferences.memory import Memory
from leo_tui.preferences.settings import Preferences
from leo_tui.screens.main.screen import MainScreen, Setup
from leo_tui.viewmodels.spans import text_of
from leo_tui.widgets.line_bar import LineBar
from snapshots import lines_of, unnamed

PATIENCE_S = 30
_LOOK_S = 0.01

GROUPS = """
failure_policy = "continue"
[tasks."extract.users"]
cmd = "for n in 1 2 3 4 5 6; do echo user $n; done"
[tasks."extract.orders"]
cmd = "echo order 1; echo ERROR: no more; exit 2"
[tasks."load.users"]
depends_on = ["extract.users"]
cmd = "echo loaded"
[tasks."load.orders"]
depends_on = ["extract.orders"]
cmd = "true"
"""
"""Two groups: something in each succeeds, and something fails or is blocked."""


def setup_of(
    state: Path, preferences: Preferences | None = None, *, shows_tour: bool = False
) -> Setup:
    """Return what a screen is started with whose state is kept in a file."""
    return Setup(
        keymap=Keymap.load({}),
        preferences=preferences or Preferences(),
        memory=Memory(state),
        shows_tour=shows_tour,
    )


@asynccontextmanager
async def opened(
    folder: Path, setup: Setup | None = None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Pilot[Path]]:
    """Open the screen on a folder, and wait until that was read."""
    feed = Feed(settings(str(folder), slots=2))
    feed.start()
    app = LeoApp(feed, setup or setup_of(folder / ".state" / "ui.json"))
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: _has_read(main_of(pilot)))
            yield pilot
    finally:
        await asyncio.to_thread(feed.close)


def main_of(pilot: Pilot[Path]) -> MainScreen:
    """Return the main screen, whatever stands over it."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


async def until(pilot: Pilot[Path], is_so: Callable[[], object]) -> None:
    """Wait until something is so; fail when that takes too long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE_S
    while not is_so():
        if clock() > deadline:
            pytest.fail("\n".join(shown(pilot)), pytrace=False)
        await pilot.pause(_LOOK_S)
    await pilot.pause()


async def run_to_the_end(pilot: Pilot[Path]) -> None:
    """Start the chosen file and wait until its run is over."""
    scene = main_of(pilot).bridge.scene
    before = scene.run_id
    await pilot.press("s")
    await until(
        pilot,
        lambda: (
            scene.run is not None
            and scene.run_id != before
            and scene.run.status in RUN_TERMINAL
        ),
    )


def bar(pilot: Pilot[Path], name: str) -> str:
    """Return what a bar says."""
    return text_of(main_of(pilot).query_one(f"#{name}", LineBar).line)


def shown(pilot: Pilot[Path]) -> list[str]:
    """Return the lines of the screen."""
    return lines_of(unnamed(pilot.app.export_screenshot()))


def _has_read(screen: MainScreen) -> bool:
    scene = screen.bridge.scene
    if scene.folder is None:
        return False
    is_shown = screen.bridge.panels.tasks.task_tree is not None
    return is_shown or scene.file is None or scene.file.loaded is None
