"""Looking at processes and records when the machine is short of something.

That a file cannot be opened says nothing about a process: who took it for an end would
call lost what runs.
"""

import asyncio
import errno
from collections.abc import Callable
from typing import TypeVar

_SHORT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_PAUSE_MS = 100

T = TypeVar("T")


async def patiently(look: Callable[[], T], *, in_thread: bool = False) -> T:
    """Return what a look shows, be it after the shortage.

    What is begun in a thread is ended before this is, even when it is cancelled.
    """
    while True:
        try:
            return await _finished(look) if in_thread else look()
        except OSError as error:
            if error.errno not in _SHORT_OF:
                raise
        await asyncio.sleep(_PAUSE_MS / 1000)


async def _finished(look: Callable[[], T]) -> T:
    looking = asyncio.ensure_future(asyncio.to_thread(look))
    try:
        return await asyncio.shield(looking)
    except asyncio.CancelledError:
        await asyncio.wait({looking})
        raise
