"""Columns line up whatever is in them, and fit a terminal when there is one."""

from leo_tui.text.table import table
from leo_tui.text.width import cells


def test_columns_line_up_by_cells() -> None:
    assert table(("A", "B"), [["漢字", "1"], ["x", "22"]]) == [
        "A     B",
        "漢字  1",
        "x     22",
    ]


def test_numbers_align_to_the_right() -> None:
    assert table((), [["a", "1"], ["b", "22"]], right=frozenset({1})) == [
        "a   1",
        "b  22",
    ]


def test_the_widest_column_gives_way_to_a_narrow_terminal() -> None:
    lines = table(("ID", "NAME"), [["1234567", "n" * 60]], width=30)
    assert all(cells(line) <= 30 for line in lines)
    assert lines[1].startswith("1234567  nnn")
    assert lines[1].endswith("…")


def test_nothing_is_cut_without_a_width() -> None:
    assert table((), [["n" * 500]]) == ["n" * 500]


def test_no_rows_and_no_header_make_no_lines() -> None:
    assert table((), []) == []
