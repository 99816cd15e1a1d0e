"""Nothing that a task writes or is called can act on the reader's terminal."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from leo_tui.text.sanitize import (
    REPLACEMENT,
    sanitize,
    sanitize_lines,
    sanitize_output,
)

DANGEROUS = "\x1b\x9b\x9d\x90\x07\x08\r\n\x00\x7f\u202e\u2066\u200f\u2028\ud800"


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in {"Cc", "Cs"} for c in text) and not any(
        unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF"}
        or "\u2066" <= c <= "\u2069"
        or c in "\u200e\u200f\u061c\u2028\u2029"
        for c in text
    )


@given(st.text(st.sampled_from(f"{DANGEROUS}[]0;mAX\\ é漢\t") | st.characters()))
def test_no_control_character_leaves_the_sanitiser(text: str) -> None:
    assert is_harmless(sanitize(text))
    assert is_harmless(sanitize_output(text))


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("a\x1bPq#0\x1b\\b", "ab"),
        ("reset\x1bc", "reset"),
        ("a\x1b]never ended", "anever ended"),
        ("\x1b[?25lhidden", "hidden"),
        ("two\nlines", f"two{REPLACEMENT}lines"),
        ("user\u202etxt.exe", f"user{REPLACEMENT}txt.exe"),
        ("tab\there", "tab here"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
    ],
)
def test_sequences_vanish_and_what_is_left_of_controls_shows(
    dirty: str, clean: str
) -> None:
    assert sanitize(dirty) == clean


@pytest.mark.parametrize(
    "code_point",
    [
        *(0x00, 0x08, 0x0B, 0x1F, 0x7F, 0x80, 0x9F, 0x061C, 0x200E, 0x200F),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x2070),
        *(0x2028, 0x2029, 0xFEFF, 0xFFF9, 0xFFFB, 0xD800, 0xDFFF, 0xE0001, 0xE007F),
    ],
    ids=hex,
)
def test_each_character_that_acts_or_hides_is_replaced(code_point: int) -> None:
    assert sanitize(f"a{chr(code_point)}b") == f"a{REPLACEMENT}b"


def test_output_keeps_what_the_terminal_would_have_left() -> None:
    assert sanitize_output("10%\r20%\r100%\r\n") == "100%"
    assert sanitize_output("a\tb\n") == "a       b"
    assert sanitize_output("\x1b[1m\ta") == "        a"


def test_the_lines_of_a_message_stay_lines() -> None:
    assert sanitize_lines("one\n\x1b[2Jtwo") == ["one", "two"]


def test_a_flood_of_unfinished_sequences_takes_linear_time() -> None:
    flood = "\x1b]x" * 200_000
    assert sanitize(flood) == "x" * 200_000
