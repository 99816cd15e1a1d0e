"""`leo-tui watch`: another process's run, live, to its end."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_command import ENVIRON, LEO

DAG = """
[tasks.wait]
cmd = "echo up > up.fifo; read code < go.fifo; exit $code"

[tasks.after]
depends_on = ["wait"]
cmd = "echo done"
"""


class _Folder:
    """A folder in which one process drives a run, whose task waits to be told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.processes: list[subprocess.Popen[str]] = []
        (path / "etl.toml").write_text(DAG)
        for name in ("up.fifo", "go.fifo"):
            os.mkfifo(path / name)
        self.owner = self.leo("--once")
        (path / "up.fifo").read_text()

    def leo(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [*LEO, *arguments],
            cwd=self.path,
            env=ENVIRON,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def let_go(self, code: int = 0) -> None:
        """Let the task end."""
        (self.path / "go.fifo").write_text(f"{code}\n")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[_Folder]:
    folder = _Folder(tmp_path)
    yield folder
    for process in folder.processes:
        with process:
            process.kill()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def rest(process: "subprocess.Popen[str]") -> str:
    """Return what is still to be written, once the process has ended."""
    assert process.stdout is not None
    with process:
        return process.stdout.read()


@pytest.mark.parametrize(("code", "status"), [(0, "succeeded"), (3, "failed")])
def test_a_watcher_sees_the_run_and_ends_with_its_exit_code(
    folder: _Folder, code: int, status: str
) -> None:
    watcher = folder.leo("watch", "latest")
    assert first_line(watcher).startswith("▸ etl  2 tasks  run ")
    folder.let_go(code)
    out = rest(watcher)
    rest(folder.owner)
    assert watcher.returncode == folder.owner.returncode == bool(code)
    lines = out.splitlines()
    assert lines[0].startswith("✗ wait" if code else "✓ wait")
    assert any(
        line.startswith("✗" if code else "✓") and status in line for line in lines
    )


def test_an_ended_run_is_told_from_its_beginning(folder: _Folder) -> None:
    folder.let_go()
    rest(folder.owner)
    watcher = folder.leo("watch", "latest", "--print-output")
    out = rest(watcher)
    greeting, wait, after, output, summary = out.splitlines()
    assert greeting.startswith("▸ etl")
    assert (wait[:6], after[:7], output) == ("✓ wait", "✓ after", "│ done")
    assert summary.startswith("✓ etl  succeeded  2 tasks: 2 ok")
    assert watcher.returncode == 0


def test_a_program_gets_the_same_events_as_from_the_owner(folder: _Folder) -> None:
    watcher = folder.leo("watch", "latest", "--json")
    created = json.loads(first_line(watcher))
    folder.let_go()
    out = rest(watcher)
    *events, ended = [json.loads(line) for line in out.splitlines()]
    assert (created["kind"], ended["kind"]) == ("run_created", "run_ended")
    assert [event["seq"] for event in events] == [*range(1, len(events) + 1)]
    assert events[-1]["kind"] == "run_finished"


def test_ctrl_c_ends_the_watching_and_not_the_run(folder: _Folder) -> None:
    watcher = folder.leo("watch", "latest")
    first_line(watcher)
    watcher.send_signal(signal.SIGINT)
    out = rest(watcher)
    assert watcher.returncode == 130
    said, _, command = out.partition(": ")
    assert said == "the run goes on"
    assert folder.owner.poll() is None
    again = folder.leo(*command.split()[1:])
    first_line(again)
    folder.let_go()
    rest(again)
    rest(folder.owner)
    assert (again.returncode, folder.owner.returncode) == (0, 0)


def test_ctrl_c_of_one_that_follows_stops_nothing_of_the_other(folder: _Folder) -> None:
    second = folder.leo("--once")
    assert first_line(second).startswith("▸ etl  2 tasks  run ")
    second.send_signal(signal.SIGINT)
    out = rest(second)
    assert second.returncode == 130
    assert "it goes on elsewhere: leo-tui watch " in out
    folder.let_go()
    rest(folder.owner)
    assert folder.owner.returncode == 0


def test_a_run_whose_engine_is_gone_says_how_to_go_on(folder: _Folder) -> None:
    watcher = folder.leo("watch", "latest")
    first_line(watcher)
    folder.owner.kill()
    out = rest(watcher)
    assert watcher.returncode == 1
    assert "! etl  interrupted" in out
    command = out.splitlines()[-1].removeprefix("  to go on: leo-tui ").split()
    going_on = folder.leo(*command)
    first_line(going_on)
    folder.let_go()
    rest(going_on)
    assert going_on.returncode == 0
