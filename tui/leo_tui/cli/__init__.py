"""The command line: `leo-tui`. Commands load when they are called, not before."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    # What follows is imported where it is used: a start costs what it needs.
    from leo_tui.cli.entry import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))
