"""Palette and help: typing finds, enter runs, what cannot be run says why."""

import pytest
from textual.events import Paste

from dialog_host import HOSTILE, DialogHost, assert_harmless
from leo_tui.keys.actions import Place
from leo_tui.keys.keymap import Keymap
from leo_tui.screens.help import HelpScreen
from leo_tui.screens.palette import PaletteScreen
from leo_tui.theme import Glyphs
from leo_tui.viewmodels.commands import Command, help_commands
from snapshots import SIZES, Snapshot

COMMANDS = [
    Command("Retry task: pull_orders", "task.retry", key="r"),
    Command("Retry task + 37 downstream", "task.retry_downstream", key="R"),
    Command("Retry all failed tasks in run 41 (2)", "run.retry_failed"),
    Command("Continue run 40 from its failures", "run.continue", key="c"),
    Command("Stop the run", "run.stop", key="X", why_not="the run has ended"),
]
TASKS = [f"load[shard={number}]" for number in range(10_000)]


def palette() -> PaletteScreen:
    return PaletteScreen(COMMANDS, TASKS)


def help_screen() -> HelpScreen:
    why = {"out.save": "there is no output yet"}
    commands = help_commands(
        Keymap.load({}), Place.OUTPUT, lambda name: why.get(name, "")
    )
    return HelpScreen("Output", commands)


async def test_enter_runs_what_the_cursor_is_on() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        assert app.results == [COMMANDS[1]]


async def test_typing_finds_and_puts_the_cursor_on_the_first() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down", *"cont", "enter")
        assert app.results == [COMMANDS[3]]


async def test_a_task_among_thousands_is_gone_to() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"=7777", "enter")
        going = Command("Go to load[shard=7777]", "goto.task", "load[shard=7777]")
        assert app.results == [going]


async def test_what_cannot_be_run_stays_and_says_why() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown", "enter")
        assert app.results == []
        assert app.text().count("the run has ended") == 2
        await pilot.press("backspace", "a")
        assert "esc close" in app.text()


async def test_nothing_found_runs_nothing() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"zzz")
        assert "nothing matches" in app.text()
        await pilot.press("enter", "up", "down")
        assert app.results == []
        await pilot.press("escape")
        assert app.results == [None]


async def test_a_double_click_runs() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(80, 24)) as pilot:
        row = next(n for n, t in enumerate(app.rows()) if "Continue run" in t)
        await pilot.click(offset=(30, row), times=2)
        assert app.results == [COMMANDS[3]]


async def test_the_help_finds_a_key_and_runs_it() -> None:
    app = DialogHost(help_screen())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "w           Wrap long lines" in app.text()
        await pilot.press(*"pager", "enter")
        [result] = app.results
        assert isinstance(result, Command)
        assert result.action_id == "out.pager"


async def test_hostile_names_do_no_harm() -> None:
    app = DialogHost(PaletteScreen([Command(HOSTILE, "zoom")], [HOSTILE]))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("b")
        await assert_harmless(pilot)


async def test_what_is_pasted_does_no_harm() -> None:
    app = DialogHost(palette())
    async with app.run_test(size=(60, 16)) as pilot:
        app.screen.query_one("TextField").post_message(Paste(HOSTILE))
        await assert_harmless(pilot)


@pytest.mark.parametrize("glyphs", Glyphs)
async def test_lists_are_whole_in_ascii(glyphs: Glyphs) -> None:
    app = DialogHost(help_screen(), glyphs=glyphs)
    async with app.run_test(size=(60, 16)):
        assert app.text().isascii() == (glyphs is Glyphs.ASCII)


async def test_the_palette_looks_as_accepted(snapshot: Snapshot) -> None:
    app = DialogHost(palette())
    async with app.run_test(size=SIZES[0]) as pilot:
        await pilot.press(*"r")
        await snapshot(pilot, "palette", SIZES)


async def test_the_help_looks_as_accepted(snapshot: Snapshot) -> None:
    commands = [
        Command("Wrap long lines, or not", "out.wrap", key="w"),
        Command("Save the output to a file", "out.save", key="O", why_not="no output"),
        Command("Copy the line or the selection", "out.copy", key="y"),
        Command("Half a page down", "nav.half_down", key="^d"),
        Command("Commands", "palette", key=": ^p"),
    ]
    app = DialogHost(HelpScreen("Output", commands))
    async with app.run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, "help", SIZES)
