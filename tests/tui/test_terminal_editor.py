"""The editor has the terminal for itself while the screen's engine goes on."""

import shlex
import sys

import pytest

from leo_screen import Screens
from place import Place, wait_until
from pseudo_terminal import PseudoTerminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

EDITOR = """
import pathlib, sys, time
folder = pathlib.Path({folder!r})
sys.stdout.write("EDITOR" "-BEGINS " + " ".join(sys.argv[1:]) + "\\r\\n")
sys.stdout.flush()
(folder / "edited").write_text(" ".join(sys.argv[1:]))
deadline = time.monotonic() + 30
while not (folder / "done").exists() and time.monotonic() < deadline:
    time.sleep(0.01)
sys.stdout.write("EDITOR" "-ENDS\\r\\n")
sys.stdout.flush()
"""
DAG = """
[tasks.first]
cmd = "echo one"

[tasks.ticks]
cmd = "until test -e @done; do echo tick | tee -a @ticks; sleep 0.02; done"
"""


@pytest.fixture
def editor(place: Place) -> str:
    """Return the path of an editor that waits; it stands on a DAG whose task ticks."""
    done, ticks = place.folder / "done", place.folder / "ticks"
    place.write_dag(DAG.replace("@done", str(done)).replace("@ticks", str(ticks)))
    found = place.folder / "vi"
    found.write_text(f"#!{sys.executable}\n{EDITOR.format(folder=str(place.folder))}")
    found.chmod(0o755)
    return str(found)


def wait_for_bytes(terminal: PseudoTerminal, wanted: bytes) -> None:
    terminal.wait_until(lambda: wanted in terminal.written(), repr(wanted))


def test_nothing_is_drawn_over_the_editor_and_the_run_goes_on(
    place: Place, screens: Screens, editor: str
) -> None:
    done, ticks = place.folder / "done", place.folder / "ticks"
    terminal = screens.open_watched(environ={"EDITOR": shlex.quote(editor)})
    terminal.wait_for("work.toml")
    terminal.press("s")
    terminal.wait_until(ticks.exists, "the task runs")
    terminal.press("e")
    wait_for_bytes(terminal, b"EDITOR-BEGINS")
    looks, ticked = len(screens.lateness_ms()), ticks.stat().st_size
    assert wait_until(lambda: ticks.stat().st_size > ticked + 100, 20)
    assert len(screens.lateness_ms()) > looks + 20, "the screen's loop goes on too"
    done.touch()
    wait_for_bytes(terminal, b"EDITOR-ENDS")
    _, _, over = terminal.written().partition(b"EDITOR-BEGINS")
    over, _, _ = over.partition(b"EDITOR-ENDS")
    argument = (place.folder / "edited").read_text()
    assert over.strip() == argument.encode(), "nobody else writes"
    assert argument.startswith("+")
    terminal.wait_for("ticks")
    terminal.press("q")
    assert terminal.finish() == 0
    assert terminal.left_behind() == []
