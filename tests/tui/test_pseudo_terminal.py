"""The pseudo-terminal itself, with a small app on it."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pseudo_terminal import ENVIRON, PseudoTerminal
from terminal_bytes import colours, foreign, unrestored

APP = [sys.executable, str(Path(__file__).with_name("small_app.py"))]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[PseudoTerminal]:
    found = PseudoTerminal(APP, folder=tmp_path, size=(40, 8))
    found.wait_for("size 40x8")
    yield found
    found.close()


def test_keys_arrive_and_what_is_drawn_can_be_read(terminal: PseudoTerminal) -> None:
    for key in ("R", "ctrl+d", "enter", "shift+tab", "pagedown", "escape"):
        terminal.press(key)
        terminal.wait_for(f"key {key}")


def test_a_program_that_ends_leaves_the_terminal_as_it_was(
    terminal: PseudoTerminal,
) -> None:
    terminal.press("q")
    assert terminal.finish() == 3
    assert terminal.left_behind() == []
    assert foreign(terminal.written(), terminal.size) == []
    assert "size" not in terminal.text(), "the alternate screen has been left"


def test_an_exception_leaves_the_terminal_as_it_was(terminal: PseudoTerminal) -> None:
    terminal.press("x")
    assert terminal.finish() == 1
    assert terminal.left_behind() == []
    assert b"on purpose" in terminal.written()


def test_a_killed_program_leaves_the_terminal_changed(terminal: PseudoTerminal) -> None:
    terminal.signal(signal.SIGKILL)
    assert terminal.finish() == -signal.SIGKILL
    assert "mode 1049 is on" in terminal.left_behind()
    assert "the line discipline is changed" in terminal.left_behind()


def test_a_new_size_arrives(terminal: PseudoTerminal) -> None:
    terminal.resize((60, 16))
    terminal.wait_for("size 60x16")


def test_controls_that_are_not_the_screens_own_are_seen(
    terminal: PseudoTerminal,
) -> None:
    terminal.press("h")
    terminal.wait_until(lambda: b"abc" in terminal.written(), "abc")
    found = "".join(foreign(terminal.written(), terminal.size))
    for wanted in ("]0;title", r"\x1bc", r"\u202e"):
        assert wanted in found


def test_a_terminal_that_is_not_read_holds_the_program_up(
    terminal: PseudoTerminal,
) -> None:
    terminal.stop_reading()
    before = len(terminal.written())
    terminal.press("w", "k")
    with pytest.raises(AssertionError, match="key k"):
        terminal.wait_for("key k", patience_s=0.3)
    assert len(terminal.written()) == before
    terminal.go_on()
    terminal.wait_for("key k")


def test_a_stopped_program_is_seen_and_goes_on(terminal: PseudoTerminal) -> None:
    terminal.press("ctrl+z")
    terminal.wait_until(terminal.is_stopped, "stopped")
    # What it wrote last may still be on its way here.
    terminal.wait_until(lambda: not unrestored(terminal.written()), "restored")
    terminal.signal(signal.SIGCONT)
    terminal.press("k")
    terminal.wait_for("key k")


def test_a_closed_window_ends_the_program(terminal: PseudoTerminal) -> None:
    terminal.hang_up()
    assert terminal.process.wait(5) != 0


@pytest.mark.parametrize("ansi", [[], ["--ansi"]])
def test_colours_are_seen(tmp_path: Path, ansi: list[str]) -> None:
    environ = {**ENVIRON, "NO_COLOR": "1"}
    found = PseudoTerminal([*APP, *ansi], folder=tmp_path, environ=environ)
    found.wait_for("size")
    found.close()
    assert bool(colours(found.written())) is not bool(ansi)


def test_parameters_of_colours_are_told_from_styles() -> None:
    assert colours(b"\x1b[1;38;2;1;2;3;48;5;7;31;0m\x1b[2;7m") == {
        "38;2;1;2;3",
        "48;5;7",
        "31",
    }
