"""Lines are broken between words where they can be, and never too wide."""

from hypothesis import given, strategies as st

from leo_tui.text.width import cells
from leo_tui.text.wrap import folded, wrapped

TEXTS = st.text(st.sampled_from("ab 漢é\u0301…"), max_size=60)


def test_words_stay_whole_where_they_fit() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("a longword b", 5) == ["a", "longw", "ord b"]
    assert wrapped("", 5) == [""]


def test_folding_keeps_blanks() -> None:
    assert folded("  if x:", 4) == ["  if", " x:"]
    assert folded("", 4) == [""]


@given(TEXTS, st.integers(2, 20))
def test_no_line_is_wider_than_asked_and_no_word_is_lost(text: str, width: int) -> None:
    for lines in (wrapped(text, width), folded(text, width)):
        assert lines
        assert all(cells(line) <= width for line in lines)
    assert "".join(wrapped(text, width)).replace(" ", "") == text.replace(" ", "")
    assert "".join(folded(text, width)) == text
