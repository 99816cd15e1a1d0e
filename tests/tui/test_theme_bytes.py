"""What themes write to a real terminal, byte by byte."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pseudo_terminal import ENVIRON, PseudoTerminal
from terminal_bytes import colours, foreign

PROGRAM = Path(__file__).with_name("themed_app_program.py")


@contextmanager
def shown(folder: Path, theme: str, glyphs: str, **environ: str) -> Iterator[bytes]:
    """Yield everything that the palette wrote while it was used and left."""
    terminal = PseudoTerminal(
        [sys.executable, str(PROGRAM), theme, glyphs],
        folder=folder,
        size=(60, 16),
        environ={**ENVIRON, **environ},
    )
    try:
        terminal.wait_for("Retry task")
        terminal.press("S", "t")
        terminal.wait_for("> Stop" if glyphs == "ascii" else "▸ Stop")
        terminal.press("ctrl+q")
        assert terminal.finish() == 0
        assert foreign(terminal.written(), terminal.size) == []
        yield terminal.written()
    finally:
        terminal.close()


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}])
def test_without_colours_none_is_written(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with shown(tmp_path, "none", "ascii", **environ) as written:
        assert colours(written) == set()
        assert written.isascii()


def test_the_terminals_own_colours_are_sixteen(tmp_path: Path) -> None:
    with shown(tmp_path, "ansi", "unicode") as written:
        found = colours(written)
        assert found
        assert not any(parameter.startswith(("38", "48")) for parameter in found)


def test_a_theme_by_name_is_stronger_than_no_color(tmp_path: Path) -> None:
    with shown(tmp_path, "dark", "unicode", NO_COLOR="1") as written:
        assert any(
            parameter.startswith("38;2;152;196;253") for parameter in colours(written)
        )
