"""leo-tui's screen on a DAG folder, on a pseudo-terminal or in a tmux."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from leo_tui.preferences.memory import Memory
from loop_watch import lateness_ms
from place import Place
from pseudo_terminal import ENVIRON, PseudoTerminal
from terminal_bytes import Size
from tmux import Tmux

_WATCHED = Path(__file__).with_name("watched_screen.py")
_NONE: Mapping[str, str] = {}


def environ_of(place: Place) -> dict[str, str]:
    """Return the environment of a person whose settings are all the place's own."""
    home = place.folder
    mine = {"HOME": str(home), "PS1": "$ ", "EDITOR": "true", "PAGER": "cat"}
    Memory(home / "STATE" / "leo-tui" / "ui.json").keep_tour_seen()
    xdg = {f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "STATE")}
    return {**ENVIRON, **place.mark, **mine, **xdg}


def command_of(place: Place, *arguments: str) -> list[str]:
    """Return the argv that opens the screen."""
    return [sys.executable, "-m", "leo_tui", "-C", str(place.dags), *arguments]


class Screens:
    """Opens screens of one place, and closes what is left of them."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open: list[PseudoTerminal | Tmux] = []
        self._lateness = place.folder / "lateness"

    def open(
        self, *, size: Size = (120, 40), environ: Mapping[str, str] = _NONE
    ) -> PseudoTerminal:
        """Open the screen on a terminal of its own."""
        return self._started(command_of(self._place), size, environ)

    def open_watched(
        self, *, size: Size = (120, 40), environ: Mapping[str, str] = _NONE
    ) -> PseudoTerminal:
        """Open a screen that says how late its loop is, and raises at `ctrl+x`."""
        command = [sys.executable, str(_WATCHED), str(self._lateness)]
        arguments = command_of(self._place)[3:]
        return self._started([*command, *arguments], size, environ)

    def lateness_ms(self) -> list[float]:
        """Return how late each look of the watched screen's loop was, so far."""
        return lateness_ms(self._lateness)

    def tmux(self, size: Size = (120, 40)) -> Tmux:
        """Open a shell in the place, for which `leo` is leo-tui on its DAGs."""
        found = Tmux(self._place.folder, environ_of(self._place), size)
        self._open.append(found)
        found.run(f'leo() {{ {shlex.join(command_of(self._place))} "$@"; }}; clear')
        return found

    def _started(
        self, command: list[str], size: Size, environ: Mapping[str, str]
    ) -> PseudoTerminal:
        found = PseudoTerminal(
            command,
            folder=self._place.folder,
            size=size,
            environ={**environ_of(self._place), **environ},
        )
        self._open.append(found)
        return found

    def close(self) -> None:
        """Close every terminal."""
        for one in self._open:
            one.close()
