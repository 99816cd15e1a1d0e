"""Runs of output as segments of a Textual strip, in their own colours."""

from collections.abc import Sequence
from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle

from leo_tui.text.sgr import (
    BOLD,
    DEFAULT,
    DIM,
    HIT,
    ITALIC,
    REVERSE,
    TRUE_COLOUR,
    UNDERLINE,
    Ink,
    Run,
)


def segments(runs: Sequence[Run], under: RichStyle, hit: RichStyle) -> list[Segment]:
    """Return runs as segments, `under` beneath them, `hit` above what was found."""
    return [
        Segment(
            text,
            under + _style(ink) + hit if ink.flags & HIT else under + _style(ink),
        )
        for text, ink in runs
    ]


@lru_cache(maxsize=2048)
def _style(ink: Ink) -> RichStyle:
    flags = ink.flags
    return RichStyle(
        color=_colour(ink.colour),
        bgcolor=_colour(ink.ground),
        bold=True if flags & BOLD else None,
        dim=True if flags & DIM else None,
        italic=True if flags & ITALIC else None,
        underline=True if flags & UNDERLINE else None,
        reverse=True if flags & REVERSE else None,
    )


def _colour(number: int) -> Color | None:
    if number == DEFAULT:
        return None
    if number < TRUE_COLOUR:
        return Color.from_ansi(number)
    return Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255)
