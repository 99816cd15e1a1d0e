"""Keys typed without waiting for what they open."""

from pathlib import Path

from textual.events import Key
from textual.pilot import Pilot

from leo_engine.ports import RunFilter
from leo_tui.screens.palette import PaletteScreen
from leo_tui.widgets.field import TextField
from main_host import GROUPS, main_of, opened, run_to_the_end, until
from stage_set import stage


def type_at_once(pilot: Pilot[Path], keys: str) -> None:
    """Send keys in one go, as a hurried hand or a paste does."""
    for key in keys:
        name = {":": "colon", "!": "exclamation_mark"}.get(key, key)
        pilot.app.post_message(Key(name, key))


async def test_a_command_typed_in_one_go_reaches_the_palette(tmp_path: Path) -> None:
    (tmp_path / "groups.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        type_at_once(pilot, ":graph")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaletteScreen))
        await until(
            pilot, lambda: pilot.app.screen.query_one(TextField).value == "graph"
        )


async def test_keys_after_an_action_that_asks_nothing_are_not_lost(
    tmp_path: Path,
) -> None:
    (tmp_path / "groups.toml").write_text(GROUPS)
    async with opened(tmp_path) as pilot:
        await run_to_the_end(pilot)
        main = main_of(pilot)
        type_at_once(pilot, "2p1")
        await until(pilot, lambda: str(main.bridge.layout.place) == "files")


async def test_a_key_acts_on_the_file_that_the_cursor_has_just_gone_to(
    tmp_path: Path,
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.toml").write_text('[tasks.one]\ncmd = "true"\n')
    async with stage(tmp_path) as seen:
        seen.send("j", "j", "s")
        scene = seen.main.bridge.scene
        await seen.until(lambda: scene.run is not None)
        assert scene.run is not None
        assert scene.run.dag == "c"
        runs = await seen.feed.read(lambda engine: engine.runs(RunFilter()))
        assert [run.dag for run in runs] == ["c"]


async def test_a_key_acts_on_the_run_that_the_cursor_has_just_gone_to(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.toml").write_text('[tasks.one]\ncmd = "exit 1"\n')
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        for number in (1, 2):
            await seen.press("1", "s")
            await seen.until(lambda n=number: len(scene.runs) == n)  # type: ignore[misc]
            await seen.until(lambda: scene.run is not None and scene.run.ended_ms)
        await seen.press("2", "g")
        seen.send("j", "c")
        await seen.shows("Continue run 1")
