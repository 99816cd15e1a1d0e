"""What the palette shows of the screen itself, and of its engine."""

from pathlib import Path

import pytest

from leo_engine.errors import StoreError
from leo_tui.widgets.lines_pane import LinesPane
from main_host import bar, main_of, opened, run_to_the_end, shown, until

pytestmark = pytest.mark.timeout(90)

ONE = '[tasks.a]\ncmd = "echo hello"\n'


def text(pilot: object) -> str:
    return "\n".join(shown(pilot))  # type: ignore[arg-type]


def line_of(path: str, number: int) -> str:
    return Path(path).read_text().splitlines()[number - 1]


async def test_the_engines_log_tells_of_runs_and_of_trouble(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        await run_to_the_end(pilot)
        screen = main_of(pilot)
        screen.bridge.feed.inbox.on_trouble("etl", StoreError("no room"))
        while not await screen.bridge.feed.read(lambda engine: engine.audit()):
            await pilot.pause()
        screen.perform("app.engine_log")
        await until(pilot, lambda: "newest first" in text(pilot))
        for told in (
            "freed staging",
            "of work: succeeded",
            "etl no room",
            "StoreError: no room",
        ):
            assert told in text(pilot)


async def test_the_log_is_shown_while_the_store_answers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        screen = main_of(pilot)

        async def refuse(question: object) -> None:
            message = "the disk does not answer"
            raise StoreError(message)

        monkeypatch.setattr(screen.bridge.feed, "read", refuse)
        screen.perform("app.engine_log")
        await until(pilot, lambda: "looks at" in text(pilot))


async def test_the_file_with_what_the_screen_remembers_is_shown(tmp_path: Path) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        screen = main_of(pilot)
        screen.perform("app.state_file")
        await until(pilot, lambda: "cannot read" in bar(pilot, "status"))
        screen.keep_place()
        screen.perform("app.state_file")
        await until(pilot, lambda: '"folders": {' in text(pilot))


async def test_frames_a_second_are_set_and_what_is_no_number_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        screen = main_of(pilot)
        screen.perform("app.fps")
        await until(pilot, lambda: "frames a second" in text(pilot))
        await pilot.press("backspace", "backspace", "1", "0", "enter")
        await until(pilot, lambda: "ui 10 fps" in bar(pilot, "status"))
        screen.perform("app.fps")
        await until(pilot, lambda: len(pilot.app.screen_stack) > 1)
        await pilot.press("0", "enter")
        await until(pilot, lambda: "from 1 to 60: 100" in bar(pilot, "status"))
        assert "ui 10 fps" in bar(pilot, "status")


async def test_the_performance_of_the_screen_is_shown_and_hidden(
    tmp_path: Path,
) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    async with opened(tmp_path) as pilot:
        screen = main_of(pilot)
        box = screen.query_one("#performance", LinesPane)
        assert not box.display
        screen.perform("app.performance")
        await until(pilot, lambda: "writes waiting" in text(pilot))
        assert "% of a core" in text(pilot)
        screen.perform("app.performance")
        await until(pilot, lambda: "writes waiting" not in text(pilot))


async def test_the_keys_are_edited_where_they_stand_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work.toml").write_text(ONE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("EDITOR", "vim")
    monkeypatch.delenv("VISUAL", raising=False)
    run: list[list[str]] = []

    async def keep(_app: object, argv: list[str]) -> str:
        run.append(argv)
        return ""

    monkeypatch.setattr("leo_tui.screens.main.app_actions.run_in_terminal", keep)
    async with opened(tmp_path) as pilot:
        main_of(pilot).perform("app.keys")
        await until(pilot, lambda: run)
    name, line, path = run[0]
    assert name == "vim"
    assert line_of(path, int(line.removeprefix("+"))) == "[keys]"
