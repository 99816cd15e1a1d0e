"""What tasks say about themselves, in a file that leo-tui knows nothing of.

A task appends a line as its command begins and one as it ends, each in one write, so
that whoever is killed when, the order of the lines is the order of the facts.
"""

from pathlib import Path
from typing import NamedTuple

_SHELL = """\
begins() {{
    read -r stat < /proc/$$/stat
    began $stat
    echo "$LEO_TASK $LEO_ATTEMPT begins"
}}
began() {{
    echo "began $LEO_RUN_ID $LEO_TASK $LEO_ATTEMPT $$ ${{22}} ${{4}}" >> '{path}'
}}
ends() {{
    echo "ended $LEO_RUN_ID $LEO_TASK $LEO_ATTEMPT $$ $1" >> '{path}'
    exit "$1"
}}
dies() {{
    echo "ended $LEO_RUN_ID $LEO_TASK $LEO_ATTEMPT $$ -$1" >> '{path}'
    kill -"$1" $$
}}
"""
"""In /proc/PID/stat, field 4 is the parent and field 22 when the process started."""


class Attempt(NamedTuple):
    """An attempt by its names."""

    run_id: str
    task: str
    number: int


class Began(NamedTuple):
    """A command was started."""

    line: int
    attempt: Attempt
    process: tuple[int, int]
    """Pid and start."""
    warden: int
    """Pid of its parent."""


class Ended(NamedTuple):
    """A command ended by itself."""

    line: int
    attempt: Attempt
    status: int
    """Its exit code, or minus the signal it died by."""


class Ledger:
    """The file, and the shell functions by which tasks write it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shell = path.with_suffix(".sh")
        self.shell.write_text(_SHELL.format(path=path))
        path.touch()

    def size(self) -> int:
        """Return how many bytes were written so far: every fact adds some."""
        return self.path.stat().st_size

    def read(self) -> tuple[list[Began], list[Ended]]:
        """Return all that was written so far, in order."""
        began: list[Began] = []
        ended: list[Ended] = []
        for line, text in enumerate(self.path.read_text().splitlines()):
            word, run_id, task, number, *rest = text.split()
            attempt = Attempt(run_id, task, int(number))
            if word == "began":
                pid, start, warden = map(int, rest)
                began.append(Began(line, attempt, (pid, start), warden))
            else:
                ended.append(Ended(line, attempt, int(rest[1])))
        return began, ended
