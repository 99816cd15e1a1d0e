"""Programs that take the terminal over for a while: the editor, the pager."""

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from textual.app import App, SuspendNotSupported

_WITH_LINE = frozenset(
    {"vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "kak", "joe"}
)
"""Editors that take `+LINE` before the file."""
_WITH_COLON = frozenset({"hx", "helix", "subl", "zed"})
"""Editors that take `FILE:LINE`."""
_DEFAULT_EDITOR = "vi"
_NO_TERMINAL = "not possible in a browser: there is no terminal to give away"


def editor_command(
    environ: Mapping[str, str], path: Path, line: int, chosen: str = ""
) -> list[str]:
    """Return the argv that opens a file at a line: `chosen`, else $VISUAL, $EDITOR."""
    text = chosen or environ.get("VISUAL") or environ.get("EDITOR") or _DEFAULT_EDITOR
    words = shlex.split(text) or [_DEFAULT_EDITOR]
    name = Path(words[0]).name
    if name in _WITH_LINE:
        return [*words, f"+{line}", str(path)]
    if name in _WITH_COLON:
        return [*words, f"{path}:{line}"]
    if name in {"code", "codium"}:
        return [*words, "--wait", "--goto", f"{path}:{line}"]
    return [*words, str(path)]


def why_no_terminal(app: App[object]) -> str:
    """Return why no program can have the terminal; empty when one can."""
    return _NO_TERMINAL if app.is_web else ""


async def run_in_terminal(app: App[object], argv: Sequence[str]) -> str:
    """Give the terminal to a program until it ends; return what went wrong, if so.

    The screen's loop goes on meanwhile. Drawing is held back: nothing takes what would
    be drawn, and the queue to the terminal would fill and stop the loop.
    """
    try:
        with app.batch_update(), app.suspend():
            process = await asyncio.create_subprocess_exec(*argv)
            status = await process.wait()
    except SuspendNotSupported:
        return _NO_TERMINAL
    except OSError as error:
        return f"{argv[0]}: {error.strerror}"
    app.refresh(repaint=True, layout=True)
    return f"{argv[0]} ended with {status}" if status else ""
