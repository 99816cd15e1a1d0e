"""Pages of lines: stacked, copied, and files shown as they are."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_tui.viewmodels.panels.page import (
    FileTarget,
    Page,
    TaskTarget,
    source_page,
    stacked,
)
from leo_tui.viewmodels.spans import line, text_of


def test_stacked_pages_lead_where_each_did() -> None:
    one = Page([line("a"), line("b")], {1: TaskTarget("b")})
    two = Page([line("c  ")], {0: TaskTarget("c")})
    page = stacked([one, two])
    assert page.targets == {1: TaskTarget("b"), 2: TaskTarget("c")}
    assert page.text() == "a\nb\nc"


def test_a_file_is_shown_with_its_numbers_and_indents() -> None:
    page = source_page("\n".join(["[tasks.a]", "\tcmd = 1", *[""] * 8]), "a.toml", 40)
    assert [text_of(spans) for spans in page.lines[:2]] == [
        " 1 │ [tasks.a]",
        " 2 │         cmd = 1",
    ]
    assert page.targets[1] == FileTarget("a.toml", 2, 1)


@pytest.mark.parametrize("width", [1, 60, 300])
def test_no_file_breaks_the_page(width: int) -> None:
    check_lines(source_page("\n".join(HOSTILE), "f", width).lines, width)
