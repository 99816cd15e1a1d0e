"""Whole sessions in a tmux, on the real engine, as a person would have them."""

import os
import re
import signal

import pytest

from leo_screen import Screens
from place import Place, wait_until
from tmux import Tmux, needs_tmux

pytestmark = [needs_tmux, pytest.mark.slow, pytest.mark.timeout(120)]

DAG = """
[tasks.pull_users]
cmd = "echo users pulled"

[tasks.pull_orders]
cmd = '''
for n in $(seq 300); do echo "INFO chunk $n rows=10000"; done
echo "WARN offset gap part=7"
sh @pull
'''

[tasks.load_orders]
depends_on = ["pull_orders", "pull_users"]
cmd = "echo orders loaded"

[tasks.report]
depends_on = ["load_orders"]
cmd = "echo report written"
"""
BROKEN = "echo 'ERROR decode failed key=0x9f'; echo 'gave up'; exit 2\n"
MENDED = "echo 'all decoded'\n"

SLOW = """
[tasks.first]
cmd = "echo first >> @ran; echo first is done"

[tasks.long]
depends_on = ["first"]
cmd = "echo long >> @ran; until test -e @go; do echo still; sleep 0.1; done"

[tasks.last]
depends_on = ["long"]
cmd = "echo last >> @ran; echo last is done"
"""


@pytest.fixture
def tmux(screens: Screens) -> Tmux:
    return screens.tmux()


def write_slow(place: Place) -> None:
    text = SLOW.replace("@ran", str(place.folder / "ran"))
    place.write_dag(text.replace("@go", str(place.folder / "go")), "slow")


def let_go(place: Place) -> None:
    (place.folder / "go").touch()


def ran(place: Place) -> list[str]:
    """Return which tasks have run, in the order they began."""
    path = place.folder / "ran"
    return path.read_text().split() if path.exists() else []


def quit_screen(tmux: Tmux) -> None:
    tmux.press("q")
    tmux.wait_for_prompt()


def test_from_a_failure_to_green(place: Place, tmux: Tmux) -> None:
    script = place.folder / "pull.sh"
    script.write_text(BROKEN)
    place.write_dag(DAG.replace("@pull", str(script)), "etl")
    tmux.run("leo")
    tmux.wait_for("etl.toml")
    tmux.press("s")
    tmux.wait_for("✗ failed", "exit 2")

    tmux.press("!")
    tmux.wait_for("ERROR decode failed key=0x9f", "exit 2")
    tmux.press("4", "g", "/")
    tmux.wait_for_last_line(" /")
    tmux.type("gap")
    tmux.press("enter")
    tmux.wait_for("WARN offset gap part=7", "▐ERROR decode failed")

    script.write_text(MENDED)
    tmux.press("3", "R")
    tmux.wait_for("1 kept, 3 to run")
    tmux.press("y")
    shown = tmux.wait_for("✓ 4 ")
    assert "✗" not in shown
    tmux.press("3", "G")
    tmux.wait_for("report written")
    quit_screen(tmux)


def test_the_file_mended_in_the_editor_runs_on_continue(
    place: Place, screens: Screens, tmux: Tmux
) -> None:
    place.write_dag(DAG.replace("sh @pull", "exit 2"), "etl")
    editor = place.folder / "vi"
    editor.write_text('#!/bin/sh\nsed -i "s/^exit 2/echo all decoded/" "$2"\n')
    editor.chmod(0o755)
    tmux.run(f"EDITOR={editor} leo")
    tmux.wait_for("etl.toml")
    tmux.press("s")
    tmux.wait_for("✗ failed", "exit 2")
    tmux.press("!", "e")
    tmux.wait_for("etl.toml reloaded")
    tmux.press("c")
    tmux.wait_for("1 kept, 3 to run")
    tmux.press("y")
    tmux.wait_for("✓ 4 ")
    quit_screen(tmux)


def test_a_screen_killed_in_mid_run_finds_it_again(place: Place, tmux: Tmux) -> None:
    write_slow(place)
    tmux.run("leo")
    tmux.wait_for("slow.toml")
    tmux.press("s")
    assert wait_until(lambda: ran(place) == ["first", "long"])
    tmux.wait_for("first", "long")
    os.kill(tmux.in_front(), signal.SIGKILL)
    tmux.run("")
    tmux.run("reset; clear")
    tmux.wait_for_prompt()

    tmux.run("leo")
    tmux.wait_for("✓ 1  ▸ 1")
    let_go(place)
    tmux.wait_for("✓ 3 ")
    assert ran(place) == ["first", "long", "last"], "nothing ran twice"
    quit_screen(tmux)


def test_what_a_killed_engine_leaves_is_told_as_it_is_until_somebody_goes_on(
    place: Place, tmux: Tmux
) -> None:
    write_slow(place)
    once = place.start("-C", str(place.dags), "--once", "slow")
    assert wait_until(lambda: ran(place) == ["first", "long"])
    tmux.run("leo --no-resume")
    tmux.wait_for("✓ 1  ▸ 1")
    once.kill()
    once.wait()
    tmux.wait_for("was interrupted: 1 task still runs", "  still runs, ", "✓ 1  ▸ 1")

    (task,) = [one for one in place.processes() if "until test -e" in one.command]
    os.kill(task.pid, signal.SIGKILL)
    shown = tmux.wait_for("was interrupted: 1 task had ended", "✓ 1  ! 1")
    assert "▸" not in shown
    assert "has ended, killed by SIGK" in shown
    tmux.press("c")
    tmux.wait_for("1 kept, 2 to run")
    tmux.press("y")
    tmux.wait_for("✗ failed", "✗ long", "killed by SIGK")
    quit_screen(tmux)


def test_quit_leaving_the_run_then_resume_in_the_shell(
    place: Place, tmux: Tmux
) -> None:
    write_slow(place)
    tmux.run("leo")
    tmux.wait_for("slow.toml")
    tmux.press("s")
    assert wait_until(lambda: ran(place) == ["first", "long"])
    tmux.press("q")
    tmux.wait_for("Quit with 1 run active?")
    tmux.press("l")
    shown = tmux.wait_for_prompt()
    command = re.search(r"leo-tui .*(resume \w[\w-]*)", shown.replace("\n", ""))
    assert command is not None, shown
    assert ran(place) == ["first", "long"]
    let_go(place)
    tmux.run(f"leo {command[1]}")
    tmux.wait_for("succeeded")
    assert ran(place) == ["first", "long", "last"]


def test_a_run_of_another_process_is_watched_live(place: Place, tmux: Tmux) -> None:
    write_slow(place)
    tmux.run("leo")
    tmux.wait_for("◦ slow.toml", "Never run")
    other = place.start("-C", str(place.dags), "--once", "slow")
    assert wait_until(lambda: ran(place) == ["first", "long"])
    tmux.wait_for("✓ 1  ▸ 1")
    tmux.press("3", "j", "4")
    tmux.wait_for("still")
    let_go(place)
    tmux.wait_for("✓ 3 ")
    assert place.end_of(other) == 0
    quit_screen(tmux)
