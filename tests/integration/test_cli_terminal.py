"""On a terminal: one block in place, colours where wanted, the cursor always back."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from leo_command import LEO, TERMINAL_ENVIRON

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
COLOR = re.compile(r"\x1b\[[0-9;]+m")
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DAG = """
[tasks.wait]
cmd = "echo up > up.fifo; read go < go.fifo"

[tasks.broken]
depends_on = ["wait"]
cmd = "printf 'bad\\\\033[2J\\\\n'; exit 3"
"""


class _Screen:
    """A pseudo-terminal with a leo-tui on it."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str], *arguments: str
    ) -> None:
        self._reading, writing = pty.openpty()
        fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
        self.process = subprocess.Popen(
            [*LEO, *arguments],
            cwd=folder,
            env=environ,
            stdin=writing,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
        os.close(writing)
        self.text = ""

    def read_until(self, wanted: str) -> None:
        while wanted not in self.text:
            self.text += os.read(self._reading, 1 << 16).decode()

    def finish(self) -> str:
        """Return everything written, once the process has ended."""
        try:
            while piece := os.read(self._reading, 1 << 16):
                self.text += piece.decode()
        except OSError:
            pass  # So a pseudo-terminal says that nobody writes any more.
        self.process.wait()
        os.close(self._reading)
        return self.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "etl.toml").write_text(DAG)
    for name in ("up.fifo", "go.fifo"):
        os.mkfifo(tmp_path / name)
    return tmp_path


def run_through(folder: Path, environ: Mapping[str, str]) -> str:
    """Run the DAG on a terminal, past the point where its block has been drawn."""
    screen = _Screen(folder, environ, "--once")
    (folder / "up.fifo").read_text()
    screen.read_until("wait")
    (folder / "go.fifo").write_text("go\n")
    text = screen.finish()
    assert screen.process.returncode == 1
    return text


def test_the_block_shows_running_tasks_and_leaves_the_report(folder: Path) -> None:
    text = run_through(folder, TERMINAL_ENVIRON)
    assert text.count(HIDE) == text.count(SHOW) == 1
    assert text.index(HIDE) < text.index("wait") < text.index(SHOW)
    block, _, report = text.rpartition("\x1b[J")
    assert "0/2" in block
    plain = SEQUENCE.sub("", text)
    assert "│ bad" in plain
    assert "etl  failed" in plain
    assert report == SHOW


def test_nothing_of_a_task_reaches_the_terminal_as_a_control(folder: Path) -> None:
    assert "\x1b[2J" not in run_through(folder, TERMINAL_ENVIRON)


def test_no_line_is_wider_than_the_terminal(folder: Path) -> None:
    text = run_through(folder, TERMINAL_ENVIRON)
    block = text[: text.rindex("\x1b[J")].split("✗")[0]
    assert all(len(line) < 60 for line in SEQUENCE.sub("", block).split("\n"))


def test_no_color_keeps_the_block_and_drops_the_colours(folder: Path) -> None:
    text = run_through(folder, {**TERMINAL_ENVIRON, "NO_COLOR": "1"})
    assert HIDE in text
    assert not COLOR.search(text)


def test_a_dumb_terminal_gets_plain_lines(folder: Path) -> None:
    screen = _Screen(folder, {**TERMINAL_ENVIRON, "TERM": "dumb"}, "--once")
    (folder / "up.fifo").read_text()
    (folder / "go.fifo").write_text("go\n")
    text = screen.finish()
    assert "\x1b" not in text
    assert "✓ wait" in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_brings_the_cursor_back(folder: Path, number: signal.Signals) -> None:
    screen = _Screen(folder, TERMINAL_ENVIRON, "--once")
    (folder / "up.fifo").read_text()
    screen.process.send_signal(number)
    text = screen.finish()
    assert screen.process.returncode == 130
    assert text.rindex(SHOW) > text.rindex(HIDE)
    assert "to go on: leo-tui resume" in SEQUENCE.sub("", text)


def test_lists_are_cut_to_the_terminal_and_whole_in_a_pipe(folder: Path) -> None:
    name = "n" * 90
    (folder / f"{name}.toml").write_text('[tasks.a]\ncmd = "true"\n')
    done = subprocess.run(
        [*LEO, "--once", name],
        cwd=folder,
        env=TERMINAL_ENVIRON,
        capture_output=True,
        check=True,
    )
    assert name in done.stdout.decode()
    screen = _Screen(folder, TERMINAL_ENVIRON, "runs")
    rows = SEQUENCE.sub("", screen.finish()).splitlines()
    assert all(len(row) <= 60 for row in rows)
    assert "…" in rows[1]
    piped = subprocess.run(
        [*LEO, "runs"],
        cwd=folder,
        env=TERMINAL_ENVIRON,
        capture_output=True,
        check=True,
    )
    assert name in piped.stdout.decode()
