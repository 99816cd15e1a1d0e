"""A container as its daemon describes it, and what its labels say of its attempt."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.docker_log import Places
from leo_engine.spec.model import Json

if TYPE_CHECKING:
    from docker import APIClient

RUN, TASK, ATTEMPT = "leo.run", "leo.task", "leo.attempt"
FOLDER, HOST = "leo.folder", "leo.host"
_LOG, _BEGINS_AT = "leo.log", "leo.log.begins_at"
_STDOUT, _LOG_MAX = "leo.stdout", "leo.log.max"


class Seen(NamedTuple):
    """A container as its daemon describes it."""

    id: str
    state: Mapping[str, Json]
    labels: Mapping[str, str]
    memory_bytes: int
    stop_signal: str

    @property
    def is_running(self) -> bool:
        """Whether it is under way, be it paused."""
        return self.state.get("Running") is True

    @property
    def was_started(self) -> bool:
        """Whether it has ever run."""
        return self.state.get("Status") != "created"


class _HostPart(msgspec.Struct):
    memory: int | None = msgspec.field(default=None, name="Memory")


class _ConfigPart(msgspec.Struct):
    labels: dict[str, str] | None = msgspec.field(default=None, name="Labels")
    stop_signal: str | None = msgspec.field(default=None, name="StopSignal")


class _Inspected(msgspec.Struct):
    id: str = msgspec.field(name="Id")
    state: dict[str, Json] = msgspec.field(name="State")
    config: _ConfigPart = msgspec.field(name="Config")
    host: _HostPart = msgspec.field(name="HostConfig")


def inspect(client: "APIClient", container: str) -> Seen:
    """Return what a container is, by id or name.

    Raises:
        NotFound: there is none.
    """
    told = msgspec.convert(client.inspect_container(container), _Inspected)
    return Seen(
        id=told.id,
        state=told.state,
        labels=told.config.labels or {},
        memory_bytes=told.host.memory or 0,
        stop_signal=told.config.stop_signal or "SIGTERM",
    )


def place_labels(places: Places) -> dict[str, str]:
    """Return labels that say where the output goes."""
    return {
        _LOG: places.log_path,
        _BEGINS_AT: str(places.begins_at),
        _STDOUT: places.stdout_path,
        _LOG_MAX: str(places.limit_bytes or 0),
    }


def places_of(labels: Mapping[str, str]) -> Places:
    """Return what `place_labels` was given."""
    return Places(
        log_path=labels.get(_LOG, ""),
        begins_at=int(labels.get(_BEGINS_AT, "0")),
        stdout_path=labels.get(_STDOUT, ""),
        limit_bytes=int(labels.get(_LOG_MAX, "0")) or None,
    )


def key_labels(key: AttemptKey) -> dict[str, str]:
    """Return labels that say which attempt a container is of."""
    return {RUN: key.run_id, TASK: key.task, ATTEMPT: str(key.attempt)}


def key_of(labels: Mapping[str, str]) -> AttemptKey | None:
    """Return what `key_labels` was given; None for a container of somebody else."""
    attempt = labels.get(ATTEMPT, "")
    if RUN not in labels or TASK not in labels or not attempt.isdigit():
        return None
    return AttemptKey(labels[RUN], labels[TASK], int(attempt))
