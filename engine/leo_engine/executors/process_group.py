"""Ending an attempt's processes: TERM, grace, KILL, until nothing of it is left.

What belongs to an attempt: its session, what descends from that, and what began with
the attempt's own LEO_RUN_ID, LEO_TASK and LEO_ATTEMPT, wherever it hides.
"""

import asyncio
import contextlib
import os
import signal

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
    descriptor = await asyncio.to_thread(_watch, pid, start)
    if descriptor is None:
        while await asyncio.to_thread(is_running, pid, start):  # noqa: ASYNC110
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
    # Only now is the number sure to stay with the process that is looked at.
    if is_running(pid, start):
        return descriptor
    os.close(descriptor)
    return -1


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

    def __init__(self, handle: ProcessHandle, marks: frozenset[bytes]) -> None:
        self._session = handle.pid
        self._marks = marks
        # A number without its leader may by now be that of a stranger's session.
        self._has_session = is_running(handle.pid, handle.start)
        self._out_of_reach: set[int] = set()
        """Pids that we may not signal: they run as somebody else."""

    def members(self) -> list[ProcessRow]:
        """Return what lives of the session."""
        if not self._has_session:
            return []
        return [row for row in read_processes() if row.session == self._session]

    def terminate(self) -> list[ProcessRow]:
        """TERM the session and return its members."""
        members = self.members()
        for number in (signal.SIGTERM, signal.SIGCONT):
            # CONT, for a stopped process hears of nothing else until it goes on.
            if members:
                self._signal_group(number)
            for row in members:
                if row.group != self._session:
                    self._signal(row, number)
        return members

    def kill(self) -> list[ProcessRow]:
        """KILL all that belongs to the attempt, and return what there was of it."""
        found = self._everything()
        if self._has_session and any(row.group == self._session for row in found):
            # The kernel lets nobody of a group slip through by forking.
            self._signal_group(signal.SIGKILL)
        for row in found:
            self._signal(row, signal.SIGKILL)
        return [row for row in found if row.pid not in self._out_of_reach]

    def _everything(self) -> list[ProcessRow]:
        rows = read_processes()
        rows.sort(key=lambda row: row.start)
        belonging: dict[int, ProcessRow] = {}
        # A parent is older than its children: one pass in order of age finds all.
        for row in rows:
            if row.pid in self._out_of_reach or row.pid == os.getpid():
                continue
            if (
                (self._has_session and row.session == self._session)
                or row.parent in belonging
                or (self._marks and carries(row.pid, self._marks))
            ):
                belonging[row.pid] = row
        return list(belonging.values())

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
    handle: ProcessHandle, grace_ms: int, marks: frozenset[bytes]
) -> None:
    """TERM an attempt's session, wait the grace, KILL; return when all of it is gone.

    `marks` are the `NAME=value` variables by which its processes are known wherever
    they went; empty when they are not known.
    """
    doomed = await asyncio.to_thread(Doomed, handle, marks)
    if grace_ms > 0:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_ms / 1000):
                left = await asyncio.to_thread(doomed.terminate)
                while left:
                    await _all_gone(left)
                    left = await asyncio.to_thread(doomed.members)
    while left := await asyncio.to_thread(doomed.kill):
        await _all_gone(left)


async def _all_gone(rows: list[ProcessRow]) -> None:
    for row in rows:
        await wait_for_exit(row.pid, row.start)
