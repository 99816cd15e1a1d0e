"""Lines are found by number in a file that grows, shrinks and loses its beginning."""

import random

from hypothesis import given, strategies as st

from bytes_file import BytesFile, give_back, lines_text
from leo_tui.text.line_index import CHUNK_BYTES, LineIndex
from leo_tui.text.sgr import Ink


def whole(file: BytesFile) -> LineIndex:
    index = LineIndex(file)
    index.extend(1 << 40)
    return index


WORDS = {
    "end": b"\n",
    "short": b"short\n",
    "long": b"x" * 5000,
    "longer": b"y" * 70_000,
    "red": b"\x1b[31m",
    "z": b"z\n",
}
PIECES = st.lists(st.sampled_from(sorted(WORDS)), max_size=30)


def made_of(words: list[str]) -> bytes:
    return b"".join(WORDS[word] for word in words)


@given(PIECES, st.integers(5_000, 100_000))
def test_every_line_is_that_of_the_file(words: list[str], step: int) -> None:
    text = made_of(words)
    index = LineIndex(BytesFile(text))
    while index.extend(step) and not index.is_whole:
        pass
    lines = text.split(b"\n")
    assert index.ended == len(lines) - 1
    assert index.count == len(lines) - (not lines[-1])
    for number, line in enumerate(lines):
        assert index.line(number) == line
    for raw in index.lines(0, index.count):
        expected = lines[raw.number]
        assert raw.text == expected[: len(raw.text)]
        assert raw.is_cut == (len(raw.text) < len(expected))
        assert text[raw.offset : raw.offset + len(raw.text)] == raw.text


@given(PIECES)
def test_a_byte_is_in_the_line_it_is_in(words: list[str]) -> None:
    text = made_of(words)
    index = whole(BytesFile(text))
    for offset in range(0, len(text), 9973):
        assert index.line_at(offset) == text.count(b"\n", 0, offset)


def test_many_lines_take_little_memory_and_little_reading() -> None:
    file = BytesFile(lines_text(200_000))
    index = whole(file)
    assert index.chunk_count * 18 * 25 < 200_000
    file.read_bytes = 0
    chance = random.Random(1)
    for first in (chance.randrange(199_000) for _ in range(20)):
        found = index.lines(first, 40)
        assert [int(line.text) for line in found] == list(range(first, first + 40))
    assert file.read_bytes <= 20 * 3 * CHUNK_BYTES


def test_growth_is_found_and_only_growth_is_read() -> None:
    file = BytesFile(lines_text(1000))
    index = whole(file)
    file.read_bytes = 0
    file.text += b"more\nopen"
    assert index.extend(1 << 20)
    assert file.read_bytes < 100
    assert (index.ended, index.count) == (1001, 1002)
    assert [line.text for line in index.lines(1000, 5)] == [b"more", b"open"]
    assert not index.extend(1 << 20)


def test_it_says_when_it_has_not_read_everything() -> None:
    index = LineIndex(BytesFile(lines_text(10_000)))
    index.extend(CHUNK_BYTES)
    assert not index.is_whole
    assert 0 < index.count < 10_000
    assert index.lines(9_000, 5) == []


def test_a_file_that_shrinks_or_is_replaced_is_read_anew() -> None:
    file = BytesFile(lines_text(100))
    index = whole(file)
    file.text = b"new\n"
    index.extend(1 << 20)
    assert (index.count, index.renewals) == (1, 1)
    assert index.line(0) == b"new"
    file.text, file.identity = b"other\nfile\n", (1, 2)
    index.extend(1 << 20)
    assert (index.count, index.renewals) == (2, 2)
    file.text = b"written over and longer\n" * 5
    index.extend(1 << 20)
    assert (index.count, index.renewals) == (5, 3)


def test_a_deleted_file_is_missing_until_it_is_back() -> None:
    file = BytesFile(b"a\n")
    index = whole(file)
    known = []
    for is_there in (False, True):
        file.is_there = is_there
        assert index.extend(1 << 20)
        known.append((index.is_missing, index.count))
    assert known == [(True, 1), (False, 1)]


def test_a_limit_hides_what_comes_later_and_can_be_moved() -> None:
    text = lines_text(3000)
    index = LineIndex(BytesFile(text))
    for limit in (150_050, 1_000, 250_000, 0, 70_000):
        index.limit_bytes = limit
        index.extend(1 << 20)
        assert index.is_whole
        assert index.count == -(-limit // 100)
        assert index.renewals == 0
        for number in (0, index.count // 2, index.count - 1):
            assert index.line(number) == text[:limit].split(b"\n")[max(number, 0)]
    index.limit_bytes = None
    index.extend(1 << 20)
    assert index.count == 3000


def test_lines_keep_their_numbers_when_older_ones_are_given_back() -> None:
    file = BytesFile(lines_text(5000, width=50))
    index = whole(file)
    give_back(file, 40 * 4096)
    assert index.extend(1 << 20)
    assert 0 < index.first < 5000
    assert index.count == 5000
    assert index.line(index.first).startswith(b"[leo-tui: some bytes")
    for number in (index.first + 1, index.first + 2, 4000, 4999):
        assert int(index.line(number)) == number
    assert index.lines(0, 1)[0].number == index.first
    give_back(file, 50 * 4096)
    index.extend(1 << 20)
    assert int(index.line(4999)) == 4999


def test_the_line_about_a_hole_may_come_after_the_hole() -> None:
    file = BytesFile(lines_text(5000, width=50))
    index = whole(file)
    file.kept_from = 40 * 4096
    index.extend(1 << 20)
    give_back(file, 40 * 4096)
    index.extend(1 << 20)
    assert int(index.line(index.first + 1)) == index.first + 1


def test_what_was_given_back_before_it_was_read_is_missed_out() -> None:
    file = BytesFile(lines_text(5000, width=50))
    give_back(file, 40 * 4096)
    index = whole(file)
    assert index.first == 0
    assert index.line(0).startswith(b"[leo-tui: some bytes")
    first = int(index.line(1))
    assert int(index.line(100)) == first + 99


def test_a_hole_in_the_middle_costs_one_chunk() -> None:
    file = BytesFile(b"before\n" + b"\0" * (40 * CHUNK_BYTES) + b"\nafter\n")
    index = whole(file)
    assert index.chunk_count < 6
    assert index.count == 3
    assert index.line(0) == b"before"
    assert index.line(2) == b"after"


def test_colours_go_on_over_lines_and_chunks() -> None:
    text = b"\x1b[31m" + lines_text(2000) + b"\x1b[0mplain\nlast\n"
    index = whole(BytesFile(text))
    assert index.lines(1999, 1)[0].ink == Ink(1)
    assert [line.ink for line in index.lines(2000, 2)] == [Ink(1), Ink()]


@given(st.integers(0, 8))
def test_a_colour_is_not_lost_where_chunks_meet(shift: int) -> None:
    text = b"x" * (CHUNK_BYTES - shift) + b"\x1b[32m\nnext\n"
    index = whole(BytesFile(text))
    assert index.lines(1, 1)[0].ink == Ink(2)


def test_of_a_long_line_the_last_overwrite_is_read() -> None:
    bar = b"".join(b"\r%d%%" % percent for percent in range(101)) * 2000
    line = whole(BytesFile(bar + b"\nnext\n")).lines(0, 1)[0]
    assert line.text == b"100%"
    assert not line.is_cut


def test_an_index_may_begin_in_the_middle() -> None:
    text = lines_text(100)
    index = LineIndex(BytesFile(text), start=5000)
    index.extend(1 << 20)
    assert index.count == 50
    assert int(index.line(0)) == 50
