"""The box of figures on what the screen itself takes."""

from leo_tui.theme import Style
from leo_tui.viewmodels.panels.page import Page
from leo_tui.viewmodels.panels.performance import (
    Expense,
    FrameCounts,
    performance_page,
)
from leo_tui.viewmodels.spans import text_of

BEFORE = Expense(at_ms=10_000, screen_cpu_ms=500, cpu_ms=900, peak_bytes=1)
NOW = Expense(at_ms=12_000, screen_cpu_ms=520, cpu_ms=960, peak_bytes=55 << 20)


def page(counts: FrameCounts, waiting: int = 0, silent_ms: int = 300) -> Page:
    return performance_page(
        BEFORE, NOW, counts, most_fps=30, waiting=waiting, silent_ms=silent_ms
    )


def test_it_says_what_lay_between_two_moments() -> None:
    texts = [text_of(one).split() for one in page(FrameCounts(60, 0, 90, 4)).lines]
    assert [" ".join(words) for words in texts] == [
        "looks 30.0/s of 30",
        "left out 0",
        "each took 1.5 ms, at most 4",
        "writes waiting 0",
        "screen 1.0 % of a core",
        "process 3.0 % of a core",
        "peak memory 55M",
        "engine 300 ms ago",
    ]


def test_what_lags_stands_out() -> None:
    lines = page(FrameCounts(9, 3, 400, 80), waiting=5, silent_ms=4_000).lines
    bad = [text_of(one).split()[0] for one in lines if one[1].style is Style.CARE]
    assert bad == ["left", "each", "writes", "engine"]


def test_no_looks_at_all_are_no_division_by_zero() -> None:
    assert "0.0/s" in text_of(page(FrameCounts()).lines[0])
