"""A stream is told only what it can show."""

import io
import os
import pty
from collections.abc import Mapping
from pathlib import Path

import pytest

from leo_tui.headless.nowhere import send_nowhere
from leo_tui.headless.terminal import Terminal
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span, line


class _Tty(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def tty(encoding: str = "utf-8") -> _Tty:
    return _Tty(io.BytesIO(), encoding=encoding)


GOOD = line(Span("✓", Style.GOOD), " done")


def test_a_terminal_gets_colours() -> None:
    terminal = Terminal(tty(), {"TERM": "xterm"})
    assert terminal.is_live
    assert terminal.render(GOOD) == "\x1b[32m✓\x1b[0m done"


@pytest.mark.parametrize(
    "environ", [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}]
)
def test_no_color_and_dumb_terminals_get_none(environ: Mapping[str, str]) -> None:
    assert Terminal(tty(), environ).render(GOOD) == "✓ done"


def test_the_option_switches_colours_off_but_not_the_block() -> None:
    terminal = Terminal(tty(), {"TERM": "xterm"}, no_color=True)
    assert terminal.is_live
    assert terminal.render(GOOD) == "✓ done"


def test_a_dumb_terminal_has_a_width_but_no_moving_cursor() -> None:
    terminal = Terminal(tty(), {"TERM": "dumb"})
    assert not terminal.is_live
    assert terminal.columns == 80


def test_a_pipe_has_no_width_and_no_colours() -> None:
    terminal = Terminal(io.TextIOWrapper(io.BytesIO()), {"TERM": "xterm"})
    assert terminal.columns is None
    assert terminal.render(GOOD) == "✓ done"


def test_signs_become_ascii_where_they_cannot_be_encoded() -> None:
    assert Terminal(tty("ascii"), {}).render(GOOD) == "+ done"


def test_a_terminal_that_was_closed_takes_everything_in_silence() -> None:
    screen, behind = pty.openpty()
    with os.fdopen(behind, "w") as stream:
        terminal = Terminal(stream, {"TERM": "xterm"})
        terminal.print([GOOD])
        os.close(screen)
        terminal.print([GOOD])
        terminal.write("more")
        assert terminal.size() == (80, 24)
        assert terminal.fileno() == behind


def test_a_file_that_takes_nothing_is_not_passed_over() -> None:
    with Path("/dev/full").open("w") as stream:
        terminal = Terminal(stream, {})
        with pytest.raises(OSError, match="No space left"):
            terminal.write("text")
        send_nowhere(stream)
