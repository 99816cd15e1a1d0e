"""The outermost frame: runs a command, turns whatever it raises into an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.root import root

PROGRAM = "leo-tui"


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of one command line."""
    for stream in (sys.stdout, sys.stderr):
        _accept_everything(stream)
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        code = ExitCode.OK
    _let_go(sys.stdout)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    try:
        code: object = root.main(list(arguments), PROGRAM, standalone_mode=False)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 -- the supervisor: nothing is above it
        # Only a failure needs the error classes, and msgspec with them.
        from leo_tui.cli.failure import explain  # noqa: PLC0415

        return explain(error, sys.stderr)
    return code if isinstance(code, int) else ExitCode.OK


def _accept_everything(stream: object) -> None:
    """Let names that the locale cannot encode become question marks, not exceptions."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _let_go(stream: TextIO) -> None:
    """Keep the interpreter from complaining about a reader that has gone: `| head`."""
    try:
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except ValueError:
        return
