"""Values as blocks and dots."""

from leo_tui.viewmodels.panels.plots import block_rows, dots


def test_blocks_fill_from_below() -> None:
    assert block_rows([0, 1, 4, 8, 12, 16, None], 16, 2) == ["    ▄█ ", " ▁▄███ "]


def test_a_little_is_more_than_nothing() -> None:
    assert block_rows([0, 0.001, 100], 100, 1) == [" ▁█"]


def test_dots_show_even_nothing() -> None:
    assert dots([0, 10, 50, 75, 100, 900], 100) == "⣀⣀⣤⣶⣿⣿"
    assert dots([5, 7], 0) == "⣀⣀"


def test_a_plot_of_nothing_is_empty() -> None:
    assert block_rows([], 8, 2) == ["", ""]
