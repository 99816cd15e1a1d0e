"""What the shell is told."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes; scripts rely on them, so they never change."""

    OK = 0
    """Everything that was asked for succeeded."""
    FAILED = 1
    """A run failed, was cancelled or ran out of time; an audit found something."""
    BAD_INPUT = 2
    """A DAG file, an option or a parameter is wrong; nothing was started."""
    BUSY = 3
    """Another run is in the way."""
    NOT_FOUND = 4
    """No such run, task or DAG."""
    ENVIRONMENT = 5
    """The surroundings do not let us: an unwritable folder, a missing daemon."""
    BUG = 70
    """Our own fault. Source: sysexits.h, EX_SOFTWARE."""
    INTERRUPTED = 130
    """Stopped by SIGINT or SIGTERM. Source: 128 + SIGINT, as shells do."""
