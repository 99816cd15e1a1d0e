"""What every test gets: a loop that must not be blocked, and quick, repeatable laws."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from docker_daemon import Daemon

settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
# The same examples each time: a law that chance breaks is found at home, not there.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


_FILES = ("io.", "os.", "sqlite3.")
"""Local files are read and written in the loop on purpose: a stat takes microseconds, a
hand-over to a thread hundreds. What waits for somebody else (a sleep, a socket, a lock,
another process) is not let through."""


@pytest.fixture(autouse=True)
def blockbuster() -> Iterator[BlockBuster]:
    """Fail a test whose event loop waits where it should have awaited."""
    with blockbuster_ctx("leo_engine") as guard:
        for name, function in guard.functions.items():
            if name.startswith(_FILES):
                function.deactivate()
        yield guard


@pytest.fixture(scope="session")
def daemon() -> "Iterator[Daemon]":
    """Return a Docker daemon of the tests' own."""
    from docker_daemon import private_daemon  # noqa: PLC0415 -- heavy, for few tests

    yield from private_daemon()
