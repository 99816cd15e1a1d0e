"""Pictures of the whole screen, in every state and every size that is supported."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from leo_engine.ports import HostSample, ResourceSample
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.panels.performance import (
    Expense,
    FrameCounts,
    performance_page,
)
from leo_tui.widgets.lines_pane import LinesPane
from snapshots import SIZES, Snapshot
from stage_set import NOW_MS, SMALL, WIDE, Stage, stage

pytestmark = pytest.mark.slow

Opened = Callable[..., AbstractAsyncContextManager[Stage]]
_MIB, _GIB = 1 << 20, 1 << 30


def measured(screen: Stage) -> None:
    """Have a machine and two tasks be measured for a while."""
    telling = screen.main._telling
    model = screen.main.bridge.scene.model
    tasks = [] if model is None else [model.index["extract.pull_events"]]
    for second in range(30):
        host = HostSample(
            period_ms=1_000,
            cpu_percent=20 + (second * 37) % 70,
            memory_used_bytes=5 * _GIB,
            memory_total_bytes=24 * _GIB,
            disk_bytes=88 * _MIB,
            net_bytes=3 * _MIB,
        )
        used = ResourceSample(second * 700, (200 + second) * _MIB, 4)
        at_ms = NOW_MS - (30 - second) * 1_000
        telling.take_sample(
            at_ms, host, dict.fromkeys(tasks, used), log_bytes=second * 88_000
        )


@asynccontextmanager
async def nightly(
    folder: Path,
    size: tuple[int, int] = WIDE,
    theme: ThemeName = ThemeName.DARK,
    glyphs: Glyphs = Glyphs.UNICODE,
) -> AsyncIterator[Stage]:
    """Open the screen on the run that is under way, at its first failure."""
    async with stage(folder, size=size, theme=theme, glyphs=glyphs) as screen:
        await screen.see_run("nightly_etl", "extract.pull_orders")
        await screen.shows("no attempts left")
        await screen.until(lambda: screen.main.bridge.panels.output.window is not None)
        measured(screen)
        await screen.settled()
        yield screen


async def shot(
    screen: Stage,
    snapshot: Snapshot,
    name: str,
    sizes: tuple[tuple[int, int], ...] = SIZES,
) -> None:
    """Compare the screen in each size, once it is arranged for it."""
    for size in sizes:
        await screen.pilot.resize_terminal(*size)
        await screen.settled()
        await snapshot(screen.pilot, name)


async def test_a_run_under_way_with_tasks_in_every_state(
    folder: Path, snapshot: Snapshot
) -> None:
    async with nightly(folder) as screen:
        await shot(screen, snapshot, "live")


async def test_the_files_beside_the_runs_of_one(
    folder: Path, snapshot: Snapshot
) -> None:
    async with stage(folder) as screen:
        await shot(screen, snapshot, "files")
        await screen.press("2")
        await shot(screen, snapshot, "runs", (SMALL,))


@pytest.mark.parametrize("tab", ["details", "timeline", "meters"])
async def test_each_tab(folder: Path, snapshot: Snapshot, tab: str) -> None:
    async with nightly(folder) as screen:
        while str(screen.main._layout.tab) != tab:
            await screen.press("]")
        await shot(screen, snapshot, tab)


async def test_problems_of_a_broken_file(folder: Path, snapshot: Snapshot) -> None:
    async with stage(folder) as screen:
        await screen.press("j", "j", "enter")
        await screen.shows("unknown key 'dependss'")
        await shot(screen, snapshot, "problems")


async def test_a_file_that_never_ran(folder: Path, snapshot: Snapshot) -> None:
    async with stage(folder) as screen:
        await screen.press("j", "j", "j")
        await screen.shows("Never run.")
        await shot(screen, snapshot, "never-run")


async def test_an_empty_folder(
    tmp_path: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    empty = tmp_path / "pipelines"
    empty.mkdir()
    (empty / "leo.toml").write_text("")
    async with stage(empty) as screen:
        await screen.shows("No DAG files in")
        await shot(screen, snapshot, "empty-folder")


async def test_a_screen_that_is_too_small(folder: Path, snapshot: Snapshot) -> None:
    async with nightly(folder) as screen:
        await shot(screen, snapshot, "too-small", ((40, 10), (59, 16)))


async def test_output_alone_with_a_search(folder: Path, snapshot: Snapshot) -> None:
    async with nightly(folder) as screen:
        await screen.press("j", "j", "4", "z")
        await screen.shows("batch 88180")
        await screen.press("/")
        await screen.dialog()
        await screen.type("decode")
        await screen.press("enter")
        await screen.shows("match 4 of 5")
        await shot(screen, snapshot, "search")


async def test_the_timeline_alone(folder: Path, snapshot: Snapshot) -> None:
    async with nightly(folder) as screen:
        await screen.press("4", "]", "]", "z")
        await screen.shows("▌Timeline▐")
        await shot(screen, snapshot, "timeline-zoomed")


@pytest.mark.parametrize(
    ("keys", "shown", "name"),
    [
        (":retry", "Retry these tasks", "palette"),
        ("?", "Keys: tasks", "help"),
        ("S", "Start nightly_etl", "form"),
        ("R", "Retry run 12", "retry"),
        ("X", "Stop run 12?", "stop"),
        ("=", "only differences", "compare"),
    ],
)
async def test_what_stands_before_the_panels(
    folder: Path, snapshot: Snapshot, keys: str, shown: str, name: str
) -> None:
    async with nightly(folder) as screen:
        await screen.press(keys[0])
        await screen.dialog()
        await screen.type(keys[1:])
        await screen.shows(shown)
        await shot(screen, snapshot, name)


async def test_an_answer_that_a_task_waits_for(
    folder: Path, snapshot: Snapshot
) -> None:
    async with nightly(folder) as screen:
        await screen.press("G", "k", "enter")
        await screen.shows("Publish the reports")
        await shot(screen, snapshot, "approval")


async def test_what_the_screen_itself_takes(folder: Path, snapshot: Snapshot) -> None:
    before, now = Expense(0, 0, 0, 0), Expense(1_000, 21, 34, 58 << 20)
    page = performance_page(
        before, now, FrameCounts(30, 2, 60, 9), most_fps=30, waiting=1, silent_ms=400
    )
    async with nightly(folder) as screen:
        screen.main.set_class(True, "with-performance")  # noqa: FBT003 -- Textual's
        screen.main.query_one("#performance", LinesPane).show(lambda _: page)
        await screen.shows("writes waiting")
        await shot(screen, snapshot, "performance")


async def test_the_tour_of_a_newcomer(folder: Path, snapshot: Snapshot) -> None:
    async with stage(folder, is_new_here=True) as screen:
        await screen.until(lambda: len(screen.app.screen_stack) > 1)
        await shot(screen, snapshot, "tour")


@pytest.mark.parametrize(
    ("theme", "glyphs", "name"),
    [
        (ThemeName.LIGHT, Glyphs.UNICODE, "light"),
        (ThemeName.ANSI, Glyphs.UNICODE, "ansi"),
        (ThemeName.NONE, Glyphs.UNICODE, "no-colour"),
        (ThemeName.DARK, Glyphs.ASCII, "ascii"),
    ],
)
async def test_themes_and_signs(
    folder: Path, snapshot: Snapshot, theme: ThemeName, glyphs: Glyphs, name: str
) -> None:
    async with nightly(folder, theme=theme, glyphs=glyphs) as screen:
        await shot(screen, snapshot, name, (WIDE,))
