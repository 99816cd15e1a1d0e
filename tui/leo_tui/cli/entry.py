"""The outermost frame: runs a command, turns whatever it raises into an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.root import root
from leo_tui.headless.nowhere import send_nowhere

PROGRAM = "leo-tui"


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of one command line."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        _accept_everything(stream)
    code = _invoke(arguments)
    _let_go(sys.stdout)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    try:
        code: object = root.main(list(arguments), PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has seen enough: `leo-tui runs | head`.
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 -- the supervisor: nothing is above it
        # Only a failure needs the error classes, and msgspec with them.
        from leo_tui.cli.failure import explain  # noqa: PLC0415

        return explain(error, sys.stderr)
    return code if isinstance(code, int) else ExitCode.OK


def _open_what_is_closed() -> None:
    """Give descriptors 0 to 2 a file, so that no database is ever opened as one."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    # Python leaves the stream of a closed descriptor out.
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _accept_everything(stream: object) -> None:
    """Let names that the locale cannot encode become question marks, not exceptions."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _let_go(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        send_nowhere(stream)
