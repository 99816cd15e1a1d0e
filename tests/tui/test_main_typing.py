"""Keys typed without waiting for what they open."""

from pathlib import Path

from textual.events import Key
from textual.pilot import Pilot

from leo_tui.screens.palette import PaletteScreen
from leo_tui.widgets.field import TextField
from main_host import GROUPS, main_of, opened, run_to_the_end, until


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
