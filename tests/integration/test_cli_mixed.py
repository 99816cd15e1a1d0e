"""The example with tasks in every place, run as its own words say."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docker_daemon import IMAGE, Daemon
from leo_command import ENVIRON, LEO

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


@contextlib.contextmanager
def served(folder: Path, port: int = 0) -> Iterator[int]:
    """Serve a folder on loopback, as the example has one do; yield the port."""
    argv = [sys.executable, "-u", "-m", "http.server", str(port)]
    server = subprocess.Popen(
        [*argv, "--bind", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    found = re.search(r"port (\d+)", server.stdout.readline())
    assert found is not None
    try:
        yield int(found[1])
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def test_values_pass_through_all_four_places_and_a_failure_in_the_middle(
    tmp_path: Path, daemon: Daemon
) -> None:
    def leo(*arguments: str) -> tuple[int, str]:
        environ = {**os.environ, **ENVIRON, "DOCKER_HOST": daemon.url, "NO_PROXY": "*"}
        done = subprocess.run(
            [*LEO, *arguments],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    assert leo("init", "--example", "mixed")[0] == 0
    with served(tmp_path / "dags") as port:
        pass
    given = ("-p", f"api=http://127.0.0.1:{port}", "-p", f"image={IMAGE}")
    code, said = leo("--once", "mixed", *given)
    assert code == 1, said
    assert "connection refused" in said
    assert "2 ok, 1 failed, 1 blocked" in said

    with served(tmp_path / "dags", port):
        code, said = leo("resume", "last")
    assert code == 0, said
    assert "4 ok" in said
    _, shown = leo("logs", "last", "report")
    assert "300 orders of 2026-03-01, in USD" in shown
    assert leo("verify", "last")[0] == 0
    left = daemon.client().containers(all=True)
    assert [one for one in left if str(tmp_path) in str(one["Labels"])] == []
