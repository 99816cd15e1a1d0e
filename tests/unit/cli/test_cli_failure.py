"""Every error has its exit code, and people read a message, never a traceback."""

import io
import os
from pathlib import Path

import click
import pytest

from leo_engine import errors
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.failure import EXIT_CODES, explain

CASES = [
    (errors.ConfigError("no such folder: x"), 2, "no such folder: x"),
    (errors.CycleError(["a", "b", "a"]), 2, "cycle: a -> b -> a"),
    (errors.UnknownTaskError("lod", "load"), 4, "did you mean 'load'?"),
    (errors.RunNotFoundError("no run begins with 01"), 4, "no run begins with 01"),
    (errors.DagNotFoundError("elt", "etl"), 4, "etl"),
    (errors.TemplateError("no variable 'x'"), 2, "no variable 'x'"),
    (errors.RunBusyError("0193a", "run 0193a is under way"), 3, "0193a"),
    (errors.StoreError("disk full"), 5, "disk full"),
    (errors.SchemaVersionError("newer"), 5, "newer"),
    (errors.ExecutorUnavailableError("no docker"), 5, "no docker"),
    (PermissionError(13, "Permission denied", "/x"), 5, "/x: Permission denied"),
    (click.UsageError("no such option"), 2, "no such option"),
    (click.Abort(), 130, "interrupted"),
]


def explained(error: BaseException) -> tuple[ExitCode, str]:
    stream = io.StringIO()
    return explain(error, stream), stream.getvalue()


@pytest.fixture(autouse=True)
def _crash_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEO_DEBUG", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.mark.parametrize(("error", "code", "text"), CASES)
def test_an_error_has_a_code_and_a_message(
    error: BaseException, code: int, text: str
) -> None:
    found, message = explained(error)
    assert (found, text in message) == (code, True)
    assert "Traceback" not in message


def test_every_problem_of_a_dag_file_is_told() -> None:
    problems = [
        errors.Problem(message="unknown key", file="a.toml", line=3, column=1),
        errors.Problem(message="a cycle", file="b.toml", hint="remove one"),
    ]
    code, text = explained(errors.SpecValidationError(problems))
    assert code is ExitCode.BAD_INPUT
    assert text.splitlines() == [
        "a.toml:3:1: unknown key",
        "b.toml: a cycle",
        "    remove one",
        "2 problems; nothing was started",
    ]


def test_a_group_is_told_error_by_error() -> None:
    group = ExceptionGroup("g", [errors.StoreError("one"), errors.StoreError("two")])
    code, text = explained(group)
    assert code is ExitCode.ENVIRONMENT
    assert text == "leo-tui: one\nleo-tui: two\n"


def test_a_bug_leaves_its_traceback_in_a_file(tmp_path: Path) -> None:
    code, text = explained(ZeroDivisionError("oops"))
    assert code is ExitCode.BUG
    [crash] = tmp_path.iterdir()
    assert text.splitlines() == [
        "leo-tui: a bug in leo-tui: ZeroDivisionError: oops",
        f"leo-tui: the traceback is in {crash}",
    ]
    assert "ZeroDivisionError: oops" in crash.read_text()
    assert crash.stat().st_mode & 0o077 == 0


def test_leo_debug_shows_the_traceback_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "LEO_DEBUG", "1")
    _, text = explained(ZeroDivisionError("oops"))
    assert text.startswith("ZeroDivisionError: oops")
    assert list(tmp_path.iterdir()) == []


def test_a_message_cannot_act_on_the_terminal() -> None:
    _, text = explained(errors.ConfigError("\x1b[2J\x07 folder"))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_every_error_class_is_in_the_table_or_below_one_that_is() -> None:
    table = EXIT_CODES.keys() - {errors.LeoError}
    undecided = [
        cls.__name__
        for cls in vars(errors).values()
        if isinstance(cls, type)
        and issubclass(cls, errors.LeoError)
        and not table.intersection(cls.__mro__)
    ]
    assert undecided == ["LeoError"]
