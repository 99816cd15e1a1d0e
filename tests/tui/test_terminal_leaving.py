"""However the screen ends, the terminal is as it was, and says how to go on."""

import signal

import pytest

from leo_screen import Screens
from place import Place, wait_until
from pseudo_terminal import PseudoTerminal
from terminal_bytes import unrestored

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

DAG = """
[tasks.wait]
cmd = "until test -e @go; do sleep 0.02; done; echo over >> @ledgered"

[tasks.after]
depends_on = ["wait"]
cmd = "echo after"
"""


@pytest.fixture
def terminal(place: Place, screens: Screens) -> PseudoTerminal:
    text = DAG.replace("@go", str(place.folder / "go"))
    place.write_dag(text.replace("@ledgered", str(place.folder / "over")))
    found = screens.open_watched()
    found.wait_for("work.toml")
    return found


def start(terminal: PseudoTerminal, place: Place) -> None:
    terminal.press("s")
    terminal.wait_for("started")
    assert wait_until(lambda: running(place), 15)


def running(place: Place) -> bool:
    return any(one.attempt for one in place.processes())


def last_words(terminal: PseudoTerminal) -> str:
    """Return what stands on the usual screen, the alternate one being left."""
    return terminal.text().strip()


def test_quitting_with_nothing_under_way_leaves_no_trace(
    terminal: PseudoTerminal,
) -> None:
    terminal.press("q")
    assert terminal.finish() == 0
    assert terminal.left_behind() == []
    assert last_words(terminal) == ""


def test_leaving_a_run_under_way_says_how_to_go_on(
    terminal: PseudoTerminal, place: Place
) -> None:
    start(terminal, place)
    terminal.press("q")
    terminal.wait_for("Quit with 1 run active?")
    terminal.press("l")
    assert terminal.finish() == 0
    assert terminal.left_behind() == []
    assert "work  left running  0/2 ok" in last_words(terminal)
    told = "".join(last_words(terminal).split())
    assert f"leo-tui-C{place.dags}resume" in told, "wherever the terminal breaks it"
    assert len(last_words(terminal).splitlines()) < 5
    assert running(place), "its task goes on"


def test_stopping_a_run_on_the_way_out_says_how_to_continue_it(
    terminal: PseudoTerminal, place: Place
) -> None:
    start(terminal, place)
    terminal.press("q")
    terminal.wait_for("Quit with 1 run active?")
    terminal.press("y")
    assert terminal.finish() == 0
    assert terminal.left_behind() == []
    assert "work  cancelled  0/2 ok" in last_words(terminal)
    assert not running(place)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_go_of_runs_and_gives_the_terminal_back(
    terminal: PseudoTerminal, place: Place, number: signal.Signals
) -> None:
    start(terminal, place)
    terminal.signal(number)
    assert terminal.finish() == 130
    assert terminal.left_behind() == []
    assert "resume" in last_words(terminal)


def test_a_closed_window_leaves_runs_to_be_adopted(
    terminal: PseudoTerminal, place: Place
) -> None:
    start(terminal, place)
    terminal.hang_up()
    terminal.process.wait(15)
    assert running(place), "the task goes on without an engine"
    (place.folder / "go").touch()
    assert place.leo("-C", str(place.dags), "--once", "work") == 0
    assert (place.folder / "over").read_text() == "over\n", "once, not twice"


def test_a_window_that_is_closed_while_much_is_to_be_drawn_is_left_all_the_same(
    terminal: PseudoTerminal, place: Place
) -> None:
    start(terminal, place)
    terminal.stop_reading()
    for key in "?jjjjjjjj":
        terminal.press(key)
    assert not wait_until(lambda: terminal.process.poll() is not None, 2)
    terminal.hang_up()
    terminal.process.wait(15)
    assert running(place), "the task goes on without an engine"


def test_a_crash_of_the_screen_gives_the_terminal_back(
    terminal: PseudoTerminal, place: Place
) -> None:
    start(terminal, place)
    terminal.press("ctrl+x")
    terminal.wait_until(lambda: b"\x1b[?1049l" in terminal.written(), "left")
    (place.folder / "go").touch()
    assert wait_until((place.folder / "over").exists, 15), "the run is alive"


def test_after_a_kill_the_next_screen_adopts_the_run(
    terminal: PseudoTerminal, place: Place, screens: Screens
) -> None:
    start(terminal, place)
    terminal.signal(signal.SIGKILL)
    assert terminal.finish() == -signal.SIGKILL
    (place.folder / "go").touch()
    again = screens.open()
    again.wait_for("✓ after")
    assert (place.folder / "over").read_text() == "over\n"
    again.press("q")
    assert again.finish() == 0
    assert again.left_behind() == []


def test_ctrl_z_warns_while_a_run_would_be_stopped_with_the_screen(
    terminal: PseudoTerminal, place: Place
) -> None:
    start(terminal, place)
    terminal.press("ctrl+z")
    terminal.wait_for("ctrl-z would stop the engine")
    assert not terminal.is_stopped()


def test_ctrl_z_suspends_when_nothing_runs(terminal: PseudoTerminal) -> None:
    terminal.press("ctrl+z")
    terminal.wait_until(terminal.is_stopped, "stopped")
    # What it wrote last may still be on its way.
    terminal.wait_until(lambda: not unrestored(terminal.written()), "restored")
    terminal.signal(signal.SIGCONT)
    terminal.press("?")
    terminal.wait_for("Move down")
