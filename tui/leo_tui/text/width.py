"""How many terminal cells text takes, and text cut to a number of cells."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

ELLIPSIS = "…"


def cells(text: str) -> int:
    """Return the width of sanitised `text` in cells; O(1) per character.

    Source: Unicode Standard Annex 11: wide and fullwidth take two cells, marks none.
    """
    if text.isascii():
        return len(text)
    return sum(map(_character_cells, text))


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, ending in an ellipsis when shortened.

    O(width), however long the text.
    """
    if fits(text, width):
        return text
    return fitting(text, width - 1) + ELLIPSIS if width > 0 else ""


def cut_middle(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, an ellipsis in place of its middle."""
    if fits(text, width):
        return text
    if width < 1:
        return ""
    tail_cells = (width - 1) // 2
    tail = fitting(reversed(text), tail_cells)
    return fitting(text, width - 1 - tail_cells) + ELLIPSIS + tail[::-1]


def fits(text: str, width: int) -> bool:
    """Tell whether `text` takes at most `width` cells; O(width)."""
    if text.isascii():
        return len(text) <= width
    return len(text) * 2 <= width or len(fitting(text, width)) == len(text)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` with spaces to `width` cells, before it when `right`."""
    spaces = " " * (width - cells(text))
    return spaces + text if right else text + spaces


def fitting(characters: Iterable[str], room: int) -> str:
    """Return as many of the characters as fit into `room` cells."""
    kept = []
    for character in characters:
        room -= _character_cells(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept)


@lru_cache(maxsize=4096)
def _character_cells(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in {
        "Mn",
        "Me",
        "Cf",
    }:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
