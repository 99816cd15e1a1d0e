"""What one call of the screen was asked for: arguments, settings, environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from leo_engine.app import Settings
from leo_tui.preferences.settings import Preferences
from leo_tui.theme import Glyphs, ThemeName

_MANY_COLORS = frozenset({"truecolor", "24bit", "256"})
_MANY_COLOR_TERMS = frozenset({"256color", "kitty"})


class ScreenOptions(NamedTuple):
    """How to open the screen. Arguments are stronger than settings."""

    settings: Settings
    """Of the engine: the folder, slots."""
    preferences: Preferences
    theme: ThemeName
    glyphs: Glyphs
    config: Path
    """`config.toml`, whether it exists or not."""
    state: Path
    """`ui.json`."""
    has_fixed_theme: bool = False
    """The theme was asked for by name: one that is remembered does not count."""
    resume: bool = True
    """Take interrupted runs of the folder over."""


def theme_for(
    asked: ThemeName | None, preferences: Preferences, environ: Mapping[str, str]
) -> ThemeName:
    """Return the theme: as asked, as set, or as the terminal can.

    Source: https://no-color.org, by which arguments and settings are stronger.
    """
    chosen = asked or preferences.theme
    if chosen is not None:
        return chosen
    if environ.get("NO_COLOR"):
        return ThemeName.NONE
    return ThemeName.DARK if _has_many_colors(environ) else ThemeName.ANSI


def glyphs_for(
    asked: Glyphs | None, preferences: Preferences, encoding: str | None
) -> Glyphs:
    """Return the signs: as asked, as set, or as the terminal can."""
    can_unicode = (encoding or "").lower().startswith("utf")
    usual = Glyphs.UNICODE if can_unicode else Glyphs.ASCII
    return asked or preferences.glyphs or usual


def _has_many_colors(environ: Mapping[str, str]) -> bool:
    """Tell whether what draws the screen will use more than 16 colours.

    Source: `rich.console.Console._detect_color_system`.
    """
    for variable in ("TEXTUAL_COLOR_SYSTEM", "COLORTERM"):
        if environ.get(variable, "").strip().lower() in _MANY_COLORS:
            return True
    term = environ.get("TERM", "").strip().lower()
    return term.rpartition("-")[2] in _MANY_COLOR_TERMS
