"""Runs many command lines of leo-tui, each in a process forked from this one.

`python forking.py GUN CODES COMMANDS`: waits for the end of the pipe GUN, runs each of
the JSON list COMMANDS (lists of arguments) to its end, and writes the exit code of
each, one a line, to the file CODES. What leo-tui imports is imported before: it is the
engine that is to be busy, at the same moment as those of other processes.
"""

import json
import os
import sys
from pathlib import Path

import leo_tui.cli.once
import leo_tui.cli.running  # noqa: F401 -- imported for those that are forked
from leo_tui.cli import main


def run_in_fork(arguments: list[str]) -> int:
    """Return the exit code of `leo-tui` with these arguments."""
    pid = os.fork()
    if not pid:
        sys.argv = ["leo-tui", *arguments]
        main()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    _, gun, codes, commands = sys.argv
    Path(f"{codes}.ready").touch()
    os.read(int(gun), 1)
    with Path(codes).open("w") as file:
        for command in json.loads(commands):
            print(run_in_fork(command), file=file, flush=True)
