"""A problem shows where it is, what it is, and what to do."""

from leo_engine.errors import Problem
from leo_tui.viewmodels.problem_lines import problem_lines
from leo_tui.viewmodels.spans import text_of


def shown(problem: Problem) -> list[str]:
    return [text_of(line) for line in problem_lines(problem)]


def test_the_caret_stands_under_the_column() -> None:
    problem = Problem(
        message="unknown key 'retrys'",
        file="dags/etl.toml",
        line=12,
        column=1,
        excerpt="retrys = 3",
        hint="did you mean 'retries'?",
    )
    assert shown(problem) == [
        "dags/etl.toml:12:1: unknown key 'retrys'",
        "    retrys = 3",
        "    ^",
        "    did you mean 'retries'?",
    ]


def test_the_caret_counts_cells_not_characters() -> None:
    problem = Problem(message="m", file="f", line=1, column=3, excerpt="漢字x")
    assert shown(problem)[2] == "        ^"


def test_an_unknown_place_is_left_out() -> None:
    assert shown(Problem(message="m", file="f.toml")) == ["f.toml: m"]
    assert shown(Problem(message="m", file="f", line=3)) == ["f:3: m"]


def test_a_column_beyond_a_cut_excerpt_has_no_caret() -> None:
    problem = Problem(message="m", file="f", line=1, column=500, excerpt="short")
    assert len(shown(problem)) == 2


def test_a_file_name_cannot_act_on_the_terminal() -> None:
    problem = Problem(message="\x1b[2J", file="\x1bc.toml", excerpt="\x1b[1m")
    assert "\x1b" not in "".join(shown(problem))
