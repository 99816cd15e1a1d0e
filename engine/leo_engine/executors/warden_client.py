"""What the engine has asked its warden for, and what it has been told.

One warden at a time. When it is killed the next launch starts another; attempts of the
old one are then no longer known here, and have to be followed by their record.
"""

import asyncio
import contextlib
import itertools
import os
from collections.abc import Callable, Mapping

from leo_engine.errors import ExecutorUnavailableError
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.warden_channel import Report, WardenChannel
from leo_engine.executors.warden_link import WardenProcess, spawn_warden
from leo_engine.ports import AttemptRequest

Command = tuple[list[str], str | None]
"""Words to execute, and the script for a shell; see `command_line.command_of`."""
WaitStatus = tuple[int, int, int]
"""Status as wait(2) has it, milliseconds of CPU, peak bytes."""


class LaunchRefusedError(Exception):
    """The warden could not start an attempt; `launch_problem` says it in words."""

    def __init__(self, stage: str, number: int) -> None:
        self.stage = stage
        self.number = number
        super().__init__(stage, number)


class WardenLostError(Exception):
    """The warden was killed before it answered; what it did is in its record."""


class _Attempt:
    """One attempt that the warden was asked for."""

    __slots__ = ("ending", "key", "started", "waiters")

    def __init__(self, key: AttemptKey, started: "asyncio.Future[str]") -> None:
        self.key = key
        self.started = started
        """Its handle."""
        self.ending: WaitStatus | None = None
        self.waiters: list[asyncio.Future[None]] = []

    def wake(self) -> None:
        """Tell everybody who waits that something has changed."""
        for waiter in self.waiters:
            _settle(waiter)
        self.waiters.clear()


class WardenClient:
    """A warden, and another one when that is killed."""

    def __init__(
        self,
        *,
        record_folder: str,
        base_env: Mapping[str, str],
        warden: WardenProcess | None,
        on_orphan: Callable[[str, AttemptKey], None],
    ) -> None:
        """Take what a warden needs; `on_orphan` hears of processes nobody waits for.

        Those are attempts whose launch was cancelled too late.
        """
        self._folder = record_folder
        self._base_env = dict(base_env)
        self._on_its_way = warden
        self._on_orphan = on_orphan
        self._channel: WardenChannel | None = None
        self.record = ""
        """Name of the record of the present warden; empty until it has answered."""
        self._problem = 0
        """Why it could not make a record, an errno."""
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Attempt] = {}
        """What it has not yet said the end of, by number."""
        self._known: dict[str, _Attempt] = {}
        """What was started and not yet waited for, by handle."""
        self._greeting: list[asyncio.Future[None]] = []
        self.unanswered_count = 0
        """Launches that it has not yet said anything about: how busy it is."""

    def warm_up(self) -> None:
        """Have a warden on its way, and do not wait for it."""
        with contextlib.suppress(ExecutorUnavailableError):
            self._connect()

    async def prepare(self) -> None:
        """Wait for the warden's first message.

        Raises:
            ExecutorUnavailableError: no warden can work here.
        """
        self._connect()
        if not self.record:
            greeting = asyncio.get_running_loop().create_future()
            self._greeting.append(greeting)
            await greeting
        if not self.record:
            raise self._unavailable()

    async def launch(
        self, key: AttemptKey, command: Command, request: AttemptRequest
    ) -> str:
        """Have an attempt started and return its handle.

        Raises:
            LaunchRefusedError: nothing was started.
            WardenLostError: nobody knows; ask the record.
            ExecutorUnavailableError: no warden can work here.
        """
        channel = self._connect()
        number = next(self._numbers)
        started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._asked[number] = _Attempt(key, started)
        channel.send(
            (
                *("S", number, key.encode(), *command),
                *self._environment(request),
                request.working_dir,
                *(request.log_path, request.stdout_path),
                *(request.start_by_ms, request.log_max_bytes or 0),
            )
        )
        self.unanswered_count += 1
        try:
            return await started
        finally:
            self.unanswered_count -= 1

    def _environment(self, request: AttemptRequest) -> tuple[dict[str, str], bool]:
        """Return an attempt's variables, and whether they are all it gets."""
        # What the shell does: a program that asks $PWD must not be lied to.
        own = {**request.env, "PWD": request.working_dir}
        hidden = request.hidden
        if request.clean_env or not hidden:
            return own, request.clean_env
        base = self._base_env.items()
        return {name: text for name, text in base if name not in hidden} | own, True

    async def status(self, handle: str) -> WaitStatus | None:
        """Return how an attempt ended; None when the warden cannot tell (any more)."""
        while (attempt := self._known.get(handle)) is not None:
            if attempt.ending is not None:
                del self._known[handle]
                return attempt.ending
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            attempt.waiters.append(waiter)
            await waiter
        return None

    def knows(self, handle: str) -> bool:
        """Return whether it was started here and not yet waited for to the end."""
        return handle in self._known

    def key(self, handle: str) -> AttemptKey | None:
        """Return whose handle it is; None when the warden does not know it."""
        attempt = self._known.get(handle)
        return attempt.key if attempt else None

    async def aclose(self) -> None:
        """Leave the warden to its tasks."""
        if self._channel is not None:
            await self._channel.aclose(is_idle=not self._asked)
            self._forget()
        elif self._on_its_way is not None:
            self._on_its_way.link.close()

    def _connect(self) -> WardenChannel:
        if self._channel is None:
            try:
                process = self._on_its_way or spawn_warden(self._folder)
            except OSError as error:
                self._problem = error.errno or 0
                raise self._unavailable() from error
            self._on_its_way = None
            self._channel = WardenChannel(
                process, on_reports=self._hear, on_lost=self._forget
            )
            self._channel.send(("B", self._base_env, os.getpid()))
        return self._channel

    def _hear(self, reports: list[Report]) -> None:
        for letter, number, first, second, third, text in reports:
            match letter:
                case "s":
                    self._started(number, first, second)
                case "x":
                    self._ended(number, (first, second, third))
                case "h":
                    self.record = text
                    self._greet()
                case "f" if number:
                    self._refused(number, text, first)
                case _:
                    self._problem = first

    def _started(self, number: int, pid: int, start: int) -> None:
        attempt = self._asked[number]
        handle = str(ProcessHandle(self.record, number, pid, start))
        if attempt.started.cancelled():
            self._on_orphan(handle, attempt.key)
        else:
            self._known[handle] = attempt
            attempt.started.set_result(handle)

    def _ended(self, number: int, ending: WaitStatus) -> None:
        attempt = self._asked.pop(number)
        attempt.ending = ending
        attempt.wake()

    def _refused(self, number: int, stage: str, problem: int) -> None:
        attempt = self._asked.pop(number)
        if not attempt.started.done():
            attempt.started.set_exception(LaunchRefusedError(stage, problem))

    def _greet(self) -> None:
        for greeting in self._greeting:
            _settle(greeting)
        self._greeting.clear()

    def _forget(self) -> None:
        """Give everything up to the record: the warden is gone, or we are leaving."""
        has_record, self.record = bool(self.record), ""
        asked, self._asked = self._asked, {}
        self._channel = None
        self._greet()
        for handle, attempt in list(self._known.items()):
            if attempt.ending is None:
                del self._known[handle]
                attempt.wake()
        for attempt in asked.values():
            if not attempt.started.done():
                lost = WardenLostError() if has_record else self._unavailable()
                attempt.started.set_exception(lost)

    def _unavailable(self) -> ExecutorUnavailableError:
        reason = os.strerror(self._problem) if self._problem else "it ended at once"
        return ExecutorUnavailableError(
            f"cannot start the process that starts tasks, which keeps its record in "
            f"{self._folder!r}: {reason}"
        )


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
