"""Whether the owner of a run still lives, told by its process and not by the clock."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from leo_engine.app.owner import holds, is_alive, owner_text
from leo_engine.ports import Instant, Lease


def owner(**changes: str) -> str:
    host, boot, pid, start = owner_text().rsplit(":", 3)
    parts = {"host": host, "boot": boot, "pid": pid, "start": start} | changes
    return ":".join(parts.values())


def lease(owner: str) -> Lease:
    return Lease(
        run_key=1, owner=owner, epoch=1, expires_ms=1_000, expires_monotonic_ms=50
    )


def test_this_process_is_alive() -> None:
    assert is_alive(owner_text()) is True
    assert owner_text().startswith(socket.gethostname())


def test_a_dead_process_is_not() -> None:
    with subprocess.Popen(["/bin/true"]) as dead:
        pass
    assert is_alive(owner(pid=str(dead.pid))) is False


def test_a_process_that_ended_and_was_not_waited_for_is_dead() -> None:
    with subprocess.Popen(["/bin/true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        stat = Path(f"/proc/{child.pid}/stat").read_text()
        start = stat.rpartition(")")[2].split()[19]
        assert is_alive(owner(pid=str(child.pid), start=start)) is False


def test_a_pid_that_was_given_to_another_process_is_not_the_owner() -> None:
    assert is_alive(owner(start="1")) is False


def test_nobody_survives_a_boot() -> None:
    assert is_alive(owner(boot="another")) is False


def test_nothing_is_known_of_a_container_that_has_the_name_of_this_host() -> None:
    assert is_alive(owner(host=f"{socket.gethostname()}@1", pid="1")) is None


@pytest.mark.parametrize("host", ["elsewhere", "fe80::1"])
def test_nothing_is_known_of_another_host(host: str) -> None:
    assert is_alive(owner(host=host)) is None


@pytest.mark.parametrize("text", ["", "me", "a:b:c:d", "a:b"])
def test_nothing_is_known_of_an_owner_named_otherwise(text: str) -> None:
    assert is_alive(text) is None


def test_no_jump_of_the_wall_clock_takes_a_run_from_a_living_owner_of_this_host() -> (
    None
):
    for wall_ms in (0, 10**15):
        assert holds(lease(owner_text()), Instant(wall_ms, 49))


def test_an_owner_of_this_host_that_was_held_up_past_its_lease_holds_nothing() -> None:
    assert not holds(lease(owner_text()), Instant(0, 50))


def test_a_dead_owner_of_this_host_holds_nothing_although_it_has_not_expired() -> None:
    assert not holds(lease(owner(start="1")), Instant(0, 0))


def test_an_owner_elsewhere_holds_its_lease_until_it_expires_by_the_wall_clock() -> (
    None
):
    elsewhere = lease(owner(host="elsewhere"))
    assert holds(elsewhere, Instant(999, 10**9))
    assert not holds(elsewhere, Instant(1_000, 0))
