"""Of what programs write, colours are kept and nothing else that acts."""

import pytest
from hypothesis import assume, given, strategies as st

from leo_tui.text.sanitize import REPLACEMENT, SEQUENCE, UNSAFE
from leo_tui.text.sgr import (
    BOLD,
    DIM,
    ITALIC,
    PLAIN,
    REVERSE,
    TRUE_COLOUR,
    UNDERLINE,
    Ink,
    Run,
    coloured,
    ink_after,
    runs_of,
    unfinished,
)

PARTS = [
    *(b"\x1b", b"\x1b[", b"\x1b]0;t\x07", b"\x1bc", b"\x9b", b"\xc2\x9b", b"m", b";"),
    *(b"31", b"38;5;", b"\r", b"\t", b"\x00", b"\xff", "é漢\u202e".encode(), b"a b"),
]
WILD = st.lists(st.sampled_from(PARTS) | st.binary(max_size=4), max_size=30).map(
    b"".join
)


def text_of(line: str) -> str:
    return "".join(run.text for run in runs_of(line)[0])


@given(WILD)
def test_no_control_leaves_the_parser_whatever_comes_in(line: bytes) -> None:
    runs, _ = runs_of(line.decode(errors="replace"))
    text = "".join(run.text for run in runs)
    assert not UNSAFE.search(text)
    assert "\t" not in text
    assert all(run.text for run in runs)


@given(WILD)
def test_the_ink_left_behind_is_the_same_with_and_without_the_text(line: bytes) -> None:
    block = line.replace(b"\n", b"").replace(b"\x9b", b"").replace(b"\x90", b"")
    strings = (b"\x1b]", b"\x1bP", b"\x1bX", b"\x1b^", b"\x1b_")
    assume(not any(string in block for string in strings))
    assume(not any(byte in {0xC2, 0xFF} for byte in block))
    assert runs_of(block.decode(errors="replace"))[1] == ink_after(block, PLAIN)


@pytest.mark.parametrize(
    ("parameters", "ink"),
    [
        ("31", Ink(1)),
        ("97", Ink(15)),
        ("44", Ink(ground=4)),
        ("105", Ink(ground=13)),
        ("38;5;208", Ink(208)),
        ("38:5:208", Ink(208)),
        ("48;2;1;2;3", Ink(ground=TRUE_COLOUR | 0x010203)),
        ("38:2::1:2:3", Ink(TRUE_COLOUR | 0x010203)),
        ("1;2;3;4;7", Ink(flags=BOLD | DIM | ITALIC | UNDERLINE | REVERSE)),
        ("4:3", Ink(flags=UNDERLINE)),
        ("4:0", PLAIN),
        ("1;31;0", PLAIN),
        ("1;31;", PLAIN),
        ("31;39", PLAIN),
        ("1;2;22", PLAIN),
        ("38;5;999", PLAIN),
        ("38;9;1", Ink(flags=BOLD)),
        ("5;8;53", PLAIN),
        ("1" * 100, PLAIN),
    ],
)
def test_a_sequence_changes_the_ink(parameters: str, ink: Ink) -> None:
    assert coloured(PLAIN, parameters) == ink


def test_a_line_is_cut_where_its_colour_changes() -> None:
    runs, left = runs_of("a\x1b[31mb\x1b[1mc\x1b[0md\x1b[32m")
    assert runs == (
        Run("a", PLAIN),
        Run("b", Ink(1)),
        Run("c", Ink(1, flags=BOLD)),
        Run("d", PLAIN),
    )
    assert left == Ink(2)


def test_a_line_starts_in_the_colour_that_was_left() -> None:
    assert runs_of("on", Ink(2)) == ((Run("on", Ink(2)),), Ink(2))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("10%\r20%\r100%\r\n", "100%"),
        ("a\tb", "a       b"),
        ("\x1b[1ma\x1b[0m\tb", "a       b"),
        ("reset\x1bc", "reset"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1bP1$q\x1b\\b", "ab"),
        ("a\x1b[2Jb\x1b[?25lc", "abc"),
        ("\x1b\x1b[0m[31mx", f"{REPLACEMENT}[31mx"),
        ("a\x08b\x00", f"a{REPLACEMENT}b{REPLACEMENT}"),
        ("user\u202etxt.exe", f"user{REPLACEMENT}txt.exe"),
        ("[b]not markup[/b]", "[b]not markup[/b]"),
        ("", ""),
    ],
)
def test_what_is_left_is_what_the_terminal_would_have_left(
    line: str, text: str
) -> None:
    assert text_of(line) == text
    assert not SEQUENCE.search(text)


def test_what_was_overwritten_still_colours() -> None:
    assert runs_of("\x1b[31mold\rnew")[0] == (Run("new", Ink(1)),)


def test_a_sequence_that_a_chunk_cuts_off_is_seen() -> None:
    assert [
        unfinished(b"x" + cut) for cut in (b"\x1b", b"\x1b[3", b"\x1b[31m", b"")
    ] == [*(1, 3, 0, 0)]


def test_a_flood_of_sequences_takes_linear_time() -> None:
    assert text_of("\x1b[31mx" * 100_000) == "x" * 100_000
