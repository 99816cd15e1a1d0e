"""Errors for people: the one table of exit codes by class, the one formatter."""

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from typing import TextIO

import click

from leo_engine import errors
from leo_tui.cli.exit_code import ExitCode
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize, sanitize_lines
from leo_tui.units import counted
from leo_tui.viewmodels.problem_lines import problem_lines
from leo_tui.viewmodels.spans import line

EXIT_CODES: Mapping[type[BaseException], ExitCode] = {
    errors.LeoError: ExitCode.ENVIRONMENT,
    errors.ConfigError: ExitCode.BAD_INPUT,
    errors.SpecError: ExitCode.BAD_INPUT,
    errors.DagNotFoundError: ExitCode.NOT_FOUND,
    errors.TemplateError: ExitCode.BAD_INPUT,
    errors.GraphError: ExitCode.BAD_INPUT,
    errors.UnknownTaskError: ExitCode.NOT_FOUND,
    errors.StateError: ExitCode.BUG,
    errors.StoreError: ExitCode.ENVIRONMENT,
    errors.BatchNotFoundError: ExitCode.NOT_FOUND,
    errors.RunNotFoundError: ExitCode.NOT_FOUND,
    errors.RunBusyError: ExitCode.BUSY,
    errors.RunEndedError: ExitCode.BAD_INPUT,
    errors.MoveRefusedError: ExitCode.BAD_INPUT,
    errors.ExecutorError: ExitCode.ENVIRONMENT,
    OSError: ExitCode.ENVIRONMENT,
    click.Abort: ExitCode.INTERRUPTED,
}
"""The nearest ancestor of an error's class decides; what has none is a bug."""

_DEBUG = "LEO_DEBUG"


def explain(error: BaseException, stream: TextIO) -> ExitCode:
    """Say what went wrong on `stream` and return the exit code that says so too."""
    causes = list(_causes(error))
    codes = [_code(cause) for cause in causes]
    # A terminal that was closed takes no message; the code is still the answer.
    with contextlib.suppress(OSError):
        if os.environ.get(_DEBUG):
            traceback.print_exception(error, file=stream)
        for cause, code in zip(causes, codes, strict=True):
            _show(cause, code, stream)
    return codes[0] if len(set(codes)) == 1 else max(codes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what a group of exceptions consists of, each once."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner)
    else:
        yield error


def _code(error: BaseException) -> ExitCode:
    if isinstance(error, click.ClickException):
        return ExitCode.BAD_INPUT
    known = (EXIT_CODES[cls] for cls in type(error).__mro__ if cls in EXIT_CODES)
    return next(known, ExitCode.BUG)


def _show(error: BaseException, code: ExitCode, stream: TextIO) -> None:
    if isinstance(error, click.ClickException):
        error.show(stream)
    elif isinstance(error, click.Abort):
        stream.write("interrupted\n")
    elif isinstance(error, errors.SpecError):
        _show_problems(error, stream)
    elif code is ExitCode.BUG:
        _show_bug(error, stream)
    else:
        stream.write("\n".join(sanitize_lines(f"leo-tui: {_message(error)}")) + "\n")


def _show_problems(error: errors.SpecError, stream: TextIO) -> None:
    lines = [spans for problem in error.problems for spans in problem_lines(problem)]
    count = counted(len(error.problems), "problem")
    lines.append(line(f"{count}; nothing was started"))
    Terminal(stream, os.environ).print(lines)


def _message(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        )
    return str(error) or type(error).__name__


def _show_bug(error: BaseException, stream: TextIO) -> None:
    """Say in one line that it is our fault, and leave the traceback in a file."""
    first_line = str(error).partition("\n")[0]
    summary = sanitize(f"{type(error).__name__}: {first_line}")
    stream.write(f"leo-tui: a bug in leo-tui: {summary}\n")
    if os.environ.get(_DEBUG):
        return
    try:
        descriptor, path = tempfile.mkstemp(prefix="leo-tui-crash-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{sys.version}\n{sys.argv!r}\n")
            traceback.print_exception(error, file=file)
    except OSError:
        stream.write(f"leo-tui: {_DEBUG}=1 shows the traceback\n")
    else:
        stream.write(f"leo-tui: the traceback is in {path}\n")
