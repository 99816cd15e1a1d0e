"""A `config.toml` to begin with: every setting and every key, commented out."""

import json

from leo_tui.keys.actions import ACTIONS
from leo_tui.theme import Glyphs, ThemeName

_TITLE_COLUMN = 40

_SETTINGS = (
    ('theme = "dark"', ", ".join(ThemeName)),
    ('glyphs = "unicode"', ", ".join(Glyphs)),
    ("fps = 30", "most repaints a second, 1 to 60"),
    ("clock = true", "show the time of day"),
    ("fold_ok_groups = false", "fold a group when all of it has succeeded"),
    ("bell = false", "ring when a run ends or a task waits for you"),
    ('editor = ""', "command for editing; empty: $VISUAL, $EDITOR"),
    ('pager = ""', "command for long output; empty: $PAGER"),
)

_HEAD = """\
# Settings of leo-tui. Take the # away from what you change.
"""
_KEYS = """
# A key is the character that it types, or a name: "ctrl+d", "pagedown", "f5".
# Several are a list; an empty list switches an action off.
[keys]
"""


def sample_config() -> str:
    """Return a file that changes nothing until a # is taken away."""
    settings = "".join(_commented(*setting) for setting in _SETTINGS)
    keys = "".join(
        _commented(f"{json.dumps(action.id)} = {_keys(action.keys)}", action.title)
        for action in ACTIONS
    )
    return _HEAD + settings + _KEYS + keys


def _commented(text: str, title: str) -> str:
    return f"# {text:<{_TITLE_COLUMN}} # {title}\n"


def _keys(keys: tuple[str, ...]) -> str:
    return json.dumps(keys[0] if len(keys) == 1 else list(keys))
