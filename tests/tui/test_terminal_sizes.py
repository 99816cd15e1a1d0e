"""Every size of a terminal, and one without colours."""

import pytest

from leo_screen import Screens
from place import Place
from pseudo_terminal import PseudoTerminal
from terminal_bytes import colours, foreign

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

DAG = """
[tasks.extract]
cmd = "echo pulled"

[tasks.load]
depends_on = ["extract"]
cmd = "echo ERROR no room; exit 3"

[tasks.report]
depends_on = ["load"]
cmd = "true"
"""


def opened(place: Place, screens: Screens, **environ: str) -> PseudoTerminal:
    place.write_dag(DAG)
    assert place.leo("-C", str(place.dags), "--once", "work") == 1
    found = screens.open(environ=environ)
    found.wait_for("extract")
    return found


def leave(terminal: PseudoTerminal) -> None:
    terminal.press("q")
    assert terminal.finish() == 0
    assert terminal.left_behind() == []


def test_a_terminal_changes_its_size_at_will(place: Place, screens: Screens) -> None:
    terminal = opened(place, screens)
    for size in ((300, 100), (80, 24), (60, 16), (100, 30), (300, 100)):
        terminal.resize(size)
        terminal.press("3")
        terminal.wait_for("load")
        lines = terminal.text().split("\n")
        assert max(map(len, lines)) <= size[0]
    terminal.resize((40, 10))
    shown = terminal.wait_for("60x16 needed, 40x10 now")
    assert "1 failed" in shown
    terminal.resize((120, 40))
    terminal.wait_for("extract")
    leave(terminal)
    assert foreign(terminal.written()) == []


def test_no_color_means_none(place: Place, screens: Screens) -> None:
    terminal = opened(place, screens, NO_COLOR="1")
    terminal.press("!")
    terminal.wait_for("ERROR no room")
    for key in ("]", "]", "]", "]", "]", "1", "2", "3", "4", "z", "?"):
        terminal.press(key)
    terminal.wait_for("Move down")
    terminal.press("escape")
    terminal.wait_until(lambda: "Move down" not in terminal.text(), "help is closed")
    leave(terminal)
    assert colours(terminal.written()) == set()


def test_colours_are_there_otherwise(place: Place, screens: Screens) -> None:
    terminal = opened(place, screens)
    assert colours(terminal.written())
    leave(terminal)
