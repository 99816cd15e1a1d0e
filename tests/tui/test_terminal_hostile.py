"""Names, output and errors that mean harm: none of it reaches the terminal."""

import pytest

from hostile import write_folder
from leo_screen import Screens
from place import Place
from pseudo_terminal import PseudoTerminal
from terminal_bytes import foreign

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


@pytest.fixture
def terminal(place: Place, screens: Screens) -> PseudoTerminal:
    write_folder(place.dags)
    assert place.leo("-C", str(place.dags), "--once", "hostile") == 1
    found = screens.open()
    found.wait_for("broken.toml")
    found.press("j")
    found.wait_for("exit 2")
    return found


def leave(terminal: PseudoTerminal) -> None:
    terminal.press("q")
    assert terminal.finish() == 0
    assert foreign(terminal.written(), terminal.size) == []
    assert b"OWNED" not in terminal.written()
    assert terminal.left_behind() == []


def last_line(terminal: PseudoTerminal) -> str:
    return terminal.text().rstrip().splitlines()[-1].strip()


def find(terminal: PseudoTerminal, text: str) -> None:
    terminal.press("/")
    terminal.wait_until(lambda: last_line(terminal).startswith("/"), "the prompt")
    terminal.press(*text, "enter")
    terminal.wait_for("n match")


def test_no_task_name_output_or_error_reaches_the_terminal_raw(
    terminal: PseudoTerminal,
) -> None:
    terminal.press("!")
    terminal.wait_for("ERROR the last line")
    terminal.press(*"jjjjjjjjj")
    terminal.wait_for("Not run: [b]bold failed")
    terminal.press("u")
    terminal.wait_for("▐ERROR the last line")
    terminal.press("4", "g")
    terminal.wait_for("LOUD red")
    terminal.press("w")
    terminal.press("z")
    for tab in ("Details", "Timeline", "Meters", "Problems"):
        terminal.press("]")
        terminal.wait_for(f"▌{tab}▐")
    terminal.press("z", "1", "k")
    terminal.wait_for("There is no good version")
    terminal.wait_for("no\N{REPLACEMENT CHARACTER} way")
    leave(terminal)


def test_a_search_in_hostile_output_finds_what_can_be_read(
    terminal: PseudoTerminal,
) -> None:
    terminal.press("!", "4")
    terminal.wait_for("▐ERROR the last line")
    find(terminal, "WRITTEN")
    terminal.press("&")
    terminal.wait_until(
        lambda: "OVERWRITTEN" in terminal.text() and "LONG" not in terminal.text(),
        "only what matches",
    )
    leave(terminal)


def test_a_line_of_a_megabyte_is_cut_and_wrapped(terminal: PseudoTerminal) -> None:
    terminal.press("!", "4")
    terminal.wait_for("▐ERROR the last line")
    terminal.press("z")
    terminal.wait_for("21▐ ERROR the last line")
    find(terminal, "LONG")
    terminal.wait_for("LONG 0123456789")
    terminal.press("w", "l", "l", "h", "w")
    terminal.wait_for("LONG 0123456789")
    leave(terminal)
