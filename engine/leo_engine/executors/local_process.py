"""Attempts as processes of this machine, each in a session of its own.

A warden starts and reaps them (`warden_client`); two do when there is much to start:
while one waits for a program to be loaded, the other starts the next. What no warden of
this engine answers for is followed by its record (`survivors`).
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from leo_engine.errors import LaunchError
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.command_line import command_of
from leo_engine.executors.exit_record import outcome_of
from leo_engine.executors.launch_problem import launch_problem
from leo_engine.executors.patience import patiently
from leo_engine.executors.process_group import stop_session
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import boot_id
from leo_engine.executors.survivors import Survivors, lives
from leo_engine.executors.warden_client import (
    LaunchRefusedError,
    WardenClient,
    WardenLostError,
)
from leo_engine.executors.warden_link import WardenProcess
from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import ExecutorName
from leo_engine.state.outcome import Lost, Outcome

_LAUNCHES = 3
"""Wardens to try an attempt with, when each is killed before it has begun."""
_ORPHAN_GRACE_MS = 1_000
_WORTH_LAUNCHES = 16
"""After so many, a second warden may be worth the ten milliseconds that it takes."""


class LocalProcesses:
    """The executor of commands.

    The tasks' processes are known by LEO_RUN_ID, LEO_TASK and LEO_ATTEMPT, which every
    request's environment should hold: what left its session is found by them.
    """

    name = ExecutorName.SUBPROCESS

    def __init__(
        self,
        *,
        record_folder: Path,
        base_env: Mapping[str, str],
        warden: WardenProcess | None = None,
    ) -> None:
        """Take the environment that tasks inherit, and a warden that is on its way.

        Wardens keep their records in `record_folder`, which they make; `warden` must
        have been given the same. Without it, one is started when it is first needed.
        """
        self._first, self._second = (
            WardenClient(
                record_folder=str(record_folder),
                base_env=base_env,
                warden=on_its_way,
                on_orphan=self._stop_orphan,
            )
            for on_its_way in (warden, None)
        )
        self._launch_count = 0
        self._survivors = Survivors(record_folder)
        self._orphans: set[asyncio.Task[None]] = set()

    async def preflight(self) -> None:
        """Raise `ExecutorUnavailableError` unless a warden answers."""
        await self.prepare()

    async def prepare(self) -> None:
        """Have the warden ready; starting it early hides what that takes.

        Raises:
            ExecutorUnavailableError: no warden can work here.
        """
        await self._first.prepare()

    def readiness(self, _: AttemptRequest) -> None:
        """Need nothing: a process is started at once or not at all."""

    async def start(self, request: AttemptRequest) -> str:
        """Start the attempt's process and return its handle.

        Raises:
            LaunchError: nothing was started.
            ExecutorUnavailableError: nothing can be started here.
        """
        command = command_of(request.action, request.call_path)
        if command is None:
            kind = type(request.action).__name__
            raise LaunchError(f"{kind} is not a command that a process can run")
        key = AttemptKey(request.run_id, request.task, request.attempt)
        for _ in range(_LAUNCHES):
            try:
                return await self._least_busy().launch(key, command, request)
            except LaunchRefusedError as refused:
                # Off the loop: it looks about for what may have been meant.
                raise await asyncio.to_thread(
                    launch_problem, request, refused.stage, refused.number
                ) from refused
            except WardenLostError:
                started = await self._survivors.find(key)
                if started is not None:
                    return str(started)
        raise LaunchError("the process that starts tasks was killed again and again")

    async def wait(self, handle: str) -> Outcome:
        """Return how an attempt ended, whoever started it."""
        status = await self._client_of(handle).status(handle)
        if status is not None:
            return outcome_of(*status)
        process = ProcessHandle.parse(handle)
        ending = await self._survivors.follow(process)
        if ending is None:
            return Lost(reason="its process is gone, and nothing tells how it ended")
        return ending.outcome

    async def stop(self, handle: str, grace_ms: int) -> None:
        """TERM the session, wait the grace, KILL; return when all of it is gone."""
        process = ProcessHandle.parse(handle)
        if process.boot != boot_id():
            return
        key = self._client_of(handle).key(handle) or await self._survivors.key(process)
        await stop_session(process, grace_ms, key.marks if key else frozenset())

    async def attach(self, handle: str) -> bool:
        """Return whether a stored handle's process still runs."""
        return await patiently(partial(lives, ProcessHandle.parse(handle)))

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the handle of an attempt that a former engine was about to start.

        None: it was never started, and never will be. When nobody knows, the handle is
        one whose `wait` returns `Lost`.
        """
        found = await self._survivors.find(AttemptKey(run_id, task, attempt))
        return None if found is None else str(found)

    async def ended_ms(self, handle: str) -> int | None:
        """Return when an attempt ended, by the wall clock; None: not recorded."""
        ending = await self._survivors.ending(ProcessHandle.parse(handle))
        return None if ending is None else ending.at_ms

    async def prune(self, is_open: Callable[[AttemptKey], bool]) -> int:
        """Delete the records of wardens that are gone, and return how many.

        Kept are those with an attempt of which `is_open` says that its outcome is not
        yet stored anywhere else.
        """
        return await self._survivors.prune(is_open)

    def forget(self, _: str) -> None:
        """Leave nothing: a process goes when it ends."""

    async def aclose(self) -> None:
        """Let go of the warden, which stays with its tasks until they have ended."""
        for orphan in self._orphans:
            orphan.cancel()
        await asyncio.gather(*self._orphans, return_exceptions=True)
        await self._first.aclose()
        await self._second.aclose()

    def _least_busy(self) -> WardenClient:
        self._launch_count += 1
        first, second = self._first, self._second
        if not first.unanswered_count or self._launch_count <= _WORTH_LAUNCHES:
            return first
        if not second.record:
            second.warm_up()
            return first
        return min(first, second, key=lambda client: client.unanswered_count)

    def _client_of(self, handle: str) -> WardenClient:
        return self._second if self._second.knows(handle) else self._first

    def _stop_orphan(self, handle: str, key: AttemptKey) -> None:
        """Stop what was started for somebody who had given up meanwhile."""
        process = ProcessHandle.parse(handle)
        stopping = asyncio.get_running_loop().create_task(
            stop_session(process, _ORPHAN_GRACE_MS, key.marks)
        )
        self._orphans.add(stopping)
        stopping.add_done_callback(self._orphans.discard)
