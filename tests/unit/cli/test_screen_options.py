"""What the screen is opened with, and when it is not opened at all."""

import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from leo_engine.errors import ConfigError
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation
from leo_tui.cli.root import THEMES
from leo_tui.cli.screen import ScreenFlags, open_screen, refuse_without_terminal
from leo_tui.preferences.options import ScreenOptions, glyphs_for, theme_for
from leo_tui.preferences.settings import Preferences, config_path
from leo_tui.theme import Glyphs, ThemeName

COLORS = {"TERM": "xterm-256color"}
PLAIN = Preferences()
LIGHT = Preferences(theme=ThemeName.LIGHT)


class Terminal(io.StringIO):
    """A stream that says it is one."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


FLAGS = ScreenFlags(
    theme=None,
    ascii_signs=False,
    fps=None,
    slots=None,
    no_resume=False,
    web=False,
    host="127.0.0.1",
    port=8000,
    insecure=False,
)


def flags(**given: object) -> ScreenFlags:
    return cast("ScreenFlags", {**FLAGS, **given})


def test_the_themes_of_the_command_line_are_all() -> None:
    assert tuple(ThemeName) == THEMES


@pytest.mark.parametrize(
    ("asked", "preferences", "environ", "theme"),
    [
        (None, PLAIN, COLORS, "dark"),
        (None, PLAIN, {"TERM": "linux"}, "ansi"),
        (None, PLAIN, {"TERM": "xterm-kitty"}, "dark"),
        (None, PLAIN, {"TERM": "linux", "COLORTERM": "truecolor"}, "dark"),
        (None, PLAIN, {**COLORS, "NO_COLOR": "1"}, "none"),
        (None, PLAIN, {**COLORS, "NO_COLOR": ""}, "dark"),
        (None, LIGHT, {**COLORS, "NO_COLOR": "1"}, "light"),
        (ThemeName.ANSI, LIGHT, {**COLORS, "NO_COLOR": "1"}, "ansi"),
    ],
)
def test_the_theme_is_as_asked_as_set_or_as_the_terminal_can(
    asked: ThemeName | None,
    preferences: Preferences,
    environ: Mapping[str, str],
    theme: str,
) -> None:
    assert theme_for(asked, preferences, environ) == theme


@pytest.mark.parametrize(
    ("asked", "preferences", "encoding", "glyphs"),
    [
        (None, PLAIN, "utf-8", "unicode"),
        (None, PLAIN, "ANSI_X3.4-1968", "ascii"),
        (None, PLAIN, None, "ascii"),
        (None, Preferences(glyphs=Glyphs.UNICODE), "latin-1", "unicode"),
        (Glyphs.ASCII, Preferences(glyphs=Glyphs.UNICODE), "utf-8", "ascii"),
    ],
)
def test_signs_are_as_asked_as_set_or_as_the_terminal_can(
    asked: Glyphs | None, preferences: Preferences, encoding: str | None, glyphs: str
) -> None:
    assert glyphs_for(asked, preferences, encoding) == glyphs


@pytest.mark.parametrize(
    ("stdin", "stdout", "environ", "why"),
    [
        (io.StringIO(), Terminal(), COLORS, "this is not a terminal"),
        (Terminal(), io.StringIO(), COLORS, "this is not a terminal"),
        (Terminal(), Terminal(), {"TERM": "dumb"}, "TERM is dumb"),
        (Terminal(), Terminal(), {}, "TERM is dumb"),
    ],
)
def test_without_a_terminal_another_way_is_named(
    stdin: io.StringIO, stdout: io.StringIO, environ: dict[str, str], why: str
) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        refuse_without_terminal(stdin, stdout, environ)
    assert "leo-tui --once" in str(caught.value)


def test_a_terminal_will_do_and_so_will_a_browser() -> None:
    refuse_without_terminal(Terminal(), Terminal(), COLORS)
    refuse_without_terminal(io.StringIO(), io.StringIO(), {"TEXTUAL_DRIVER": "x:Y"})


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[ScreenOptions]:
    """Return what screens are opened with; they are not shown."""
    found: list[ScreenOptions] = []

    def run_screen(options: ScreenOptions, say: object) -> int:
        assert say
        found.append(options)
        return ExitCode.OK

    monkeypatch.setattr("leo_tui.app.run_screen", run_screen)
    streams = SimpleNamespace(stdin=Terminal(), stdout=Terminal(), executable="python")
    monkeypatch.setattr("leo_tui.cli.screen.sys", streams)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(str(tmp_path))
    return found


def opened_config() -> Path:
    """Return the file of the settings, in a folder that exists."""
    path = config_path(os.environ)
    path.parent.mkdir()
    return path


def test_options_are_stronger_than_settings(opened: list[ScreenOptions]) -> None:
    config = opened_config()
    config.write_text('theme = "light"\nfps = 15\nbell = true\n')
    given = flags(theme="ansi", fps=10, slots=3, no_resume=True, ascii_signs=True)
    assert open_screen(Invocation(), given) == ExitCode.OK
    [options] = opened
    assert (options.theme, options.has_fixed_theme) == (ThemeName.ANSI, True)
    assert (options.preferences.fps, options.preferences.bell) == (10, True)
    assert (options.glyphs, options.resume) == (Glyphs.ASCII, False)
    assert options.settings.slots == 3
    assert options.config == config


def test_settings_hold_where_there_is_no_option(opened: list[ScreenOptions]) -> None:
    opened_config().write_text('theme = "light"\n')
    open_screen(Invocation(), flags())
    [options] = opened
    assert (options.theme, options.has_fixed_theme) == (ThemeName.LIGHT, False)
    assert options.resume


def test_no_color_is_a_theme(opened: list[ScreenOptions]) -> None:
    invocation = Invocation()
    invocation.no_color = True
    open_screen(invocation, flags())
    assert opened[0].theme is ThemeName.NONE


def test_nothing_opens_with_a_wrong_setting(opened: list[ScreenOptions]) -> None:
    opened_config().write_text('thme = "light"\n')
    with pytest.raises(ConfigError, match=r"config\.toml:1:1: unknown key 'thme'"):
        open_screen(Invocation(), flags())
    assert opened == []


def test_a_browser_elsewhere_is_not_let_in_unless_told(
    opened: list[ScreenOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[str, str, int]] = []
    monkeypatch.setattr(
        "leo_tui.cli.serving.serve", lambda *given: served.append(given)
    )
    with pytest.raises(ConfigError, match="runs commands as you"):
        open_screen(Invocation(), flags(web=True, host="192.0.2.1"))
    open_screen(Invocation(), flags(web=True, host="192.0.2.1", insecure=True))
    open_screen(Invocation(), flags(web=True, theme="light", port=9))
    assert [call[1:] for call in served] == [("192.0.2.1", 8000), ("127.0.0.1", 9)]
    assert "-m leo_tui -C " in served[1][0]
    assert "--theme light" in served[1][0]
    assert opened == []


def test_without_the_extra_it_is_named(
    opened: list[ScreenOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "leo_tui.cli.serving", raising=False)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigError, match=r"aiohttp: pip install 'leo-tui\[web\]'"):
        open_screen(Invocation(), flags(web=True))
    assert opened == []
