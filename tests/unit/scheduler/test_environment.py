"""The variables that leo-tui sets: their names, their texts, dotenv files."""

from pathlib import Path

import pytest

from leo_engine.scheduler.environment import (
    SMALL_VALUE,
    dotenv_variables,
    output_variables,
    run_variables,
    text_of,
)
from leo_engine.spec.variables import name_of


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("PARAM", "day"), "LEO_PARAM_DAY"),
        (
            ("OUTPUT", "load[shard=a]", "row-count"),
            "LEO_OUTPUT_LOAD_SHARD_A__ROW_COUNT",
        ),
        (("OUTPUT", "été", "n"), "LEO_OUTPUT__T__N"),
    ],
)
def test_a_name_is_one_that_any_shell_can_read(
    parts: tuple[str, ...], name: str
) -> None:
    assert name_of(*parts) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        ("bare 'text'", "bare 'text'"),
        (7, "7"),
        (1.5, "1.5"),
        ([1, "a"], '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_a_value_is_written_as_a_program_expects_it(value: object, text: str) -> None:
    assert text_of(value) == text


def test_every_task_of_a_run_sees_the_run_and_its_parameters() -> None:
    assert run_variables("id", "etl", "/staging", {"day": "mon", "full": True}) == {
        "LEO_RUN_ID": "id",
        "LEO_DAG": "etl",
        "LEO_STAGING": "/staging",
        "LEO_PARAM_DAY": "mon",
        "LEO_PARAM_FULL": "true",
    }


def test_only_small_values_of_outputs_are_variables() -> None:
    output = {"most": "x" * SMALL_VALUE, "more": "x" * (SMALL_VALUE + 1)}
    assert list(output_variables({"one": output})) == ["LEO_OUTPUT_ONE_MOST"]


def test_a_dotenv_file_is_read_with_its_quotes_comments_and_references(
    tmp_path: Path,
) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# comment\nA=1\nexport B='two words'\nC=\"${A}/x\"\nEMPTY=\nBARE\n"
    )
    assert dotenv_variables(str(file)) == {
        "A": "1",
        "B": "two words",
        "C": "1/x",
        "EMPTY": "",
    }


def test_a_dotenv_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        dotenv_variables(str(tmp_path / "none"))
