"""What a run of some tasks only says of itself."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.spec.model import Json
from leo_engine.testing.run_rows import run_row
from leo_tui.viewmodels.run_part import part_notes, part_text
from leo_tui.viewmodels.spans import text_of


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, ""),
        ({"only": ["load"]}, "load"),
        ({"only": ["load", "clean"], "reach": "upstream"}, "load, clean + upstream"),
        ({"only": list("abcde")}, "a, b, c and 2 more"),
        ({"only": 3}, ""),
    ],
)
def test_the_part_is_told_in_a_few_words(options: dict[str, Json], told: str) -> None:
    assert part_text(run_row(options=options)) == told


def test_what_goes_on_is_said_to_keep_to_it() -> None:
    assert part_notes(run_row()) == []
    notes = part_notes(run_row(total=2, options={"only": ["load"]}))
    assert [text_of(note) for note in notes] == [
        "The run is of 2 tasks of the file only (load):",
        "it keeps to them, whatever the file has besides.",
    ]


def test_hostile_names_do_no_harm() -> None:
    options = {"only": [*HOSTILE], "reach": HOSTILE[0]}
    check_lines(part_notes(run_row(options=options)), 200)
    one = {"only": [HOSTILE[6], HOSTILE[7], HOSTILE[2]]}
    check_lines(part_notes(run_row(options=one)), 200)
