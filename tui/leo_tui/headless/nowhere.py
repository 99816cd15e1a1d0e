"""Output that nobody can read any more."""

import os
from typing import TextIO


def send_nowhere(stream: TextIO) -> None:
    """Drop what a stream could not write, and whatever it is still to write.

    Who reads is gone: without this, the interpreter would fail on it once more.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    stream.flush()
