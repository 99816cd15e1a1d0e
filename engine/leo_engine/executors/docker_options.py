"""What a container is made of: the task's `image` and `docker`, templates filled in."""

import os
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from leo_engine.errors import LaunchError
from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import Argv, Json, Shell
from leo_engine.spec.source_executors import PullPolicy

if TYPE_CHECKING:
    from docker.types import DeviceRequest, HostConfig

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_NAME = 120
_BILLION = 1_000_000_000


class DockerTable(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The `docker` table, sizes in bytes; see `spec.source_executors.DockerSource`."""

    entrypoint: str | tuple[str, ...] | None = None
    user: str | int | None = None
    volumes: tuple[str, ...] = ()
    network: str | None = None
    memory_bytes: int | None = None
    cpus: float | None = None
    pids: int | None = None
    gpus: str | int | None = None
    shm_size_bytes: int | None = None
    platform: str | None = None
    extra_hosts: tuple[str, ...] | dict[str, str] | None = None
    init: bool = True
    pull: PullPolicy = PullPolicy.MISSING
    labels: dict[str, str] = {}
    hostname: str | None = None
    read_only: bool = False
    tmpfs: tuple[str, ...] = ()
    secret_files: dict[str, str] = {}


class ContainerTable(msgspec.Struct, frozen=True, kw_only=True):
    """What `Task.container` holds for Docker."""

    image: str
    docker: DockerTable = DockerTable()


def container_table(request: AttemptRequest) -> ContainerTable:
    """Return the request's table.

    Raises:
        LaunchError: it is not one that Docker can honour.
    """
    try:
        table = msgspec.convert(request.container, ContainerTable)
    except msgspec.ValidationError as error:
        message = f"the container cannot be made so: {error}"
        raise LaunchError(message) from error
    if not table.image.strip():
        raise LaunchError("the container has no image: its template gave nothing")
    return table


def container_name(run_id: str, task: str, attempt: int) -> str:
    """Return the name by which Docker knows an attempt: one for each, for ever."""
    return f"leo-{_part(run_id)}-{_part(task)}-{attempt}"


def _part(text: str) -> str:
    safe = _UNSAFE.sub("_", text)
    if safe == text and len(text) <= _LONGEST_NAME:
        return text
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{safe[: _LONGEST_NAME // 2]}.{digest}"


def command_of(
    request: AttemptRequest, table: DockerTable
) -> tuple[list[str] | None, list[str] | None]:
    """Return entrypoint and command; None is that of the image.

    A script is for a shell: it takes the place of the image's entrypoint, unless the
    task names one, which is then given the shell to run.

    Raises:
        LaunchError: the action is no command.
    """
    written = table.entrypoint
    entrypoint = [written] if isinstance(written, str) else written
    match request.action:
        case Shell(script) if entrypoint is None:
            return ["/bin/sh", "-c"], [script]
        case Shell(script):
            return list(entrypoint or ()), ["/bin/sh", "-c", script]
        case Argv(arguments):
            given = None if entrypoint is None else list(entrypoint)
            return given, list(arguments) or None
        case _:
            kind = type(request.action).__name__
            raise LaunchError(f"{kind} is not a command that a container can run")


def bound_volume(written: str, dag_folder: str) -> str:
    """Return `source:target[:mode]` with a source on disk made absolute."""
    source, colon, rest = written.partition(":")
    if not colon or not source.startswith((".", "~", "/")):
        # The name of a volume, or the target of one without a name.
        return written
    absolute = os.path.normpath(Path(dag_folder, os.path.expanduser(source)))  # noqa: PTH111 -- leaves what it does not know
    return f"{absolute}:{rest}"


def host_options(
    table: DockerTable, request: AttemptRequest, version: str
) -> "HostConfig":
    """Return what the host is to grant the container, for a version of the API.

    Raises:
        LaunchError: it cannot be asked for like this.
    """
    from docker.types import HostConfig, LogConfig, Mount  # noqa: PLC0415 -- 0.4 s

    volumes = [bound_volume(one, request.dag_folder) for one in table.volumes]
    shared = dict.fromkeys((request.staging, str(Path(request.log_path).parent)))
    return HostConfig(
        version=version,
        binds=volumes,
        mounts=[Mount(path, path, type="bind") for path in shared if path],
        network_mode=table.network,
        mem_limit=table.memory_bytes,
        nano_cpus=None if table.cpus is None else round(table.cpus * _BILLION),
        pids_limit=table.pids,
        device_requests=None if table.gpus is None else [gpu_request(table.gpus)],
        shm_size=table.shm_size_bytes,
        extra_hosts=_hosts(table.extra_hosts),
        init=table.init,
        read_only=table.read_only,
        tmpfs=dict(_parted(one) for one in table.tmpfs) or None,
        # A log that the daemon reads back, whatever its own default is.
        log_config=LogConfig(type=LogConfig.types.JSON, config={}),
    )


def gpu_request(written: str | int) -> "DeviceRequest":
    """Return what `gpus` asks for: `all`, a number, or `device=0,1`.

    Raises:
        LaunchError: it is none of these.
    """
    from docker.types import DeviceRequest  # noqa: PLC0415 -- only for containers

    text = str(written).strip()
    count, devices = 0, list[str]()
    if text == "all":
        count = -1
    elif text.isdigit():
        count = int(text)
    elif text.startswith("device="):
        devices = text.removeprefix("device=").split(",")
    else:
        raise LaunchError(f"gpus is 'all', a number or 'device=0,1', not {text!r}")
    return DeviceRequest(count=count, device_ids=devices, capabilities=[["gpu"]])


def _hosts(
    written: tuple[str, ...] | Mapping[str, str] | None,
) -> list[str] | None:
    if not written:
        return None
    if isinstance(written, Mapping):
        return [f"{name}:{address}" for name, address in written.items()]
    return list(written)


def _parted(mount: str) -> tuple[str, str]:
    path, _, options = mount.partition(":")
    return path, options


def working_dir(request: AttemptRequest) -> str | None:
    """Return the folder in the container; None is that of the image.

    Raises:
        LaunchError: it is relative, and there is nothing that it could be relative to.
    """
    if not request.working_dir:
        return None
    if not request.working_dir.startswith("/"):
        message = (
            f"working_dir {request.working_dir!r}: the folder of a container "
            "is absolute"
        )
        raise LaunchError(message)
    return request.working_dir


def as_text(value: Json) -> str | None:
    """Return a user, say, as Docker wants it."""
    return None if value is None else str(value)
