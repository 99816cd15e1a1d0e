"""Which Docker daemon to ask: the same as the `docker` command would, else podman's.

DOCKER_HOST wins, then the context that is chosen (DOCKER_CONTEXT, else the one in
`~/.docker/config.json`), then the usual socket, then podman's of this user.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leo_engine.errors import ExecutorUnavailableError

if TYPE_CHECKING:
    from docker.context import Context
    from docker.tls import TLSConfig

USUAL_SOCKET = "/var/run/docker.sock"


class Endpoint(NamedTuple):
    """Where a daemon listens."""

    url: str
    tls: "TLSConfig | None" = None
    origin: str = ""
    """What named it: `DOCKER_HOST`, `context build`; empty: it is the usual one."""

    @property
    def socket(self) -> str:
        """The path of its socket; empty when it listens on a network."""
        _, is_unix, path = self.url.partition("unix://")
        return path if is_unix else ""

    def __str__(self) -> str:
        return f"{self.url} ({self.origin})" if self.origin else self.url


def find_endpoint(environ: Mapping[str, str]) -> Endpoint:
    """Return where to look for a daemon. Reads files: not for the loop.

    Raises:
        ExecutorUnavailableError: the context that is chosen does not exist, or is
            broken.
    """
    if environ.get("DOCKER_HOST"):
        return _of_environment(environ)
    context = _of_context(environ.get("DOCKER_CONTEXT", ""))
    if context is not None:
        return context
    podman = Path(environ.get("XDG_RUNTIME_DIR", "/run"), "podman/podman.sock")
    if not Path(USUAL_SOCKET).exists() and podman.exists():
        return Endpoint(f"unix://{podman}", origin="podman")
    return Endpoint(f"unix://{USUAL_SOCKET}")


def _of_environment(environ: Mapping[str, str]) -> Endpoint:
    from docker.errors import TLSParameterError  # noqa: PLC0415 -- only for containers
    from docker.utils import kwargs_from_env  # noqa: PLC0415 -- as above

    try:
        found = kwargs_from_env(dict(environ))
    except TLSParameterError as error:
        message = f"DOCKER_HOST is {environ['DOCKER_HOST']}: {error}"
        raise ExecutorUnavailableError(message) from error
    return Endpoint(environ["DOCKER_HOST"], found.get("tls"), "DOCKER_HOST")


def _of_context(named: str) -> Endpoint | None:
    """Return where the chosen context leads; None when none is chosen."""
    from docker.context.config import get_current_context_name  # noqa: PLC0415 -- as above

    name = named or get_current_context_name()
    if name == "default":
        return None
    try:
        context = _context(name)
    except Exception as error:
        # Whatever a broken file makes of it: the library raises bare exceptions.
        message = f"the Docker context {name!r} cannot be read: {error}"
        raise ExecutorUnavailableError(message) from error
    if context is None or not context.Host:
        message = (
            f"there is no Docker context {name!r}: "
            "choose another one with `docker context use`, or set DOCKER_HOST"
        )
        raise ExecutorUnavailableError(message)
    return Endpoint(context.Host, context.TLSConfig, f"context {name}")


def _context(name: str) -> "Context | None":
    from docker.context import ContextAPI  # noqa: PLC0415 -- only for containers

    return ContextAPI.get_context(name)
