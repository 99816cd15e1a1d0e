"""What leo-tui is, and where its files are."""

import platform
from collections.abc import Sequence
from pathlib import Path

from leo_tui import __version__
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import pad
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

_NAME_WIDTH = 10


def about_lines(files: Sequence[tuple[str, Path]]) -> list[Line]:
    """Return the version, what it runs on, and the files by what they are."""
    rows = [
        ("leo-tui", __version__),
        ("Python", platform.python_version()),
        ("system", f"{platform.system()} {platform.release()}"),
        *((name, str(path)) for name, path in files),
    ]
    return [
        line(Span(pad(name, _NAME_WIDTH), Style.DIM), sanitize(text))
        for name, text in rows
    ]
