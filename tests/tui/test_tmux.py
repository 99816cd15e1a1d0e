"""The tmux driver itself, with a small app in it."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pseudo_terminal import ENVIRON
from tmux import Tmux, needs_tmux

pytestmark = needs_tmux

APP = shlex.join([sys.executable, str(Path(__file__).with_name("small_app.py"))])


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    found = Tmux(tmp_path, ENVIRON, (60, 16))
    yield found
    found.close()


def test_a_session_from_prompt_to_prompt(tmux: Tmux) -> None:
    tmux.run(APP)
    tmux.wait_for("size 60x16")
    tmux.press("R")
    tmux.wait_for("key R")
    tmux.press("shift+tab")
    tmux.wait_for("key shift+tab")
    tmux.resize((80, 24))
    tmux.wait_for("size 80x24")
    tmux.press("q")
    tmux.wait_for_prompt()
    tmux.run("echo ended with $?")
    tmux.wait_for("ended with 3")


def test_what_is_in_front_can_be_killed(tmux: Tmux) -> None:
    tmux.run(APP)
    tmux.wait_for("size")
    os.kill(tmux.in_front(), signal.SIGKILL)
    tmux.run("")
    tmux.run("reset; echo ended with $?")
    tmux.wait_for("ended with")


def test_ctrl_z_leads_to_the_shell_and_fg_back(tmux: Tmux) -> None:
    tmux.run(APP)
    tmux.wait_for("size")
    tmux.press("ctrl+z")
    tmux.wait_for("Stopped")
    tmux.run("fg")
    tmux.wait_for("size 60x16")
    tmux.press("k")
    tmux.wait_for("key k")
