"""The Problems tab: where it is wrong, what is wrong, and what still runs."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.errors import Problem
from leo_tui.units import time_of_day
from leo_tui.viewmodels.panels.page import FileTarget
from leo_tui.viewmodels.panels.problems import (
    LastGood,
    Trouble,
    problems_page,
    summary,
)
from leo_tui.viewmodels.spans import text_of

UNKNOWN_KEY = Problem(
    message="unknown key 'dependss'",
    hint="did you mean 'depends'?",
    file="broken.yaml",
    line=14,
    column=5,
    excerpt="    dependss: [load_a]",
)
CYCLE = Problem(
    message="cycle: join_a → load_b → join_a", file="broken.yaml", line=22, column=5
)
AT_MS = 1_700_000_000_000


def texts(*problems: Problem, width: int = 78, **more: object) -> list[str]:
    page = problems_page(problems, width=width, **more)  # type: ignore[arg-type]
    return [text_of(spans) for spans in page.lines]


def test_a_problem_shows_its_place_its_line_and_a_caret() -> None:
    good = LastGood("77ab01", AT_MS, ["#12"])
    since = time_of_day(AT_MS)
    assert texts(UNKNOWN_KEY, CYCLE, last_good=good) == [
        "broken.yaml:14:5  error  unknown key 'dependss' (did you mean 'depends'?)",
        "  14 │     dependss: [load_a]",
        "     │     ^^^^^^^^",
        "broken.yaml:22:5  error  cycle: join_a → load_b → join_a",
        "",
        f"Last good version (rev 77ab01, {since}) is still what s runs; run #12 is not",
        "affected by this edit.",
    ]


def test_lines_of_a_problem_lead_to_its_place() -> None:
    page = problems_page([UNKNOWN_KEY, CYCLE], width=78)
    assert [page.targets.get(row) for row in range(5)] == [
        *[FileTarget("broken.yaml", 14, 5)] * 3,
        FileTarget("broken.yaml", 22, 5),
        None,
    ]


def test_without_a_good_version_there_is_nothing_to_run() -> None:
    assert texts(UNKNOWN_KEY, CYCLE)[-1] == (
        "There is no good version to run: fix 2 errors first (e)."
    )


def test_a_version_of_no_known_time_has_none() -> None:
    assert texts(CYCLE, last_good=LastGood("77ab01"))[-1] == (
        "Last good version (rev 77ab01) is still what s runs."
    )


def test_several_runs_keep_their_version() -> None:
    good = LastGood("77ab01", AT_MS, ["#12", "#13"])
    assert "runs #12, #13 are not affected" in " ".join(texts(CYCLE, last_good=good))


def test_trouble_of_the_engine_is_told_with_its_time() -> None:
    lines = texts(trouble=[Trouble(AT_MS, "disk full: output is being discarded")])
    assert lines == [
        "engine",
        f"{time_of_day(AT_MS)}  disk full: output is being discarded",
    ]


def test_no_news_is_good_news() -> None:
    assert texts() == ["No problems."]
    assert summary([]) == ""


def test_the_border_counts_and_says_what_to_do() -> None:
    assert summary([UNKNOWN_KEY, CYCLE]) == "2 errors · e edit · enter go to line"
    assert summary([], [Trouble(AT_MS, "x")]) == "1 line of engine trouble"


def test_a_caret_stands_under_a_wide_text() -> None:
    problem = Problem(message="m", file="f", line=1, column=3, excerpt="漢字=ab")
    assert texts(problem)[2] == "     │     ^"


def test_a_flood_of_problems_is_cut_and_counted() -> None:
    lines = texts(*[CYCLE] * 1_000)
    assert "… and 800 more problems" in lines


@pytest.mark.parametrize("width", [1, 20, 60, 300])
def test_no_text_breaks_the_page(width: int) -> None:
    problems = [
        Problem(message=text, file=text, hint=text, line=3, column=2, excerpt=text)
        for text in HOSTILE
    ]
    trouble = [Trouble(AT_MS, text) for text in HOSTILE]
    good = LastGood(HOSTILE[0], AT_MS, HOSTILE[:3])
    page = problems_page(problems, width=width, last_good=good, trouble=trouble)
    check_lines(page.lines, max(width, 12))
