"""What a terminal that stops reading does to a Textual app, and the gate against it."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loop_watch import lateness_ms
from place import wait_until
from pseudo_terminal import PseudoTerminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

STALL_S = 2
STANDSTILL_MS = STALL_S / 3 * 1e3
"""As late as this is a loop only that waits for the terminal."""
Open = Callable[..., PseudoTerminal]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "lateness"


@pytest.fixture
def busy(tmp_path: Path, notes: Path) -> Iterator[Open]:
    """Return what starts an app that draws thirty times a second."""
    started = []

    def start(*arguments: str) -> PseudoTerminal:
        app = str(Path(__file__).with_name("small_app.py"))
        command = [sys.executable, app, "--busy", "--notes", str(notes), *arguments]
        started.append(PseudoTerminal(command, folder=tmp_path))
        # Which ticks are drawn is up to the machine.
        ten_ticks = re.compile(r"tick \d\d")
        started[0].wait_until(lambda: ten_ticks.search(started[0].text()), "ticks")
        return started[0]

    yield start
    for one in started:
        one.close()


def worst_ms(terminal: PseudoTerminal, notes: Path, keys: int = 200) -> float:
    """Return how late the loop was at most, around a stall in which keys come."""
    before = len(lateness_ms(notes))
    terminal.stop_reading()
    for number in range(keys):
        terminal.press("ab"[number % 2])
    assert not wait_until(lambda: terminal.process.poll() is not None, STALL_S)
    terminal.go_on()
    terminal.press("k")
    terminal.wait_for("key k", patience_s=40)
    return max(lateness_ms(notes)[before:])


def test_without_a_gate_the_loop_stands_still(busy: Open, notes: Path) -> None:
    assert worst_ms(busy(), notes) > STANDSTILL_MS


def test_an_app_that_does_not_wait_goes_on(busy: Open, notes: Path) -> None:
    terminal = busy("--patient")
    assert worst_ms(terminal, notes) < STANDSTILL_MS
    assert "tick" in terminal.text(), "what was left out has been made up for"


def test_the_gate_keeps_frames_that_nobody_asked_for_from_piling_up(
    busy: Open, notes: Path
) -> None:
    assert worst_ms(busy("--gate"), notes, keys=0) < STANDSTILL_MS
