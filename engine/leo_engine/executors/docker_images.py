"""Images: fetched as a task's `pull` says, progress told in the attempt's log."""

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from leo_engine.errors import LaunchError
from leo_engine.executors.docker_client import DockerClient
from leo_engine.executors.docker_options import ContainerTable
from leo_engine.executors.warden_start import open_output
from leo_engine.spec.model import Json
from leo_engine.spec.source_executors import PullPolicy

if TYPE_CHECKING:
    from docker import APIClient

_MB = 1_000_000
_MOST_KNOWN = 1_000
_LONGEST_LINE = 500


class Images:
    """The images of one daemon, as far as they were asked for."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._present: set[tuple[str, str | None]] = set()
        self._fetching: dict[str, asyncio.Lock] = {}

    def is_known(self, table: ContainerTable) -> bool:
        """Tell whether the image is there and need not be fetched again."""
        policy = table.docker.pull
        return policy is PullPolicy.NEVER or (
            policy is PullPolicy.MISSING and _key(table) in self._present
        )

    def forget(self, table: ContainerTable) -> None:
        """Look again next time: it was there, and is not any more."""
        self._present.discard(_key(table))

    async def provide(self, table: ContainerTable, log_path: str) -> None:
        """Have the image there.

        Raises:
            LaunchError: it cannot be had.
            DaemonSilentError: nobody answers.
        """
        lock = self._fetching.setdefault(table.image, asyncio.Lock())
        # One fetches, the others find it there.
        async with lock:
            if self.is_known(table):
                return
            if table.docker.pull is PullPolicy.ALWAYS or not await self._is_there(
                table
            ):
                await self._fetch(table, log_path)
            if len(self._present) < _MOST_KNOWN:
                self._present.add(_key(table))

    async def _is_there(self, table: ContainerTable) -> bool:
        from docker.errors import APIError, ImageNotFound  # noqa: PLC0415 -- 0.4 s

        try:
            await self._client.call(
                lambda client: client.inspect_image(table.image)  # type: ignore[no-untyped-call]
            )
        except ImageNotFound:
            return False
        except APIError as error:
            raise LaunchError(pull_problem(table.image, error.explanation)) from error
        # Of another platform, what is there is not what is wanted.
        return table.docker.platform is None

    async def _fetch(self, table: ContainerTable, log_path: str) -> None:
        fetch = _Fetch(self._client, table, log_path)
        pulling = self._client.last(fetch.run)
        try:
            await asyncio.shield(pulling)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: it sees that nobody wants it any more.
            fetch.is_cancelled = True
            raise


class _Fetch:
    """One pull, in a thread."""

    def __init__(
        self, client: DockerClient, table: ContainerTable, log_path: str
    ) -> None:
        self._client = client
        self._image = table.image
        self._platform = table.docker.platform
        self._log_path = log_path
        self.is_cancelled = False

    def run(self) -> None:
        """Pull, and tell how it goes on."""
        from docker.errors import APIError  # noqa: PLC0415 -- only for containers

        try:
            self._client.ask(self._pull)
        except APIError as error:
            message = pull_problem(self._image, error.explanation)
            raise LaunchError(message) from error

    def _pull(self, client: "APIClient") -> None:
        answer = client.pull(
            self._image, stream=True, decode=True, platform=self._platform
        )
        log = open_output(self._log_path)
        try:
            for line in progress_lines(self._image, self._wanted(answer)):
                os.write(log, f"{line}\n".encode())
        finally:
            os.close(log)

    def _wanted(
        self, told: Iterable[Mapping[str, Json]]
    ) -> Iterator[Mapping[str, Json]]:
        for one in told:
            if self.is_cancelled:
                return
            yield one


def progress_lines(image: str, told: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """Yield a line for each thing that a pull begins with, not for every bit of it.

    Raises:
        LaunchError: it failed.
    """
    seen: dict[Json, Json] = {}
    for one in told:
        if one.get("error"):
            raise LaunchError(pull_problem(image, one["error"]))
        layer, status = one.get("id", ""), one.get("status", "")
        if not status or seen.get(layer) == status:
            continue
        seen[layer] = status
        size = _total(one.get("progressDetail"))
        name = f"{layer}: " if layer else ""
        yield f"[pull {image}] {name}{status}{size}"[:_LONGEST_LINE]


def _total(detail: Json) -> str:
    total = detail.get("total") if isinstance(detail, dict) else None
    return f" ({total / _MB:.1f} MB)" if isinstance(total, int | float) else ""


def pull_problem(image: str, reason: Json) -> str:
    """Return why an image cannot be had."""
    return f"cannot pull the image {image}: {reason}"


def _key(table: ContainerTable) -> tuple[str, str | None]:
    return table.image, table.docker.platform
