"""`--detach`: the runs go on without the terminal they were started from."""

import json
import os
import pty
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_command import ENVIRON, LEO

DAG = """
[params]
word = "go"

[tasks.wait]
cmd = "echo up > up.fifo; read word < go.fifo; test $word = {{ word }}"

[tasks.after]
depends_on = ["wait"]
cmd = "cat > got.txt"
"""


class _Result:
    """What one call of the command line did."""

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def run(self) -> str:
        """The run that the first line of a detached call names."""
        return self.out.splitlines()[0].split("  run ")[1].split()[0]


class _Folder:
    """A folder with a DAG whose first task waits to be told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / ".leo" / "detached"
        (path / "etl.toml").write_text(DAG)
        for name in ("up.fifo", "go.fifo"):
            os.mkfifo(path / name)

    def leo(self, *arguments: str) -> _Result:
        done = subprocess.run(
            [*LEO, *arguments],
            cwd=self.path,
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return _Result(done)

    def begin(self, *arguments: str) -> _Result:
        """Detach, and return once the first task runs."""
        result = self.leo("--once", "--detach", *arguments)
        (self.path / "up.fifo").read_text()
        return result

    def end(self, word: str = "go") -> _Result:
        """Let the first task end, and watch the run until it has ended."""
        (self.path / "go.fifo").write_text(f"{word}\n")
        return self.leo("watch", "latest")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[_Folder]:
    yield _Folder(tmp_path)
    for log in (tmp_path / ".leo" / "detached").glob("*.log"):
        pid = int(log.stem.rpartition("-")[2])
        if pid not in {0, os.getpid()} and Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)


def test_it_says_how_to_follow_read_and_stop_the_run_and_returns(
    folder: _Folder,
) -> None:
    result = folder.begin()
    assert result.code == 0
    first, *commands = result.out.splitlines()
    assert first.startswith("▸ etl  2 tasks  run ")
    assert first.endswith("  in the background")
    printed = [command.partition("leo-tui ")[2] for command in commands]
    assert printed == [
        f"watch {result.run}",
        f"logs -f {result.run}",
        f"cancel {result.run}",
    ]
    watched = folder.end()
    assert watched.code == 0
    assert (folder.path / "got.txt").read_text() == ""


def test_the_background_has_a_private_log_of_its_own(folder: _Folder) -> None:
    result = folder.begin()
    (log,) = folder.logs.iterdir()
    assert log.stat().st_mode & 0o777 == 0o600
    assert folder.logs.stat().st_mode & 0o777 == 0o700
    folder.end("stop")
    pid = int(log.stem.rpartition("-")[2])
    wait_for_end_of(pid)
    text = log.read_text()
    assert text.startswith(f"▸ etl  2 tasks  run {result.run}")
    assert f"to go on: leo-tui resume {result.run}" in text


def test_programs_get_one_object_for_each_run(folder: _Folder) -> None:
    (folder.path / "two.toml").write_text('[tasks.a]\ncmd = "true"\n')
    result = folder.begin("--json")
    found = [json.loads(text) for text in result.out.splitlines()]
    assert sorted(body["run"]["dag"] for body in found) == ["etl", "two"]
    (log,) = folder.logs.iterdir()
    for body in found:
        assert body["version"] == 1
        assert Path(body["log"]) == log
        assert log.stem.endswith(f"-{body['pid']}")
    folder.end()


def test_what_is_in_the_way_is_told_in_front_with_its_exit_code(
    folder: _Folder,
) -> None:
    first = folder.begin()
    busy = folder.leo("--once", "etl", "--detach", "-p", "word=other")
    assert busy.code == 3
    assert first.run in busy.err
    assert busy.out == ""
    refused = folder.leo("--once", "etl", "--detach", "-p", "wrod=x")
    assert refused.code == 2
    missing = folder.leo("resume", "0000", "--detach")
    assert missing.code == 4
    folder.end()


def test_a_full_disk_is_told_in_front_too(folder: _Folder) -> None:
    leo = " ".join(LEO)
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -f 0; exec {leo} --once --detach"],
        cwd=folder.path,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert done.stderr.startswith("leo-tui: ")
    assert done.stderr.count("leo-tui: ") == 1
    assert done.stdout == ""


def test_a_busy_dag_beside_others_is_told_at_once(folder: _Folder) -> None:
    (folder.path / "two.toml").write_text('[tasks.a]\ncmd = "read word < hold"\n')
    os.mkfifo(folder.path / "hold")
    first = folder.begin("etl")
    both = folder.leo("--once", "etl", "two", "--detach", "-p", "word=other")
    (folder.path / "hold").write_text("go\n")
    assert both.code == 3
    assert f"leo-tui: run {first.run}" in both.err
    assert both.out.startswith("▸ two  1 task  run ")
    assert folder.leo("watch", both.run).code == 0
    (folder.path / "go.fifo").write_text("go\n")
    assert folder.leo("watch", first.run).code == 0


def test_resume_and_retry_go_on_in_the_background(folder: _Folder) -> None:
    first = folder.begin()
    assert folder.end("bad").code == 1
    for command in ("resume", "retry"):
        again = folder.leo(command, first.run, "--detach")
        assert (again.code, again.run) == (0, first.run)
        (folder.path / "up.fifo").read_text()
        assert folder.end("bad" if command == "resume" else "go").code == (
            1 if command == "resume" else 0
        )


def test_nothing_to_do_is_said_as_without_detach(folder: _Folder) -> None:
    first = folder.begin()
    assert folder.end().code == 0
    again = folder.leo("resume", first.run, "--detach")
    assert again.code == 0
    assert "✓ etl  succeeded" in again.out


def test_it_goes_on_when_its_terminal_is_closed(folder: _Folder) -> None:
    screen, behind = pty.openpty()
    process = subprocess.Popen(
        [*LEO, "--once", "--detach"],
        cwd=folder.path,
        env=ENVIRON,
        stdin=behind,
        stdout=behind,
        stderr=behind,
        start_new_session=True,
    )
    os.close(behind)
    (folder.path / "up.fifo").read_text()
    process.wait()
    os.close(screen)
    (log,) = folder.logs.iterdir()
    pid = int(log.stem.rpartition("-")[2])
    session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3]
    assert int(session) == pid
    assert folder.end().code == 0


def test_only_the_newest_logs_are_kept(folder: _Folder) -> None:
    folder.logs.mkdir(parents=True)
    for number in range(120):
        (folder.logs / f"20200101T000{number:03}-0.log").touch()
    living = folder.logs / f"20190101T000000-{os.getpid()}.log"
    living.touch()
    folder.begin()
    names = sorted(log.name for log in folder.logs.iterdir())
    assert living.name in names
    assert len(names) == 101
    assert "20200101T000020-0.log" not in names
    assert "20200101T000021-0.log" in names
    folder.end()


def wait_for_end_of(pid: int) -> None:
    """Return when a process that is not our child is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([descriptor], [], [], 15)
    finally:
        os.close(descriptor)
