"""Two runs compared on the screen, and the outputs of a task beside each other."""

from pathlib import Path

import pytest
from textual.scrollbar import ScrollTo

from leo_engine.app.types import RunCommand
from leo_engine.ports import RunRow
from leo_engine.spec.model import Json
from leo_tui.screens.compare import CompareScreen
from leo_tui.screens.main.screen import MainScreen
from leo_tui.screens.outputs_beside import OutputsBesideScreen, TwinPane
from stage_set import Stage, stage

pytestmark = pytest.mark.timeout(60)
ETL = r"""
max_active_runs = 9
[params]
word = "good"
wait = "0"
[tasks.load]
cmd = "seq 100; echo {{ word }}; printf '\\033]0;own\\007\\n'; seq 99; sleep {{ wait }}"
[tasks.clean]
cmd = "test {{ word }} = good"
depends_on = ["load"]
"""


async def begun(seen: Stage, **params: Json) -> RunRow:
    loaded = await seen.feed.read(lambda e: e.load("etl"))
    bound = await seen.feed.read(lambda e: e.bind_params(loaded.dag, params))
    command = RunCommand(dag=loaded, params=bound, new=True)
    return await seen.feed.do(lambda desk: desk.start(command))


async def ended(seen: Stage, **params: Json) -> RunRow:
    run = await begun(seen, **params)
    await seen.feed.idle()
    return run


async def compare(seen: Stage) -> CompareScreen:
    scene = seen.main.bridge.scene
    await seen.until(lambda: len(scene.runs) == 2 and scene.run)
    await seen.press("=")
    await seen.until(lambda: isinstance(seen.app.screen, CompareScreen))
    assert isinstance(seen.app.screen, CompareScreen)
    return seen.app.screen


async def opened_beside(seen: Stage) -> tuple[CompareScreen, TwinPane, TwinPane]:
    """Open the outputs of `load` in a good run and in a bad one."""
    await ended(seen)
    bad = await ended(seen, word="bad")
    await seen.main._loading.open_run(bad.run_id)
    screen = await compare(seen)
    await seen.shows("run 1", "run 2")
    await seen.press("A")
    for row in range(screen._pane.row_count()):
        screen._pane.move_cursor(row)
        if screen._pane.task_id() == "load":
            break
    assert screen._pane.task_id() == "load"
    await seen.press("enter")
    await seen.until(lambda: isinstance(seen.app.screen, OutputsBesideScreen))
    assert isinstance(seen.app.screen, OutputsBesideScreen)
    one, two = seen.app.screen._panes
    await seen.until(lambda: one.window and two.window)
    await seen.shows("run 1", "run 2")
    return screen, one, two


def top(pane: TwinPane) -> int:
    assert pane.window is not None
    return pane.window.top_place()


async def test_outputs_are_scrolled_together_by_keys_wheel_and_bar(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        screen, one, two = await opened_beside(seen)
        cursor = screen._pane.cursor
        assert (top(one), top(two)) == (0, 0)
        await seen.press("j", "j", "ctrl+d")
        assert top(one) == top(two) > 2
        before = top(two)
        two.scroll_rows(3)
        assert top(one) == top(two) == before + 3
        two.post_message(ScrollTo(y=50))
        await seen.until(lambda: top(one) == top(two) == 50)
        await seen.press("G")
        assert top(one) == top(two) > 50
        await seen.press("escape")
        await seen.until(lambda: seen.app.screen is screen)
        assert screen._pane.cursor == cursor
        await seen.press("escape")
        await seen.until(lambda: isinstance(seen.app.screen, MainScreen))


async def test_what_is_looked_for_is_looked_for_in_both(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        _, one, two = await opened_beside(seen)
        await seen.press("/")
        await seen.type("bad")
        await seen.press("enter")
        await seen.until(lambda: two.window and two.window.state.cursor == 100)
        assert one.window is not None
        assert one.window.state.query is not None
        await seen.press("y")
        await seen.shows("copied 1 line")
        assert seen.app.clipboard == "bad"
        assert "\x1b" not in seen.text()
        await seen.press("escape")
        await seen.until(lambda: one.window and one.window.state.query is None)
        assert isinstance(seen.app.screen, OutputsBesideScreen)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_there_is_room_for_both_on_a_small_screen(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path, size=size) as seen:
        _, one, two = await opened_beside(seen)
        assert (one.region.y == two.region.y) is (size[0] >= 80)
        assert min(one.size.height, two.size.height) >= 4


async def test_a_comparison_is_copied_and_saved_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    monkeypatch.chdir(tmp_path)
    async with stage(tmp_path) as seen:
        await ended(seen)
        bad = await ended(seen, word="bad")
        await seen.main._loading.open_run(bad.run_id)
        await compare(seen)
        await seen.press("y")
        await seen.shows("copied")
        assert "word=good → word=bad" in seen.app.clipboard
        await seen.press("O", "enter")
        written = tmp_path / "compare-1-2.txt"
        await seen.until(written.exists)
        await seen.shows("saved to")
        assert written.read_text() == seen.app.clipboard
        written.write_text("mine")
        await seen.press("O", "enter")
        await seen.shows("is there already")
        assert written.read_text() == "mine"


async def test_a_comparison_goes_on_while_a_run_does(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        await ended(seen)
        run = await begun(seen, wait="30")
        scene = seen.main.bridge.scene
        await seen.until(lambda: len(scene.runs) == 2)
        await seen.main._loading.open_run(run.run_id)
        await compare(seen)
        await seen.feed.do(lambda desk: desk.cancel(run.run_id, by="test"))
        await seen.until(lambda: "run 2 ⊟" in seen.text())


async def test_marks_choose_two_runs_and_no_other_number(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        for word in ("good", "bad", "worse"):
            await ended(seen, word=word)
        await seen.until(lambda: len(scene.runs) == 3)
        await seen.press("2", "g", "space", "j", "=")
        await seen.shows("mark two runs to compare: marked is 1")
        await seen.press("space", "=")
        await seen.until(lambda: isinstance(seen.app.screen, CompareScreen))
        await seen.shows("run 2", "run 3")
