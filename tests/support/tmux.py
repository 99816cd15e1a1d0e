"""A shell in a tmux of its own, driven as a person would: keys in, screen out."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from place import wait_until
from terminal_bytes import Size

NAME = shutil.which("tmux") or "tmux"

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None and not os.environ.get("CI"), reason="needs tmux"
)
"""Where everything is checked (CI), its absence is a failure."""

_KEYS = {
    "enter": "Enter",
    "escape": "Escape",
    "tab": "Tab",
    "shift+tab": "BTab",
    "space": "Space",
    "backspace": "BSpace",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PageUp",
    "pagedown": "PageDown",
}
_PROMPT = "$ "
_SHELL = f"env PS1='{_PROMPT}' bash --norc --noprofile"
_OPTIONS = {
    "status": "off",
    "escape-time": "0",
    "default-terminal": "xterm-256color",
    "history-limit": "5000",
}


class Tmux:
    """One tmux server with one pane, in it a shell."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str], size: Size = (120, 40)
    ) -> None:
        # A path of its own under pytest would be longer than a socket's may be.
        self._folder = tempfile.TemporaryDirectory(prefix="leo-tmux-")
        self._socket = f"{self._folder.name}/socket"
        self._environ = {
            **{name: text for name, text in environ.items() if name != "TMUX"},
            "LANG": "C.UTF-8",
            "COLORTERM": "truecolor",
        }
        self.size = size
        options = [
            word
            for name, value in _OPTIONS.items()
            for word in ("set-option", "-g", name, value, ";")
        ]
        columns, rows = map(str, size)
        self._call("start-server", ";", *options, "new-session", "-d", "-s", "test",
                   "-x", columns, "-y", rows, "-c", str(folder), _SHELL)  # fmt: skip
        self.wait_for(_PROMPT.rstrip())

    def press(self, *keys: str) -> None:
        """Press keys, named as in Textual: `R`, `enter`, `ctrl+d`."""
        for key in keys:
            if key in _KEYS:
                self._call("send-keys", "-t", "test", _KEYS[key])
            elif key.startswith("ctrl+"):
                self._call("send-keys", "-t", "test", f"C-{key[-1]}")
            else:
                self.type(key)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._call("send-keys", "-t", "test", "-l", "--", text)

    def run(self, command: str) -> None:
        """Type a command for the shell, and enter."""
        self.type(command)
        self.press("enter")

    def click(self, column: int, row: int) -> None:
        """Press and release the left button at a cell, from 0. Source: xterm, SGR."""
        at = f"{column + 1};{row + 1}"
        self.type(f"\x1b[<0;{at}M\x1b[<0;{at}m")

    def text(self, *, history: bool = False) -> str:
        """Return the screen, on request with what has scrolled away above it."""
        beginning = ("-S", "-") if history else ()
        return self._call("capture-pane", "-p", "-t", "test", *beginning)

    def wait_for(self, *wanted: str, patience_s: float = 15) -> str:
        """Return the screen once it shows all of these."""
        return self._wait(
            lambda shown: all(one in shown for one in wanted), wanted, patience_s
        )

    def wait_for_last_line(self, wanted: str, patience_s: float = 15) -> str:
        """Return the screen once its last line that is not empty begins like this."""
        return self._wait(
            lambda shown: shown.rstrip().split("\n")[-1].startswith(wanted),
            wanted,
            patience_s,
        )

    def wait_for_prompt(self, patience_s: float = 15) -> str:
        """Return the screen once the shell waits for a command again."""
        prompt = _PROMPT.rstrip()
        return self._wait(
            lambda shown: shown.rstrip().split("\n")[-1] == prompt, prompt, patience_s
        )

    def _wait(
        self, is_so: Callable[[str], bool], wanted: object, patience_s: float
    ) -> str:
        shown = ""

        def is_there() -> bool:
            nonlocal shown
            shown = self.text()
            return is_so(shown)

        if not wait_until(is_there, patience_s, every_s=0.03):
            raise AssertionError(f"not within {patience_s} s: {wanted!r}\n{shown}")
        return shown

    def resize(self, size: Size) -> None:
        """Change the size of the window."""
        self.size = size
        columns, rows = map(str, size)
        self._call("resize-window", "-t", "test", "-x", columns, "-y", rows)

    def in_front(self) -> int:
        """Return the pid of what the shell runs in its foreground, or of itself."""
        shell = self._call("list-panes", "-t", "test", "-F", "#{pane_pid}").strip()
        stat = Path(f"/proc/{shell}/stat").read_text().rpartition(")")[2].split()
        return int(stat[5])  # The terminal's foreground process group.

    def close(self) -> None:
        """End the server and all that it holds."""
        subprocess.run([NAME, "-S", self._socket, "kill-server"], check=False)
        self._folder.cleanup()

    def _call(self, *words: str) -> str:
        done = subprocess.run(
            [NAME, "-S", self._socket, "-f", os.devnull, *words],
            env=self._environ,
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
