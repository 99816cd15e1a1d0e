"""Text is measured in cells, not in characters."""

from hypothesis import given, strategies as st

from leo_tui.text.width import cells, cut, cut_middle, pad

LETTERS = st.text(st.sampled_from("ab漢字é\u0301ﬀ…"))


def test_wide_characters_take_two_cells_and_marks_none() -> None:
    assert cells("abc") == 3
    assert cells("漢字") == 4
    assert cells("e\u0301") == 1


@given(LETTERS, st.integers(0, 12))
def test_a_cut_text_never_exceeds_its_width(text: str, width: int) -> None:
    assert cells(cut(text, width)) <= width
    assert cells(cut_middle(text, width)) <= width


@given(LETTERS)
def test_a_text_that_fits_is_not_cut(text: str) -> None:
    assert cut(text, cells(text)) == text
    assert cut_middle(text, cells(text)) == text


def test_a_cut_is_marked() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("漢字漢", 4) == "漢…"
    assert cut("abc", 0) == ""


def test_a_name_keeps_its_ends() -> None:
    assert cut_middle("load[shard=a]", 8) == "load…=a]"
    assert cut_middle("漢字漢字", 5) == "漢…字"
    assert cut_middle("abc", 0) == ""


def test_padding_counts_cells_on_either_side() -> None:
    assert pad("漢", 4) == "漢  "
    assert pad("ab", 4, right=True) == "  ab"
