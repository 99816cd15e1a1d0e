"""Making and starting one container, as often as it takes and once all the same.

Every call may have been done though its answer never came. So a container that is there
already under the name is the one that was meant, and is started only if it never was.
"""

import contextlib
import io
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from leo_engine.errors import HeldUpError, LaunchError
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.docker_log import Places
from leo_engine.executors.docker_options import (
    ContainerTable,
    as_text,
    command_of,
    container_name,
    host_options,
    working_dir,
)
from leo_engine.executors.docker_seen import (
    inspect,
    key_labels,
    key_of,
    place_labels,
)
from leo_engine.executors.docker_sharing import share
from leo_engine.executors.warden_start import open_output
from leo_engine.ports import AttemptRequest

if TYPE_CHECKING:
    from docker import APIClient
    from docker.errors import APIError

_TRIES = 100
_PAUSE_S = 0.1
"""A container that is in the way may be on its way, in or out."""
_CONFLICT = 409
_NOT_THERE = re.compile(r'exec: "([^"]*)": (executable file not found|stat)')
_NOT_EXECUTABLE = re.compile(r'exec: "([^"]*)": permission denied')
_NO_SOURCE = re.compile(r"bind source path does not exist: (\S+)")


class Launch:
    """One attempt to be launched; blocks, so it is for a thread."""

    def __init__(
        self,
        request: AttemptRequest,
        table: ContainerTable,
        owner: Mapping[str, str],
        is_late: Callable[[], bool],
    ) -> None:
        """`owner` are labels that say whose it is; nothing starts once `is_late`."""
        self._request = request
        self._table = table
        self._name = container_name(request.run_id, request.task, request.attempt)
        self._key = AttemptKey(request.run_id, request.task, request.attempt)
        self._owner = owner
        self._is_late = is_late
        self._places = Places("", 0, "", None)

    def run(self, client: "APIClient") -> str:
        """Return the id of the attempt's container, which has been started.

        Raises:
            LaunchError: the daemon refuses it; nothing is left of it.
            HeldUpError: it is too late.
        """
        from docker.errors import APIError  # noqa: PLC0415 -- only for containers

        try:
            return self._run(client)
        except APIError as error:
            raise start_problem(self._table.image, error) from error

    def _run(self, client: "APIClient") -> str:
        from docker.errors import APIError  # noqa: PLC0415 -- only for containers

        request = self._request
        self._places = output_places(request)
        own = os.path.dirname(request.log_path)  # noqa: PTH120 -- text in
        share(request.staging, own, request.env.get("LEO_INPUTS", ""))
        if self._key.attempt > 1:
            remove_earlier(client, self._key)
        container = self._made(client)
        if inspect(client, container).was_started:
            return container
        if self._is_late():
            _discard(client, container)
            raise HeldUpError("its engine was held up, and may have lost the run")
        try:
            self._hand_secrets(client, container)
            client.start(container)
        except APIError:
            _discard(client, container)
            raise
        return container

    def _made(self, client: "APIClient") -> str:
        """Return the id of a new container, or of the one that is there already."""
        from docker.errors import APIError, ImageNotFound, NotFound  # noqa: PLC0415

        for _ in range(_TRIES):
            try:
                return self._create(client)
            except ImageNotFound as error:
                message = f"no such image: {self._table.image}"
                raise LaunchError(f"{message} ({self._remedy()})") from error
            except APIError as error:
                if error.status_code != _CONFLICT:
                    raise
            with contextlib.suppress(NotFound):
                return self._adopted(client)
            time.sleep(_PAUSE_S)
        message = f"the name {self._name} is taken, and no container has it"
        raise LaunchError(message)

    def _adopted(self, client: "APIClient") -> str:
        found = inspect(client, self._name)
        if key_of(found.labels) != self._key:
            message = f"a container {self._name} is there that is not this attempt's"
            raise LaunchError(message)
        return found.id

    def _hand_secrets(self, client: "APIClient", container: str) -> None:
        """Put secrets that are wanted as files where the task looks for them."""
        files = {
            path: self._request.env.get(name, "")
            for name, path in self._table.docker.secret_files.items()
        }
        if files:
            client.put_archive(container, "/", archived(files))

    def _remedy(self) -> str:
        return f"docker.pull is {self._table.docker.pull}: load it, or let it be pulled"

    def _create(self, client: "APIClient") -> str:
        request, table = self._request, self._table.docker
        entrypoint, command = command_of(request, table)
        made = client.create_container(
            self._table.image,
            command,
            name=self._name,
            hostname=table.hostname,
            user=as_text(table.user),
            environment={
                name: value
                for name, value in request.env.items()
                if name not in table.secret_files
            },
            working_dir=working_dir(request),
            entrypoint=entrypoint,
            labels={
                **table.labels,
                **key_labels(self._key),
                **self._owner,
                **place_labels(self._places),
            },
            host_config=host_options(table, request, client.api_version),
            platform=table.platform,
        )
        return str(made["Id"])


def archived(files: Mapping[str, str]) -> bytes:
    """Return a tar of {absolute path: content}, readable to whoever runs inside."""
    import tarfile  # noqa: PLC0415 -- only for secrets

    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.mode = 0o444
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def output_places(request: AttemptRequest) -> Places:
    """Return where the output goes; the log is made, so that its faults are told now.

    Raises:
    LaunchError: it cannot be written.
    """
    try:
        log = open_output(request.log_path)
        begins_at = os.fstat(log).st_size
        os.close(log)
    except OSError as error:
        message = f"cannot write the log {request.log_path!r}: {error.strerror}"
        raise LaunchError(message) from error
    return Places(
        log_path=request.log_path,
        begins_at=begins_at,
        stdout_path=request.stdout_path,
        limit_bytes=request.log_max_bytes,
    )


def remove_earlier(client: "APIClient", key: AttemptKey) -> None:
    """Remove what is left of former attempts: one that was lost may still run."""
    labels = key_labels(key)
    labels.popitem()
    wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
    for one in client.containers(all=True, filters=wanted):
        found = key_of(one["Labels"])
        if found is not None and found.attempt < key.attempt:
            remove(client, one["Id"])


def remove(client: "APIClient", container: str) -> None:
    """Remove a container, running or not; one that is gone already will do."""
    from docker.errors import APIError, NotFound  # noqa: PLC0415 -- only for containers

    try:
        client.remove_container(container, v=True, force=True)
    except NotFound:
        return
    except APIError as error:
        # Somebody else removes it at this moment.
        if error.status_code != _CONFLICT:
            raise


def _discard(client: "APIClient", container: str) -> None:
    from docker.errors import APIError  # noqa: PLC0415 -- only for containers

    # What cannot be removed now is left to the reconciler.
    with contextlib.suppress(APIError):
        remove(client, container)


def start_problem(image: str, error: "APIError") -> LaunchError:
    """Return why a container could not be made or started."""
    told = str(error.explanation or error)
    missing = _NOT_THERE.search(told)
    if missing:
        return LaunchError(f"no such program: {missing[1]!r} in the image {image}")
    refused = _NOT_EXECUTABLE.search(told)
    if refused:
        program = refused[1]
        return LaunchError(f"not executable: {program!r} in the image {image}")
    source = _NO_SOURCE.search(told)
    if source:
        return LaunchError(
            f"the Docker daemon does not see {source[1]}: a run's folders can be "
            "shared only with a daemon of this machine"
        )
    return LaunchError(f"Docker refuses the container: {told.strip()}")
