"""Ending an attempt's processes: TERM, grace, KILL, until nothing of it is left.

What belongs to an attempt: its session, what descends from that, and what began with
the attempt's own LEO_RUN_ID, LEO_TASK and LEO_ATTEMPT, wherever it hides.
"""

import asyncio
import contextlib
import os
import signal
from functools import partial

from leo_engine.executors.patience import patiently
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import (
    ProcessRow,
    carries,
    is_running,
    read_processes,
)

_LOOK_MS = 50
"""Pause between looks where the kernel cannot tell us of an exit."""


async def wait_for_exit(pid: int, start: int) -> None:
    """Return when a process that may be anybody's child has ended."""
    descriptor = await patiently(partial(_watch, pid, start))
    if descriptor is None:
        while await patiently(partial(is_running, pid, start)):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_MS / 1000)
    elif descriptor >= 0:
        await _readable(descriptor)


def _watch(pid: int, start: int) -> int | None:
    """Return a descriptor that tells of the exit; -1: it has ended; None: no means."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return -1
    except (AttributeError, OSError):
        # Not Linux, or out of descriptors.
        return None
    watched: int | None = None
    try:
        # Only now is the number sure to stay with the process that is looked at.
        if not is_running(pid, start):
            watched = -1
        # Half of the descriptors are left to whoever needs to open something.
        elif 2 * descriptor < os.sysconf("SC_OPEN_MAX"):
            watched = descriptor
    finally:
        if watched != descriptor:
            os.close(descriptor)
    return watched


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    try:
        loop.add_reader(descriptor, _settle, ended)
        await ended
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


class Doomed:
    """The processes of one attempt that is being stopped."""

    def __init__(self, handle: ProcessHandle | None, marks: frozenset[bytes]) -> None:
        self._session = 0 if handle is None else handle.pid
        self._marks = marks
        # A number without its leader may by now be that of a stranger's session.
        self._has_session = handle is not None and is_running(handle.pid, handle.start)
        self._out_of_reach: set[int] = set()
        """Pids that we may not signal: they run as somebody else."""
        self._seen: set[tuple[int, int]] = set()
        """Pid and start of whoever was found to belong."""

    def family(self) -> list[ProcessRow]:
        """Return what lives of the session and of its descendants, the oldest first.

        Where there is no session (any more), the marks are all there is to go by.
        """
        return self._belonging(frozenset() if self._has_session else self._marks)

    def terminate(self) -> list[ProcessRow]:
        """TERM the session and its descendants, and return them."""
        # Seen now, for who loses his parent to TERM is no descendant any more.
        family = self.family()
        for number in (signal.SIGTERM, signal.SIGCONT):
            # CONT, for a stopped process hears of nothing else until it goes on.
            self._signal_all(family, number)
        return family

    def kill(self) -> list[ProcessRow]:
        """KILL all that belongs to the attempt, and return what there was of it."""
        found = self._belonging(self._marks)
        self._signal_all(found, signal.SIGKILL)
        return [row for row in found if row.pid not in self._out_of_reach]

    def _belonging(self, marks: frozenset[bytes]) -> list[ProcessRow]:
        found: dict[int, ProcessRow] = {}
        # A parent is older than its children: one pass in order of age finds all.
        for row in sorted(read_processes(), key=lambda row: (row.start, row.pid)):
            if row.pid in self._out_of_reach or row.pid == os.getpid():
                continue
            if (
                (self._has_session and row.session == self._session)
                or row.parent in found
                or (row.pid, row.start) in self._seen
                or (marks and carries(row.pid, marks))
            ):
                found[row.pid] = row
        self._seen.update((row.pid, row.start) for row in found.values())
        return list(found.values())

    def _signal_all(self, rows: list[ProcessRow], number: signal.Signals) -> None:
        in_group: set[int] = set()
        if self._has_session:
            in_group = {row.pid for row in rows if row.group == self._session}
        if in_group:
            # The kernel lets nobody of a group slip through by forking.
            self._signal_group(number)
        for row in rows:
            # Once is enough for those in the group, but KILL finds out of reach.
            if row.pid not in in_group or number is signal.SIGKILL:
                self._signal(row, number)

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._session, number)

    def _signal(self, row: ProcessRow, number: signal.Signals) -> None:
        """Signal the process of this row and no other that got its number since."""
        try:
            if is_running(row.pid, row.start):
                os.kill(row.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            self._out_of_reach.add(row.pid)


async def stop_session(
    handle: ProcessHandle | None, grace_ms: int, marks: frozenset[bytes]
) -> None:
    """TERM an attempt's session, wait the grace, KILL; return when all of it is gone.

    `marks` are the `NAME=value` variables by which its processes are known wherever
    they went; empty when they are not known. Without a handle, what carries them takes
    the place of the session.
    """
    doomed = await patiently(partial(Doomed, handle, marks), in_thread=True)
    if grace_ms > 0:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_ms / 1000):
                left = await patiently(doomed.terminate, in_thread=True)
                while left:
                    await _all_gone(left)
                    left = await patiently(doomed.family, in_thread=True)
    while left := await patiently(doomed.kill, in_thread=True):
        await _all_gone(left)


async def _all_gone(rows: list[ProcessRow]) -> None:
    for row in rows:
        await wait_for_exit(row.pid, row.start)
