"""Images: fetched as a task's `pull` says, progress told in the attempt's log."""

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from leo_engine.errors import LaunchError
from leo_engine.executors.docker_client import DockerClient, Stream
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
            # A thread cannot be cancelled, but what it reads can end.
            fetch.cancel()
            await asyncio.wait([pulling])
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
        self._stream: Stream | None = None
        self._is_cancelled = False

    def cancel(self) -> None:
        """Have it end soon; the daemon gives it up as well."""
        self._is_cancelled = True
        stream = self._stream
        if stream is not None:
            stream.close()

    def run(self) -> None:
        """Pull, and tell how it goes on."""
        from docker.errors import APIError  # noqa: PLC0415 -- only for containers

        try:
            self._client.ask(self._pull)
        except APIError as error:
            message = pull_problem(self._image, error.explanation)
            raise LaunchError(message) from error

    def _pull(self, client: "APIClient") -> None:
        self._stream = stream = self._open(client)
        if self._is_cancelled:
            stream.close()
        log = open_output(self._log_path)
        try:
            for line in progress_lines(self._image, json_lines(stream)):
                os.write(log, f"{line}\n".encode())
        except LaunchError:
            raise
        except Exception:
            # What a cut stream raises depends on where it was cut.
            if not self._is_cancelled:
                raise
        finally:
            os.close(log)
            stream.release()

    def _open(self, client: "APIClient") -> Stream:
        from docker.utils import parse_repository_tag  # noqa: PLC0415 -- only for containers

        repository, tag = parse_repository_tag(self._image)
        params = {"fromImage": repository, "tag": tag or "latest"}
        if self._platform is not None:
            params["platform"] = self._platform
        headers = self._credentials(client, repository)
        return self._client.opened(client, "/images/create", params, post=headers)

    def _credentials(self, client: "APIClient", repository: str) -> dict[str, str]:
        """Return what the user's docker configuration knows of the registry."""
        from docker import auth  # noqa: PLC0415 -- only for containers
        from docker.errors import DockerException  # noqa: PLC0415 -- as above

        try:
            # Whoever has just logged in need not start leo-tui again.
            client.reload_config()
            registry, _ = auth.resolve_repository_name(repository)
            header = auth.get_config_header(client, registry)
        except DockerException as error:
            raise LaunchError(pull_problem(self._image, error)) from error
        return {"X-Registry-Auth": header.decode()} if header else {}


def json_lines(chunks: Iterable[bytes]) -> Iterator[dict[str, Json]]:
    """Yield the objects of an answer, however it is cut into chunks."""
    held = b""
    for chunk in chunks:
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield msgspec.json.decode(line, type=dict[str, Json])


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
