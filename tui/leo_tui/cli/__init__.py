"""The command line: `leo-tui`. Commands load when they are called, not before."""

import contextlib
import os
import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    try:
        # What follows is imported where it is used: a start costs what it needs.
        from leo_tui.cli.entry import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Ctrl-C while Python was still importing: there is nothing to tell of yet.
        code = _INTERRUPTED
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    # Everything is flushed and closed: freeing what a run of 10,000 tasks has left,
    # object by object, would take longer than some runs.
    os._exit(code)
