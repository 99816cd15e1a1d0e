"""Attempts as containers of a Docker daemon, one for each, known by name and labels.

The name is made of run, task and attempt: whoever makes an attempt's container a second
time is told that it is there, and adopts it. A container is removed only when the
outcome of its attempt is stored, so that any engine can ask for it until then.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from leo_engine.errors import ExecutorUnavailableError, HeldUpError, LaunchError
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.docker_client import DaemonSilentError, DockerClient
from leo_engine.executors.docker_ending import ended_ms
from leo_engine.executors.docker_images import Images
from leo_engine.executors.docker_launch import Launch, remove
from leo_engine.executors.docker_leftovers import (
    Judge,
    Leftover,
    has_any,
    leftovers,
)
from leo_engine.executors.docker_options import container_name, container_table
from leo_engine.executors.docker_seen import FOLDER, HOST, inspect, key_of
from leo_engine.executors.docker_watch import Watch
from leo_engine.ports import AttemptRequest, Clock
from leo_engine.spec.model import ExecutorName
from leo_engine.state.outcome import Lost, Outcome

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

_PREFIX = "docker:"
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PATIENCE_MS = 600_000
"""How long a daemon that was there may be away before it is given up."""
_FIRST_PATIENCE_MS = 60_000
"""The same for one that was never seen: it may be about to start, as we do."""
_START_MS = 30_000
"""How long making a container may take when the request sets no limit."""
_MOMENT_S = 0.5
_LAST_REMOVALS_S = 20.0
_KILL_AGAIN_S = 2.0


class DockerContainers:
    """The executor of containers."""

    name = ExecutorName.DOCKER

    def __init__(
        self, *, folder: str, clock: Clock, environ: Mapping[str, str] | None = None
    ) -> None:
        """Label containers with `folder`; look for the daemon in `environ`."""
        self._client = DockerClient(environ)
        self._images = Images(self._client)
        self._owner = {FOLDER: folder, HOST: socket.gethostname()}
        self._clock = clock
        self._watches: dict[str, tuple[Watch, asyncio.Future[Outcome | None]]] = {}
        self._removals: dict[asyncio.Task[None], str] = {}

    async def preflight(self) -> None:
        """Raise `ExecutorUnavailableError` unless a daemon answers."""
        await self._client.told(lambda client: client.ping())

    def readiness(self, request: AttemptRequest) -> Awaitable[None] | None:
        """Return what gets the image, waiting for the daemon; None: it is there."""
        try:
            table = container_table(request)
        except LaunchError:
            # It is refused when it is to be started.
            return None
        if self._images.is_known(table):
            return None
        return self._patiently(
            lambda: self._images.provide(table, request.log_path),
            _PATIENCE_MS if self._client.has_answered else 0,
        )

    async def start(self, request: AttemptRequest) -> str:
        """Make the attempt's container, or adopt the one that is there, and start it.

        Raises:
            LaunchError: it cannot be made or started so.
            HeldUpError: it could not be done in time.
        """
        now_ms = self._clock.monotonic_ms
        limit_ms = request.start_by_ms or now_ms() + _START_MS
        table = container_table(request)
        launch = Launch(request, table, self._owner, lambda: now_ms() >= limit_ms)
        container = await self._patiently(
            lambda: self._client.call(launch.run),
            max(1, limit_ms - now_ms()) if self._client.has_answered else 0,
        )
        self._follow(container)
        return f"{_PREFIX}{container}"

    async def wait(self, handle: str) -> Outcome:
        """Return how a container ended, its output copied, whoever started it."""
        container = _container(handle)
        if not container:
            return Lost(reason="it is no container of a Docker daemon")
        outcome = await asyncio.shield(self._watched(container))
        if outcome is None:
            raise ExecutorUnavailableError("containers are not followed any more")
        return outcome

    async def stop(self, handle: str, grace_ms: int) -> None:
        """Send the signal that stops it, wait the grace, KILL; return when it ended."""
        container = _container(handle)
        if not container:
            return
        end = self._watched(container)
        if grace_ms > 0 and not end.done():
            await self._signal(container, "")
            await asyncio.wait([end], timeout=grace_ms / 1000)
        while not end.done():
            await self._signal(container, "SIGKILL")
            await asyncio.wait([end], timeout=_KILL_AGAIN_S)

    async def attach(self, handle: str) -> bool:
        """Return whether a stored handle's container still runs; follow its output."""
        container = _container(handle)
        if not container:
            return False
        self._follow(container)

        def runs(client: "APIClient") -> bool:
            from docker.errors import NotFound  # noqa: PLC0415 -- only for containers

            with contextlib.suppress(NotFound):
                return inspect(client, container).is_running
            return False

        return await self._asked(runs)

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the handle of an attempt that a former engine was about to start.

        One whose container was made and never started is not started any more.
        """
        key = AttemptKey(run_id, task, attempt)
        found = await self._asked(lambda client: _found(client, key))
        return f"{_PREFIX}{found}" if found else None

    async def ended_ms(self, handle: str) -> int | None:
        """Return when a container ended, by the daemon's clock; None: not recorded."""
        from docker.errors import NotFound  # noqa: PLC0415 -- only for containers

        container = _container(handle)
        if container:
            with contextlib.suppress(NotFound, DaemonSilentError):
                seen = await self._client.call(
                    lambda client: inspect(client, container)
                )
                return ended_ms(seen.state)
        return None

    def forget(self, handle: str) -> None:
        """Remove the container of an attempt whose outcome is stored."""
        container = _container(handle)
        if not container:
            return
        self._watches.pop(container, None)
        removal = asyncio.get_running_loop().create_task(self._remove(container))
        self._removals[removal] = container
        removal.add_done_callback(self._removals.pop)

    async def leftovers(self, judge: Judge) -> list[Leftover]:
        """Return the folder's containers whose attempts are over.

        Raises:
            ExecutorUnavailableError: nobody can tell.
        """
        folder = self._owner[FOLDER]
        found = await self._client.told(lambda asked: leftovers(asked, folder, judge))
        busy = {*self._watches, *self._removals.values()}
        return [one for one in found if one.id not in busy]

    async def reclaim(self, judge: Judge, note: Callable[[Leftover], None]) -> bool:
        """Remove the folder's containers whose attempts are over; `note` each before.

        Return whether the folder still has any.

        Raises:
            ExecutorUnavailableError: it cannot be done now.
        """
        found = await self.leftovers(judge)
        if found:
            # Whoever stored the outcome may be about to remove it.
            await asyncio.sleep(_MOMENT_S)
            first = {one.id for one in found}
            found = [one for one in await self.leftovers(judge) if one.id in first]
        for one in found:
            await asyncio.to_thread(note, one)
            await self._remove(one.id)
        folder = self._owner[FOLDER]
        return await self._client.told(lambda asked: has_any(asked, folder))

    async def aclose(self) -> None:
        """Let go of the daemon, once what is over is removed; attempts go on."""
        if self._removals:
            await asyncio.wait(self._removals, timeout=_LAST_REMOVALS_S)
        for removal in self._removals:
            removal.cancel()
        ends = [end for _, end in self._watches.values()]
        for watch, _ in self._watches.values():
            watch.close()
        await asyncio.gather(*ends, return_exceptions=True)
        self._watches.clear()
        self._client.close()

    def _watched(self, container: str) -> "asyncio.Future[Outcome | None]":
        """Return how it will have ended; its output is followed from now on."""
        self._follow(container)
        return self._watches[container][1]

    def _follow(self, container: str) -> None:
        if container not in self._watches:
            watch = Watch(self._client, container)
            self._watches[container] = watch, self._client.last(watch.run)

    async def _signal(self, container: str, name: str) -> None:
        """Send a signal, by default the one that stops it, if it can be done now."""

        def send(client: "APIClient") -> None:
            client.kill(container, name or inspect(client, container).stop_signal)

        # Refused when it has ended; a daemon that is away is waited for by its watch.
        with contextlib.suppress(ExecutorUnavailableError):
            await self._client.told(send)

    async def _remove(self, container: str) -> None:
        # What cannot be removed now is left to the reconciler.
        with contextlib.suppress(ExecutorUnavailableError):
            await self._client.told(lambda client: remove(client, container))

    async def _asked(self, work: "Callable[[APIClient], T]") -> T:
        """Return what the daemon says, be it after it has come back."""
        patience_ms = _PATIENCE_MS if self._client.has_answered else _FIRST_PATIENCE_MS
        return await self._patiently(lambda: self._client.told(work), patience_ms)

    async def _patiently(self, ask: Callable[[], Awaitable[T]], patience_ms: int) -> T:
        """Return what is answered within a time, asked again while nobody answers.

        Raises:
            HeldUpError: nobody did.
            DaemonSilentError: nobody did at once, and no time is given.
        """
        give_up_ms = self._clock.monotonic_ms() + patience_ms
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await ask()
            except DaemonSilentError as error:
                if not patience_ms:
                    raise
                if self._clock.monotonic_ms() >= give_up_ms:
                    raise HeldUpError(str(error)) from error
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _container(handle: str) -> str:
    """Return the id in a handle; empty when it is one of another executor."""
    return handle.removeprefix(_PREFIX) if handle.startswith(_PREFIX) else ""


def _found(client: "APIClient", key: AttemptKey) -> str:
    """Return the id of an attempt's container; empty: it never ran, and never will."""
    from docker.errors import APIError, NotFound  # noqa: PLC0415 -- only for containers

    try:
        seen = inspect(client, container_name(*key))
    except NotFound:
        return ""
    if key_of(seen.labels) != key:
        return ""
    if seen.was_started:
        return seen.id
    try:
        # Not by force: what begins at this very moment is not to be cut short.
        client.remove_container(seen.id, v=True)
    except NotFound:
        return ""
    except APIError:
        return seen.id
    return ""
