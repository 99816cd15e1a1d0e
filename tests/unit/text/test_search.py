"""Lines are found that have what is searched for, quickly and never for ever."""

import random
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given, strategies as st

from leo_tui.text.regex_search import RegexSearch, SlowPatternError
from leo_tui.text.search import (
    ErrorLines,
    PlainText,
    Query,
    last_failure,
    tells_of_failure,
)

BLOCK = b"one\nTwo two\n\nthree one\nfour\xff\n"


@contextmanager
def regex(pattern: str, limit_s: float = 5) -> Iterator[RegexSearch]:
    search = RegexSearch(Query(pattern, is_regex=True), limit_s)
    try:
        yield search
    finally:
        search.end()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one", [0, 3]),
        ("two", [1]),
        ("Two", [1]),
        ("TWO", []),
        (".", []),
        ("é", []),
    ],
)
def test_plain_text_counts_capitals_when_it_has_one(
    text: str, lines: list[int]
) -> None:
    assert PlainText(Query(text)).lines_in(BLOCK) == lines


def test_letters_beyond_ascii_are_folded_too() -> None:
    block = "ÄRGER\närger\n".encode()
    assert PlainText(Query("ärger")).lines_in(block) == [0, 1]
    assert PlainText(Query("Ärger")).lines_in(block) == []
    assert PlainText(Query("ÄRGER")).lines_in(block) == [0]


def test_colours_inside_do_not_hide_a_hit() -> None:
    assert PlainText(Query("error")).lines_in(b"ok\ner\x1b[31mro\x1b[0mr\n") == [1]


def test_many_colours_do_not_hide_a_hit_either() -> None:
    search = PlainText(Query("abc"))
    block = b"".join(b"\x1b[38;5;%dma\x1b[0mbc\n" % number for number in range(50))
    assert search.lines_in(block) == list(range(50))
    assert search.lines_in(b"a\x1b[97;1mbc\nab\x1b[Kc\n") == [0]


@given(st.lists(st.text("ab\n", max_size=8)), st.text("ab", min_size=1, max_size=3))
def test_the_lines_found_are_those_that_hold_it(texts: list[str], text: str) -> None:
    block = "\n".join(texts)
    found = PlainText(Query(text)).lines_in(block.encode())
    lines = block.split("\n")
    assert found == [number for number, line in enumerate(lines) if text in line]


def test_hits_in_a_shown_line_have_places() -> None:
    assert PlainText(Query("a.b")).spans("xa.bxaxb A.B") == [(1, 4), (9, 12)]


def test_what_is_no_regular_expression_is_said() -> None:
    with pytest.raises(ValueError, match="not a regular expression: missing \\)"):
        Query("(a", is_regex=True).compiled()
    with pytest.raises(ValueError, match="not a regular expression"):
        Query("a{99999999999999}", is_regex=True).compiled()
    assert Query("[[a]", is_regex=True).compiled().pattern == "[[a]"


def test_a_regular_expression_is_matched_line_by_line() -> None:
    with regex(r"^t|e$") as search:
        assert list(search.lines_in(BLOCK)) == [0, 1, 3]
        assert list(search.spans("tie one")) == [(0, 1), (6, 7)]
    with regex(r"\S+ tw[^x]+o") as search:
        assert list(search.lines_in(b"a two\nxo\nTWO two o\n")) == [2]
    with regex("Two") as search:
        assert list(search.lines_in(BLOCK)) == [1]


PATTERNS = ["^a", "b$", "a.*b", "x?", "(a|b)+c", "[ab]c", r"\bb\b", "a\\Sb", "[^a]b"]
PATTERNS += ["(?<!a)b", r"\Aa", r"b\Z", "^$", "a{2}", "(?i:A)b", "a*+b"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_finds_what_each_line_alone_would(pattern: str) -> None:
    chance = random.Random(pattern)
    lines = ["".join(chance.choices("abc ", k=chance.randrange(5))) for _ in range(400)]
    wanted = [n for n, line in enumerate(lines) if re.search(pattern, line)]
    with regex(pattern) as search:
        assert list(search.lines_in("\n".join(lines).encode())) == wanted


def test_a_pattern_that_runs_wild_is_ended() -> None:
    with regex("(a+)+$", limit_s=0.2) as search:
        with pytest.raises(SlowPatternError, match="takes too long"):
            search.lines_in(b"a" * 50 + b"b")
        with pytest.raises(SlowPatternError, match="was ended"):
            search.lines_in(b"a")


def test_a_search_can_be_closed_from_elsewhere() -> None:
    with regex("a") as search, closing(search):
        search.close()
        with pytest.raises(SlowPatternError):
            search.lines_in(b"a" * 1_000_000)


def test_lines_of_errors_are_told_from_others() -> None:
    block = (
        b"INFO fine\nERROR bad\nno terror: here\nTraceback (most recent call last):\n"
        b"ValueError: x\nfatal: not a git repository\nPANIC at the disco\nan error\n"
    )
    found = ErrorLines().lines_in(block)
    assert found == [1, 2, 3, 4, 5, 6]
    lines = block.split(b"\n")
    assert found == [n for n, line in enumerate(lines) if tells_of_failure(line)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"ERROR a\nTraceback b\nERROR c\n", 1),
        (b"Traceback a\nTraceback b\nx\n", 1),
        (b"fatal: a\nERROR b\nERROR c\n", 2),
        (b"panic: a\nfatal: b\n", 1),
        (b"error: a\npanic: b\n", 0),
        (b"fine\n", None),
    ],
)
def test_the_surest_sign_of_a_failure_wins_then_the_last(
    text: bytes, line: int | None
) -> None:
    assert last_failure(text) == line


def test_a_large_block_is_searched_as_grep_would() -> None:
    block = b"".join(b"line %d of many\n" % number for number in range(20_000))
    wanted = [n for n in range(20_000) if re.search(r"line \d*77", f"line {n}")]
    with regex(r"line \d*77") as search:
        assert list(search.lines_in(block)) == wanted
