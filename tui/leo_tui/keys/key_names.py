"""How keys are written: the character one types, or a name such as `ctrl+d`.

Names are those that Textual gives its key events, with two of them made plain.
"""

import string
from collections.abc import Mapping
from itertools import chain, combinations

from leo_engine.spec.nearest import did_you_mean

_NAMED = (
    *("enter", "escape", "tab", "backspace", "delete", "insert", "space"),
    *("home", "end", "pageup", "pagedown", "up", "down", "left", "right"),
    *(f"f{number}" for number in range(1, 25)),
)
_MODIFIERS = ("alt", "ctrl", "shift")
_SIGNS = ("backslash", "right_square_bracket", "circumflex_accent", "underscore")
"""What terminals send with ctrl besides letters."""

_ARRIVES_AS: Mapping[str, str] = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+j": "a line end",
    "ctrl+[": "escape",
    "ctrl+left_square_bracket": "escape",
}
"""Control characters with a key of their own. Source: ECMA-48, 5th edition, 8.3."""

_MEANT: Mapping[str, str] = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "backtab": "shift+tab",
    "ctrl+@": "ctrl+space",
    " ": "space",
}
"""Other spellings; the first value is told to people, or made of what Textual says."""

_SHOWN: Mapping[str, str] = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "insert": "ins",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "backslash": "\\",
    "right_square_bracket": "]",
    "circumflex_accent": "^",
    "underscore": "_",
}


def _combined() -> frozenset[str]:
    names = {f"ctrl+{sign}" for sign in _SIGNS}
    several = chain.from_iterable(
        combinations(_MODIFIERS, count) for count in range(1, len(_MODIFIERS) + 1)
    )
    for modifiers in several:
        plain = () if modifiers == ("shift",) else string.ascii_lowercase
        names.update("+".join((*modifiers, name)) for name in (*_NAMED, *plain))
    return frozenset(names - _ARRIVES_AS.keys())


KEY_NAMES = frozenset(_NAMED) | _combined()
"""Every name that a terminal can send and a person may write."""


def key_text(event_key: str, character: str | None) -> str:
    """Return a key as it is written in the table of actions.

    `event_key` and `character` are what Textual's key event says.
    """
    name = _MEANT.get(event_key, event_key)
    if name in KEY_NAMES or character is None or character.isspace():
        return name
    return character if len(character) == 1 and character.isprintable() else name


def key_fault(key: str) -> tuple[str, str]:
    """Return what is wrong with a written key, and a hint; empty when nothing is."""
    if key in KEY_NAMES or (len(key) == 1 and key.isprintable() and key != " "):
        return "", ""
    if key in _ARRIVES_AS:
        hint = "terminals cannot tell them apart; take another"
        return f"{key!r} arrives as {_ARRIVES_AS[key]}", hint
    return f"there is no key {key!r}", _hint(key)


def _hint(key: str) -> str:
    if key in _MEANT:
        return f"write {_MEANT[key]!r}"
    *modifiers, last = key.lower().split("+")
    if modifiers == ["shift"] and len(last) == 1:
        return f"write the character that it types, as {last.upper()!r}"
    ordered = "+".join((*sorted(modifiers), last))
    if ordered in KEY_NAMES:
        return f"write {ordered!r}"
    guess = did_you_mean(key, sorted(KEY_NAMES)) if len(key) > 1 else ""
    return guess or "write the character that it types, or a name such as 'ctrl+d'"


def shown(key: str) -> str:
    """Return a key as the key bar and the help show it: `pgdn`, `^d`, `space`."""
    *modifiers, last = key.split("+") if key in KEY_NAMES else [key]
    name = _SHOWN.get(last, last)
    if modifiers == ["ctrl"] and len(name) == 1:
        return f"^{name}"
    return "-".join((*modifiers, name))
