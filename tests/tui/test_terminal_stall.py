"""A terminal that stops reading (ctrl-S, a slow line): nothing waits for it."""

import pytest

from leo_screen import Screens
from place import Place, wait_until
from pseudo_terminal import PseudoTerminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

BUSY = """
[tasks.talk]
cmd = "i=0; until test -e @stop; do echo line $((i += 1)); sleep 0.01; done"

[tasks.hop]
matrix = { n = [1, 2, 3] }
cmd = "for i in $(seq 20); do echo hop >> @hops; sleep 0.05; done"
"""
STALL_S = 6
MOST_LATE_MS = 1_000
"""Without care it is the whole stall; with it, what a busy machine makes of 250 ms."""


@pytest.fixture
def terminal(place: Place, screens: Screens) -> PseudoTerminal:
    text = BUSY.replace("@stop", str(place.folder / "stop"))
    place.write_dag(text.replace("@hops", str(place.folder / "hops")))
    found = screens.open_watched()
    found.wait_for("work.toml")
    found.press("s")
    found.wait_for("talk")
    found.wait_until(lambda: hops(place), "the run is under way")
    return found


def hops(place: Place) -> int:
    path = place.folder / "hops"
    return path.stat().st_size if path.exists() else 0


def test_neither_the_engine_nor_the_screens_loop_waits_for_a_stalled_terminal(
    place: Place, screens: Screens, terminal: PseudoTerminal
) -> None:
    terminal.stop_reading()
    before = len(screens.lateness_ms())
    assert not wait_until(lambda: terminal.process.poll() is not None, STALL_S)
    late_ms = screens.lateness_ms()[before:]
    assert len(late_ms) > STALL_S * 20, "the loop went on looking at the clock"
    assert max(late_ms) < MOST_LATE_MS
    assert hops(place) == 3 * 20 * len("hop\n"), "the engine ran everything meanwhile"
    terminal.go_on()
    terminal.wait_for("3/3")


def test_keys_pressed_at_a_stalled_terminal_do_not_stop_the_loop(
    screens: Screens, terminal: PseudoTerminal
) -> None:
    terminal.stop_reading()
    before = len(screens.lateness_ms())
    for number in range(200):
        terminal.press("jk]["[number % 4])
    assert not wait_until(lambda: terminal.process.poll() is not None, 2)
    late_ms = screens.lateness_ms()[before:]
    assert len(late_ms) > 2 * 20
    assert max(late_ms) < MOST_LATE_MS
    terminal.go_on()
    terminal.press("?")
    terminal.wait_for("Move down")
