"""The themes of the screen as Textual has them: grounds, borders, cursors, bars.

What stands on these grounds is drawn with the inks of the same name.
"""

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme

from leo_tui.theme import ThemeName

_DARK_TEXT, _LIGHT_TEXT = "#F3F1F3", "#1C171A"
_DARK_GROUND, _LIGHT_GROUND = "#121212", "#FAFAFA"

_ANSI = BUILTIN_THEMES["ansi-dark"].variables
_COLOURLESS = {
    **dict.fromkeys(
        (
            *("border", "scrollbar", "scrollbar-hover", "scrollbar-active"),
            *("scrollbar-background", "scrollbar-background-hover"),
            *("scrollbar-background-active", *_ANSI),
        ),
        "ansi_default",
    ),
    "input-cursor-text-style": "reverse",
    "block-cursor-text-style": "reverse",
}

THEMES: Mapping[ThemeName, Theme] = {
    ThemeName.DARK: Theme(
        name="leo-dark",
        primary="#98C4FD",
        secondary="#928995",
        accent="#98C4FD",
        success="#40FAA0",
        warning="#FDCB02",
        error="#FF1C1C",
        foreground=_DARK_TEXT,
        background=_DARK_GROUND,
        surface=_DARK_GROUND,
        panel="#232327",
        variables={
            "border": "#98C4FD",
            "border-blurred": "#6C6570",
            "text-muted": "#928995",
            "block-cursor-background": "#1D2C44",
            "block-cursor-foreground": _DARK_TEXT,
            "block-cursor-blurred-background": "#232327",
            "block-cursor-blurred-foreground": _DARK_TEXT,
            "scrollbar": "#55505A",
            "scrollbar-hover": "#928995",
            "scrollbar-active": "#98C4FD",
            "scrollbar-background": "#1B1B1E",
            "scrollbar-background-hover": "#1B1B1E",
            "scrollbar-background-active": "#1B1B1E",
            "scrollbar-corner-color": _DARK_GROUND,
        },
    ),
    ThemeName.LIGHT: Theme(
        name="leo-light",
        primary="#2B66DF",
        secondary="#6F6E80",
        accent="#2B66DF",
        success="#104949",
        warning="#AE5904",
        error="#95110C",
        foreground=_LIGHT_TEXT,
        background=_LIGHT_GROUND,
        surface=_LIGHT_GROUND,
        panel="#EEEEEE",
        dark=False,
        variables={
            "border": "#2B66DF",
            "border-blurred": "#A9A7B4",
            "text-muted": "#6F6E80",
            "block-cursor-background": "#DBE7FB",
            "block-cursor-foreground": _LIGHT_TEXT,
            "block-cursor-blurred-background": "#EEEEEE",
            "block-cursor-blurred-foreground": _LIGHT_TEXT,
            "scrollbar": "#B9B7C4",
            "scrollbar-hover": "#6F6E80",
            "scrollbar-active": "#2B66DF",
            "scrollbar-background": "#EEEEEE",
            "scrollbar-background-hover": "#EEEEEE",
            "scrollbar-background-active": "#EEEEEE",
            "scrollbar-corner-color": _LIGHT_GROUND,
        },
    ),
    ThemeName.ANSI: Theme(
        name="leo-ansi",
        primary="ansi_bright_blue",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_bright_red",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        ansi=True,
        variables={
            **_ANSI,
            "border": "ansi_bright_blue",
            "border-blurred": "ansi_bright_black",
        },
    ),
    ThemeName.NONE: Theme(
        name="leo-none",
        primary="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        ansi=True,
        variables=_COLOURLESS,
    ),
}
