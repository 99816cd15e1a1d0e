"""`config.toml` is read strictly, and told where it is wrong."""

import re
from pathlib import Path

import pytest

from leo_engine.errors import ConfigError
from leo_tui.keys.actions import ACTIONS, Place
from leo_tui.preferences.sample import sample_config
from leo_tui.preferences.settings import (
    Preferences,
    config_path,
    read_preferences,
    state_path,
)
from leo_tui.theme import Glyphs, ThemeName


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def faults(path: Path, text: str | bytes) -> list[str]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        read_preferences(path)
    return [told.removeprefix(str(path)) for told in str(caught.value).split("\n")]


def test_no_file_means_the_defaults(path: Path) -> None:
    assert read_preferences(path) == Preferences()
    path.write_text("")
    assert read_preferences(path) == Preferences()


def test_everything_can_be_set(path: Path) -> None:
    path.write_text(
        'theme = "light"\nglyphs = "ascii"\nfps = 15\nclock = false\n'
        'fold_ok_groups = true\nbell = true\neditor = "vi -n"\npager = "most"\n'
        '[keys]\n"task.retry" = "f5"\nzoom = ["Z", "f11"]\n'
    )
    assert read_preferences(path) == Preferences(
        theme=ThemeName.LIGHT,
        glyphs=Glyphs.ASCII,
        fps=15,
        clock=False,
        fold_ok_groups=True,
        bell=True,
        editor="vi -n",
        pager="most",
        keys={"task.retry": "f5", "zoom": ("Z", "f11")},
    )


def test_ids_of_keys_need_no_quotes(path: Path) -> None:
    path.write_text('[keys]\ntask.retry = "f5"\nnav.half_down = "ctrl+f"\n')
    keymap = read_preferences(path).keymap()
    assert keymap.keys_of("task.retry") == ("f5",)
    assert keymap.action_for("ctrl+d", Place.TASKS) is None


def test_every_fault_is_told_with_its_place(path: Path) -> None:
    text = (
        'thme = "dark"\ntheme = "drak"\nfps = 100\nbell = "yes"\n\n'
        '[keys]\n"task.rety" = "Z"\nout.wrap = ["t", "esc"]\nzoom = 3\n'
    )
    assert (
        "\n".join(faults(path, text))
        == """\
:1:1: unknown key 'thme' (did you mean 'theme'?)
:2:9: 'theme' must be one of dark, light, ansi, none, not 'drak' (did you mean 'dark'?)
:3:7: 'fps' must be a whole number of at least 1 and of at most 60, not 100
:4:8: 'bell' must be true or false, not a string
:7:1: there is no action 'task.rety' (did you mean 'task.retry'?)
:8:12: there is no key 'esc' (write 'escape')
:8:12: 't' is also 'out.times' in output (give 'out.times' another key as well)
:9:8: 'zoom' must be a string or a list of strings, not 3 (put it in quotes)\
"""
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("theme = \n", r":1:\d+: not valid TOML: .*"),
        ("keys = 3\n", r":1:8: 'keys' must be a table, not 3"),
        (b"theme = '\xff'\n", r":1:10: not a text in UTF-8: .*"),
        ("theme = '\x1b[2J'\n", r":1:10: the character U\+001B cannot stand .*"),
        ("[keys]\napp.quit = []\n", r":2:\d+: 'app.quit' cannot be without a key .*"),
    ],
)
def test_what_cannot_be_read_is_told_by_line(
    path: Path, text: str | bytes, fault: str
) -> None:
    told = faults(path, text)
    assert len(told) == 1
    assert re.fullmatch(fault, told[0])


def test_a_folder_in_place_of_the_file_is_no_crash(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match="not a regular file"):
        read_preferences(path)


def test_the_sample_changes_nothing_commented_or_not(path: Path) -> None:
    sample = sample_config()
    path.write_text(sample)
    assert read_preferences(path) == Preferences()
    path.write_text(re.sub(r'(?m)^# (?=["a-z_]+ = |".*" = )', "", sample))
    preferences = read_preferences(path)
    assert set(preferences.keys) == {action.id for action in ACTIONS}
    keymap = preferences.keymap()
    assert all(keymap.keys_of(a.id) == a.keys for a in ACTIONS)
    set_by_hand = {name for name in Preferences.__struct_fields__ if name in sample}
    assert set_by_hand == set(Preferences.__struct_fields__)


@pytest.mark.parametrize(
    ("environ", "config", "state"),
    [
        (
            {"HOME": "/h"},
            "/h/.config/leo-tui/config.toml",
            "/h/.local/state/leo-tui/ui.json",
        ),
        (
            {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"},
            "/c/leo-tui/config.toml",
            "/s/leo-tui/ui.json",
        ),
        (
            {"HOME": "/h", "XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": ""},
            "/h/.config/leo-tui/config.toml",
            "/h/.local/state/leo-tui/ui.json",
        ),
    ],
)
def test_files_are_where_the_desktop_wants_them(
    environ: dict[str, str], config: str, state: str
) -> None:
    assert (str(config_path(environ)), str(state_path(environ))) == (config, state)
