"""One client of a Docker daemon for all containers: made when first needed, pooled.

The library blocks, so its calls are made in threads: a bounded number for short calls,
and another for what lasts as long as a container runs. No error of it gets out of here
but `APIError`, by which a daemon refuses something.
"""

import asyncio
import errno
import functools
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from leo_engine.errors import ExecutorUnavailableError
from leo_engine.executors.docker_endpoint import Endpoint, find_endpoint
from leo_engine.executors.error_causes import causes

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

T = TypeVar("T")

_SHORT_CALLS = 16
_LASTING_CALLS = 256
"""Containers whose output is followed at the same time; more wait their turn."""
_CALL_S = 60
"""Longest that a daemon may think about a short call."""


class DaemonSilentError(ExecutorUnavailableError):
    """No daemon answers: what it was asked for may have been done or not."""


class DockerClient:
    """Asks one daemon; safe to use from any thread."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Look for the daemon in `environ`, by default that of this process."""
        self._environ = os.environ if environ is None else environ
        self._connecting = threading.Lock()
        self._client: APIClient | None = None
        self._endpoint: Endpoint | None = None
        self._short = ThreadPoolExecutor(_SHORT_CALLS, "docker")
        self._lasting = ThreadPoolExecutor(_LASTING_CALLS, "docker-follow")
        self.has_answered = False
        """A daemon was there once: if it is not, it may come back."""

    async def call(self, work: "Callable[[APIClient], T]") -> T:
        """Return what short work of the library returns.

        Raises:
            DaemonSilentError: nobody answers.
            APIError: the daemon refuses it.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._short, functools.partial(self.ask, work)
        )

    async def told(self, work: "Callable[[APIClient], T]") -> T:
        """Return the same, of a daemon that has no reason to refuse it.

        Raises:
            DaemonSilentError: nobody answers.
            ExecutorUnavailableError: it is refused all the same.
        """
        from docker.errors import APIError  # noqa: PLC0415 -- only for containers

        try:
            return await self.call(work)
        except APIError as error:
            message = f"the Docker daemon at {self.place} refuses: {error.explanation}"
            raise ExecutorUnavailableError(message) from error

    def last(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Begin work that lasts; it asks by `ask`."""
        return asyncio.get_running_loop().run_in_executor(self._lasting, work)

    def ask(self, work: "Callable[[APIClient], T]") -> T:
        """Do the same as `call`, in the thread of the caller."""
        from docker.errors import APIError, DockerException  # noqa: PLC0415 -- 0.4 s

        try:
            client = self._connected()
            knock(self._endpoint)
            done = work(client)
        except APIError:
            self.has_answered = True
            raise
        except (DockerException, OSError) as error:
            # Errors of requests and urllib3 are OSErrors, or are wrapped in one.
            raise DaemonSilentError(silence(self._endpoint, error)) from error
        self.has_answered = True
        return done

    def opened(
        self,
        client: "APIClient",
        path: str,
        params: Mapping[str, str | int],
        *,
        post: Mapping[str, str] | None = None,
    ) -> "Stream":
        """Return an answer of the daemon that comes bit by bit.

        With `post`, the headers of the request, it is a POST.

        Raises:
            APIError: the daemon refuses it.
        """
        from docker.errors import create_api_error_from_http_exception  # noqa: PLC0415
        from requests.exceptions import HTTPError  # noqa: PLC0415 -- only for containers

        url = f"{client.base_url}/v{client.api_version}{path}"
        answer = client.request(
            "GET" if post is None else "POST",
            url,
            params=params,
            headers=post,
            stream=True,
            timeout=(_CALL_S, None),
        )
        try:
            answer.raise_for_status()
        except HTTPError as error:
            create_api_error_from_http_exception(error)
        return Stream(answer)

    @property
    def place(self) -> str:
        """Where the daemon is, for people."""
        return "" if self._endpoint is None else str(self._endpoint)

    def _connected(self) -> "APIClient":
        with self._connecting:
            if self._client is None:
                from docker import APIClient  # noqa: PLC0415 -- 0.4 s

                self._endpoint = endpoint = find_endpoint(self._environ)
                knock(endpoint)
                self._client = APIClient(
                    base_url=endpoint.url,
                    version="auto",
                    timeout=_CALL_S,
                    tls=endpoint.tls or False,
                    max_pool_size=_SHORT_CALLS,
                )
            return self._client

    def close(self) -> None:
        """Let go of the connections; threads end with what they are doing."""
        self._short.shutdown(wait=False, cancel_futures=True)
        self._lasting.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()


def described() -> str:
    """Return which daemon answers, in words; blocks.

    Raises:
        ExecutorUnavailableError: none does.
    """
    client = DockerClient()
    try:
        version = client.ask(lambda asked: asked.version())
    finally:
        client.close()
    platform = version.get("Platform", {}).get("Name") or "Docker"
    return f"{platform} {version.get('Version', '')} at {client.place}"


class Stream:
    """An answer that comes bit by bit, and can be cut off from another thread."""

    def __init__(self, answer: "Response") -> None:
        from docker.types import CancellableStream  # noqa: PLC0415 -- only for containers

        self._answer = answer
        self._stream = CancellableStream(iter(()), answer)

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_content(None)

    def release(self) -> None:
        """Give its connection back; for who reads it."""
        self._answer.close()

    def close(self) -> None:
        """Cut it off; whoever reads it sees its end, or that it broke."""
        from docker.errors import DockerException  # noqa: PLC0415

        try:
            self._stream.close()
        except (OSError, AttributeError, DockerException):
            # It has ended in this instant, or comes by a way that cannot be cut.
            return


def knock(endpoint: Endpoint | None) -> None:
    """Connect to a daemon's socket, if it has one, and leave again.

    Costs microseconds, and tells why it cannot be reached; the library would tell in
    a roundabout way, and forget to close what it has opened.

    Raises:
        OSError: nobody is there.
    """
    if endpoint is None or not endpoint.socket:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(_CALL_S)
        door.connect(endpoint.socket)


def silence(endpoint: Endpoint | None, error: BaseException) -> str:
    """Return why a daemon cannot be asked, and what to do about it."""
    if endpoint is None:
        return f"Docker cannot be used: {error}"
    numbers = {one.errno for one in causes(error) if isinstance(one, OSError)}
    if errno.EACCES in numbers or errno.EPERM in numbers:
        return (
            f"no permission to use the Docker daemon at {endpoint}: "
            "join the group of its socket (usually `docker`), or use a rootless daemon"
        )
    if endpoint.socket or numbers & {errno.ECONNREFUSED, errno.ENOENT}:
        return f"no Docker daemon answers at {endpoint}: start it, or set DOCKER_HOST"
    return f"no Docker daemon answers at {endpoint}: {_last_words(error)}"


def _last_words(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
