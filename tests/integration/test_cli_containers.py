"""What the user of the command line sees of tasks in containers."""

import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from docker_daemon import IMAGE, Daemon
from leo_command import ENVIRON, LEO

pytestmark = pytest.mark.timeout(60)

MIXED = f"""
[secrets]
TOKEN = "env:API_TOKEN"

[defaults.docker]
network = "none"

[tasks.here]
cmd = "echo rows=3 > $LEO_OUTPUT; echo shared > $LEO_STAGING/file"

[tasks.inside]
image = "{IMAGE}"
depends_on = ["here"]
secrets = ["TOKEN"]
docker.user = 1234
cmd = '''
cat $LEO_STAGING/file; echo got {{{{ outputs.here.rows }}}} $LEO_OUTPUT_HERE_ROWS
echo token $TOKEN; echo size=7 > $LEO_OUTPUT; cat $LEO_INPUTS
'''

[tasks.other]
image = "{IMAGE}"
depends_on = ["here"]
register = "said"
cmd = ["echo", "other {{{{ outputs.here.rows }}}}"]

[tasks.filed]
image = "{IMAGE}"
secrets = ["TOKEN"]
docker = {{ secret_files = {{ TOKEN = "/run/secrets/token" }}, user = 1234 }}
cmd = "echo variable ${{TOKEN:-none}}; wc -c < /run/secrets/token; cat /run/secrets/*"

[tasks.after]
depends_on = ["inside", "other"]
cmd = "test $LEO_OUTPUT_INSIDE_SIZE = 7 && test {{{{ said }}}} = 'other 3'"
"""


class Folder:
    """A DAG folder on which leo-tui is called."""

    def __init__(self, path: Path, docker_host: str) -> None:
        self.path = path
        self.docker_host = docker_host

    def leo(self, *arguments: str, by: Sequence[str] = ()) -> tuple[int, str]:
        """Return the exit code and the output of a call."""
        environ = {**ENVIRON, "DOCKER_HOST": self.docker_host, "API_TOKEN": "s3cr3t-t"}
        done = subprocess.run(
            [*by, *LEO, *arguments],
            cwd=self.path,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path: Path, daemon: Daemon) -> Folder:
    return Folder(tmp_path, daemon.url)


@pytest.mark.docker
def test_containers_and_processes_hand_on_to_each_other(
    folder: Folder, daemon: Daemon
) -> None:
    (folder.path / "mixed.toml").write_text(MIXED)
    code, said = folder.leo("--once")
    assert code == 0, said
    _, log = folder.leo("logs", "last", "inside")
    assert "shared" in log
    assert "got 3 3" in log
    assert "token *" in log
    _, log = folder.leo("logs", "last", "filed")
    assert log.splitlines()[-3:] == ["variable none", "8", "********"]
    code, said = folder.leo("verify", "last")
    assert code == 0, said
    held = b"".join(
        path.read_bytes() for path in folder.path.rglob("*") if path.is_file()
    )
    assert b"s3cr3t-t" not in held
    with daemon.client() as client:
        label = f"leo.folder={folder.path / '.leo'}"
        assert client.containers(all=True, filters={"label": [label]}) == []


@pytest.mark.docker
def test_what_is_left_of_an_attempt_that_is_over_is_found_and_removed_on_record(
    folder: Folder, daemon: Daemon
) -> None:
    (folder.path / "one.toml").write_text(f'[tasks.a]\nimage = "{IMAGE}"\ncmd = "true"')
    assert folder.leo("--once")[0] == 0
    (run,) = json.loads(folder.leo("runs", "--json")[1])["runs"]
    labels = {
        "leo.run": run["run_id"],
        "leo.task": "a",
        "leo.attempt": "1",
        "leo.folder": str(folder.path / ".leo"),
    }
    with daemon.client() as client:
        made = client.create_container(IMAGE, "true", labels=labels)
        _, said = folder.leo("doctor")
        assert "left of attempts that are over: attempt 1 of a" in said
        _, said = folder.leo("doctor", "--fix")
        assert "removed those of attempt 1 of a" in said
        assert made["Id"] not in [one["Id"] for one in client.containers(all=True)]
    with sqlite3.connect(folder.path / ".leo" / "leo.db") as database:
        rows = database.execute("SELECT action, subject FROM audit").fetchall()
    database.close()
    assert ("removed container", "attempt 1 of a") in rows


@pytest.fixture
def of_nobody() -> Iterator[Path]:
    """Return a folder of a user who is not root, and may walk to it."""
    # Not below pytest's own folder, which is closed to others.
    with tempfile.TemporaryDirectory(prefix="leo-nobody-") as folder:
        os.chown(folder, 65534, 65534)
        yield Path(folder)


AS_NOBODY = [
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    # To read this checkout wherever it is; what is written or removed needs more.
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]


@pytest.mark.docker
@pytest.mark.parametrize("user", [0, 1234])
def test_an_engine_that_is_not_root_reads_and_removes_what_containers_write(
    of_nobody: Path, daemon: Daemon, user: int
) -> None:
    path = of_nobody
    daemon.socket.chmod(0o666)
    daemon.socket.parent.chmod(0o755)
    (path / "one.toml").write_text(f"""
[tasks.a]
image = "{IMAGE}"
docker = {{ network = "none", user = {user} }}
cmd = "mkdir -p $LEO_STAGING/b/c; echo 1 > $LEO_STAGING/b/c/d; echo k=v > $LEO_OUTPUT"
[tasks.b]
depends_on = ["a"]
cmd = "cat $LEO_STAGING/b/c/d && test $LEO_OUTPUT_A_K = v"
""")
    folder = Folder(path, daemon.url)
    code, said = folder.leo("--once", by=AS_NOBODY)
    assert code == 0, said
    assert list((path / ".leo" / "staging").iterdir()) == []
    code, said = folder.leo("gc", "--keep", "0", by=AS_NOBODY)
    assert code == 0, said
    assert list((path / ".leo" / "runs").iterdir()) == []


@pytest.mark.docker
def test_doctor_names_the_daemon_and_who_needs_it(folder: Folder) -> None:
    (folder.path / "one.toml").write_text(f'[tasks.a]\nimage = "{IMAGE}"\ncmd = "true"')
    _, said = folder.leo("doctor")
    assert f"at {folder.docker_host} (DOCKER_HOST); needed by one" in said


@pytest.fixture
def refusing(tmp_path: Path) -> Folder:
    """Return a folder with a DAG that needs Docker, and no daemon."""
    (tmp_path / "one.toml").write_text(f'[tasks.a]\nimage = "{IMAGE}"\ncmd = "true"')
    return Folder(tmp_path, f"unix://{tmp_path}/none.sock")


def test_without_a_daemon_nothing_is_begun_and_it_is_said_what_to_do(
    refusing: Folder,
) -> None:
    code, said = refusing.leo("--once")
    assert code == 5
    assert f"no Docker daemon answers at {refusing.docker_host}" in said
    assert "start it, or set DOCKER_HOST" in said
    assert json.loads(refusing.leo("runs", "--json")[1])["runs"] == []
    _, said = refusing.leo("doctor")
    assert "needed by one" in said
