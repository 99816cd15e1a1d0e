"""Texts that would act on a terminal, or break a layout, if they got through."""

import unicodedata
from collections.abc import Iterable

from leo_tui.text.width import cells
from leo_tui.viewmodels.spans import Line, text_of

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07\x1bcreset",
    "[b]bold[/b] [/] [link=x]",
    "user\u202etxt.exe\u2066",
    "emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 漢字 e\u0301",
    "lone \ud800 \udcff bytes",
    "two\nlines\r\x00\x85\u2028end",
    "x" * 1_000_000,
    "漢" * 100_000,
    "",
)

_ACTING = {"Cc", "Cs", "Zl", "Zp"}


def is_harmless(text: str) -> bool:
    """Tell whether nothing in a text acts on a terminal."""
    return not any(unicodedata.category(sign) in _ACTING for sign in text) and not any(
        unicodedata.bidirectional(sign) in {"LRE", "RLE", "LRO", "RLO", "PDF"}
        or "\u2066" <= sign <= "\u2069"
        for sign in text
    )


def check_lines(lines: Iterable[Line], width: int) -> None:
    """Fail if a line acts on a terminal, or is wider than it may be."""
    for spans in lines:
        text = text_of(spans)
        assert is_harmless(text), repr(text[:200])
        assert cells(text) <= width, (cells(text), width, text[:200])
