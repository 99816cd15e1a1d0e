"""Containers of a folder whose attempts are over: removal was cut short."""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.docker_seen import FOLDER, HOST, key_of

if TYPE_CHECKING:
    from docker import APIClient

Judge = Callable[[AttemptKey], str | None]
"""Says why nothing of an attempt should be left; "" when it is open, None when its run
is not known."""


class Leftover(NamedTuple):
    """A container that nobody wants any more."""

    id: str
    key: AttemptKey
    reason: str


def leftovers(client: "APIClient", folder: str, judge: Judge) -> list[Leftover]:
    """Return the containers of a folder that nobody wants any more.

    What belongs to a run that is not known is left alone while it runs, and when
    another machine made it.
    """
    wanted = {"label": [f"{FOLDER}={folder}"]}
    found = []
    for one in client.containers(all=True, filters=wanted):
        key = key_of(one["Labels"])
        if key is None:
            continue
        reason = judge(key)
        is_ours = one["Labels"].get(HOST) == socket.gethostname()
        if reason is None and is_ours and one["State"] != "running":
            reason = "no such run"
        if reason:
            found.append(Leftover(one["Id"], key, reason))
    return found


def has_any(client: "APIClient", folder: str) -> bool:
    """Tell whether a folder has a container at all."""
    return bool(client.containers(all=True, filters={"label": [f"{FOLDER}={folder}"]}))
