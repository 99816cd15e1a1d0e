"""What the user sees when an engine goes away and another one takes its runs over."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_command import LEO, TERMINAL_ENVIRON

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DAG = """
[tasks.wait]
cmd = "echo started >> ledger; echo up > up.fifo; read word < go.fifo; test $word = go"

[tasks.after]
depends_on = ["wait"]
cmd = "echo after >> ledger"
"""


class _Folder:
    """A folder with a DAG whose first task waits to be told, and who works in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engines: list[subprocess.Popen[bytes]] = []
        (path / "etl.toml").write_text(DAG)
        for name in ("up.fifo", "go.fifo"):
            os.mkfifo(path / name)

    def start(self, *arguments: str, stream: int) -> "subprocess.Popen[bytes]":
        """Begin a call of the command line on its own terminal, pipe or file."""
        process = subprocess.Popen(
            [*LEO, *arguments],
            cwd=self.path,
            env=TERMINAL_ENVIRON,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
        self.engines.append(process)
        return process

    def task_is_up(self) -> None:
        """Return once the first task runs."""
        (self.path / "up.fifo").read_text()

    def let_go(self, word: str = "go") -> None:
        """Let the first task end; with another word it fails."""
        (self.path / "go.fifo").write_text(f"{word}\n")

    def leo(self, *arguments: str) -> "tuple[int, str]":
        """Return the exit code and the output of a call."""
        done = subprocess.run(
            [*LEO, *arguments],
            cwd=self.path,
            env=TERMINAL_ENVIRON,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout
        return done.returncode, done.stdout

    def ledger(self) -> list[str]:
        return (self.path / "ledger").read_text().split()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[_Folder]:
    folder = _Folder(tmp_path)
    yield folder
    for engine in folder.engines:
        with engine:
            engine.kill()


@pytest.fixture
def screen() -> Iterator["_Screen"]:
    screen = _Screen()
    yield screen
    screen.close()


class _Screen:
    """A terminal that can be closed under whoever writes to it."""

    def __init__(self) -> None:
        self._reading, self.behind = pty.openpty()
        fcntl.ioctl(self.behind, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._is_open = True

    def close(self) -> None:
        """Hang up."""
        if self._is_open:
            self._is_open = False
            os.close(self.behind)
            os.close(self._reading)


def killed_engine(folder: _Folder, *dags: str) -> None:
    """Leave a run behind whose first task still runs."""
    engine = folder.start("--once", *dags, stream=subprocess.DEVNULL)
    folder.task_is_up()
    engine.kill()
    engine.wait()


@pytest.mark.parametrize("arguments", [("--once",), ("--once", "--json")])
def test_a_closed_terminal_stops_nothing_and_the_run_is_taken_over(
    folder: _Folder, screen: _Screen, arguments: tuple[str, ...]
) -> None:
    engine = folder.start(*arguments, stream=screen.behind)
    folder.task_is_up()
    screen.close()
    engine.send_signal(signal.SIGHUP)
    assert engine.wait() == 130
    _, listed = folder.leo("runs")
    assert "interrupted" in listed
    going_on = folder.start("--once", stream=subprocess.DEVNULL)
    folder.let_go()
    assert going_on.wait() == 0
    assert folder.ledger() == ["started", "after"]


def test_a_terminal_that_is_gone_does_not_end_a_run_that_ignores_hang_ups(
    folder: _Folder, screen: _Screen
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        engine = folder.start("--once", stream=screen.behind)
    finally:
        signal.signal(signal.SIGHUP, before)
    folder.task_is_up()
    screen.close()
    engine.send_signal(signal.SIGHUP)
    folder.let_go()
    assert engine.wait() == 0


def test_a_run_left_behind_is_shown_as_interrupted_at_once(folder: _Folder) -> None:
    killed_engine(folder)
    _, listed = folder.leo("runs")
    assert "!" in listed
    assert "interrupted" in listed
    folder.let_go()


def test_once_takes_over_says_so_and_starts_nothing_twice(folder: _Folder) -> None:
    killed_engine(folder)
    reading, writing = os.pipe()
    again = folder.start("--once", stream=writing)
    os.close(writing)
    with os.fdopen(reading) as output:
        took_over = output.readline()
        folder.let_go()
        text = output.read()
    assert again.wait() == 0
    name = took_over.partition("took over run ")[2].split()[0]
    assert took_over == f"took over run {name} of etl: 1 task still runs\n"
    assert f"run {name}  (taken over)" in text
    assert folder.ledger() == ["started", "after"]


def test_the_exit_code_counts_what_was_taken_over(folder: _Folder) -> None:
    killed_engine(folder)
    (folder.path / "etl.toml").write_text('[tasks.a]\ncmd = "true"\n')
    again = folder.start("--once", stream=subprocess.DEVNULL)
    folder.let_go("no")
    assert again.wait() == 1
    _, listed = folder.leo("runs")
    assert [row.split()[3] for row in listed.splitlines()[1:]] == [
        "succeeded",
        "failed",
    ]


def test_show_says_what_is_left_and_how_to_go_on_or_stop(folder: _Folder) -> None:
    killed_engine(folder)
    _, text = folder.leo("show", "latest")
    (wait,) = [row for row in text.splitlines() if "▸  wait" in row]
    pid = int(wait.rpartition("still runs, pid ")[2])
    os.kill(pid, 0)
    *_, go_on, stop = text.splitlines()
    assert go_on.partition(": ")[2].strip().startswith("leo-tui resume ")
    assert stop.partition(": ")[2].strip().startswith("leo-tui cancel ")
    folder.let_go()
    # Whoever reaped it still has to write it down.
    while "not recorded yet" not in text:
        _, text = folder.leo("show", "latest")
    (wait,) = [row for row in text.splitlines() if row.startswith("!  ")]
    assert wait.split(maxsplit=3)[:3] == ["!", "wait", "ended"]
    assert "has ended, exit 0, not recorded yet" in wait
    _, encoded = folder.leo("show", "latest", "--json")
    assert json.loads(encoded)["remains"]["wait"]["state"] == "ended"


def test_the_output_of_what_still_runs_is_followed_to_its_end(folder: _Folder) -> None:
    (folder.path / "etl.toml").write_text(
        '[tasks.wait]\ncmd = "echo early; echo up > up.fifo; cat go.fifo"\n'
    )
    killed_engine(folder)
    reading, writing = os.pipe()
    following = folder.start("logs", "-f", "latest", stream=writing)
    os.close(writing)
    with os.fdopen(reading) as output:
        heading, first = output.readline(), output.readline()
        folder.let_go("late")
        rest = output.read()
    assert following.wait() == 0
    assert (heading, first, rest) == ("── wait\n", "early\n", "late\n")


def test_of_a_sub_dag_the_run_is_named_that_still_runs(folder: _Folder) -> None:
    folder.path.joinpath("all.toml").write_text('[tasks.etl]\ndag = "etl"\n')
    killed_engine(folder, "all")
    _, listed = folder.leo("runs", "--dag", "etl")
    child = listed.splitlines()[1].split()[1]
    parent = next(
        row.split()[1] for row in folder.leo("runs")[1].splitlines() if " all " in row
    )
    _, text = folder.leo("show", parent)
    assert f"1 of its run {child} still running" in text
    assert folder.leo("cancel", parent)[0] == 0
    _, text = folder.leo("show", child)
    assert "cancelled" in text


def test_cancelling_a_run_left_behind_stops_what_still_runs(folder: _Folder) -> None:
    killed_engine(folder)
    code, text = folder.leo("cancel", "latest")
    assert code == 0
    assert "⊟ etl  cancelled" in text
    _, listed = folder.leo("runs")
    assert "cancelled" in listed
    assert folder.ledger() == ["started"]
    assert folder.leo("verify", "latest") == (0, "nothing to object to\n")
    code, refused = folder.leo("cancel", "latest")
    assert code == 2
    assert "nothing drives it" in refused


def test_no_resume_leaves_it_alone(folder: _Folder) -> None:
    killed_engine(folder)
    (folder.path / "etl.toml").write_text('[tasks.a]\ncmd = "true"\n')
    code, text = folder.leo("--once", "--no-resume")
    assert code == 0
    assert text.startswith("left run ")
    assert " of etl alone: 1 task still runs\n" in text
    _, listed = folder.leo("runs")
    assert "interrupted" in listed
    folder.let_go()
