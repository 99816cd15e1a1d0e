"""Lines are broken between words, whatever their styles and widths."""

from hypothesis import given, strategies as st

from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span, line, text_of
from leo_tui.viewmodels.wrapping import wrapped_line, wrapped_lines


def texts(*parts: str | Span, width: int) -> list[str]:
    return [text_of(spans) for spans in wrapped_line(line(*parts), width)]


def test_words_stay_whole_and_blanks_at_line_ends_go() -> None:
    assert texts("one two three", width=7) == ["one two", "three"]
    assert texts("one  two", width=4) == ["one", "two"]


def test_a_word_that_is_too_long_is_broken() -> None:
    assert texts("abcdefgh", width=3) == ["abc", "def", "gh"]
    assert texts("日本語", width=4) == ["日本", "語"]


def test_styles_go_with_their_words() -> None:
    [first, second] = wrapped_line(line("plain ", Span("good good", Style.GOOD)), 10)
    assert first == (Span("plain "), Span("good", Style.GOOD))
    assert second == (Span("good", Style.GOOD),)


def test_an_indent_is_kept_and_an_empty_line_is_a_line() -> None:
    assert texts("  two", width=9) == ["  two"]
    assert [text_of(s) for s in wrapped_lines([line("a"), (), line("b")], 9)] == [
        "a",
        "",
        "b",
    ]


@given(st.text(st.sampled_from("a b日\u0301"), max_size=60), st.integers(2, 12))
def test_nothing_is_wider_and_no_word_is_lost(text: str, width: int) -> None:
    rows = texts(text, width=width)
    assert all(cells(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
