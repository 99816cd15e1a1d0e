"""The engine's end of the warden: starting one, and talking to it from the loop.

`spawn_warden` imports next to nothing, so that a command can start the warden first and
import the engine while the warden starts.
"""

import os
import socket
import sys
from typing import NamedTuple

_LINK = 3
_SOURCES = __file__.rpartition("/leo_engine/")[0]
_WARDEN = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from leo_engine.executors.warden import main; main()"
)
"""Imported, for what is imported is compiled only once."""


class WardenProcess(NamedTuple):
    """A warden that was started, and the socket that leads to it."""

    link: socket.socket
    pid: int


def spawn_warden(record_folder: str) -> WardenProcess:
    """Start a warden that keeps its record in `record_folder`, which it makes (0700).

    Returns at once; whether it works shows in its first message.

    Raises:
        OSError: no process could be started.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # noqa: FBT003 - no name to call it by
    options = ("-I", "-S", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _WARDEN)
    argv = [sys.executable, *options, _SOURCES, record_folder]
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    places = [(os.POSIX_SPAWN_DUP2, null, standard) for standard in (0, 1, 2)]
    places.append((os.POSIX_SPAWN_DUP2, theirs.fileno(), _LINK))
    command = (sys.executable, argv, os.environ)
    try:
        if sys.platform == "darwin":
            pid = os.posix_spawn(*command, file_actions=places, setpgroup=0)
        else:
            pid = os.posix_spawn(*command, file_actions=places, setsid=True)
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(null)
    return WardenProcess(ours, pid)
