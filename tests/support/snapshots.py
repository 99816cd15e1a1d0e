"""Pictures of a screen, compared byte for byte with those accepted before.

`await snapshot(pilot, "tasks")` in `test_x.py` is `snapshots/test_x/tasks-80x24.svg`;
with `SIZES` the terminal takes each size in turn. `LEO_UPDATE_SNAPSHOTS=1` accepts what
is shown now. The test gives the app a clock that stands still.
"""

import difflib
import html
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

Result = TypeVar("Result")
"""Of an app; no picture depends on it."""

FOLDER = Path(__file__).parents[2] / "snapshots"
SIZES = ((120, 40), (80, 24), (60, 16))

_UPDATE = "LEO_UPDATE_SNAPSHOTS"
_CELL_WIDTH = 12.2
"""Of Rich's SVG, which places texts by it."""
_UNIQUE = re.compile(r"terminal-\d+")
_TEXT = re.compile(r'<text [^>]*? x="([\d.]+)"[^>]*terminal-line-(\d+)[^>]*>([^<]*)<')


class Snapshot:
    """Checks pictures for the tests of one file."""

    def __init__(self, accepted: Path, rejected: Path) -> None:
        self._accepted = accepted
        self._rejected = rejected

    async def __call__(
        self,
        pilot: Pilot[Result],
        name: str,
        sizes: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Compare the screen, at its present size or at each of `sizes`."""
        __tracebackhide__ = True
        for width, height in sizes or [pilot.app.size]:
            if pilot.app.size != (width, height):
                await pilot.resize_terminal(width, height)
            self._compare(await picture(pilot), f"{name}-{width}x{height}.svg")

    def _compare(self, shown: str, file_name: str) -> None:
        __tracebackhide__ = True
        path = self._accepted / file_name
        if os.environ.get(_UPDATE) == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(shown, encoding="utf-8")
        accepted = path.read_text(encoding="utf-8") if path.exists() else ""
        if shown != accepted:
            rejected = self._rejected / file_name
            rejected.write_text(shown, encoding="utf-8")
            pytest.fail(
                f"{rejected}\nis not {path}\n{difference(accepted, shown)}\n"
                f"{_UPDATE}=1 accepts it",
                pytrace=False,
            )


async def picture(pilot: Pilot[Result]) -> str:
    """Return the screen as SVG, the same for the same cells."""
    for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
        field.cursor_blink = False
    await pilot.pause()
    return unnamed(pilot.app.export_screenshot())


def unnamed(svg: str) -> str:
    """Return a picture without the name that makes it unique."""
    return _UNIQUE.sub("terminal", svg)


def lines_of(svg: str) -> list[str]:
    """Return the text of a picture, line by line, without its trailing blanks."""
    rows: dict[int, str] = {}
    for x, number, text in _TEXT.findall(svg):
        row, column = int(number), round(float(x) / _CELL_WIDTH)
        rows[row] = rows.get(row, "").ljust(column) + html.unescape(text)
    whole = (rows.get(row, "") for row in range(max(rows, default=-1) + 1))
    return [text.replace("\xa0", " ").rstrip() for text in whole]


def difference(accepted: str, shown: str) -> str:
    """Return what differs, as lines of text, or that only colours do."""
    if not accepted:
        return "nothing was accepted yet"
    before, now = lines_of(accepted), lines_of(shown)
    if before == now:
        return "the same text in other styles"
    return "\n".join(difflib.unified_diff(before, now, "accepted", "shown", "", "", 1))


def stale(named: Mapping[str, str]) -> list[str]:
    """Return the pictures that no test names, given {test file's stem: its source}."""
    found = []
    for path in sorted(FOLDER.glob("*/*.svg")):
        name = path.stem.rpartition("-")[0]
        if f'"{name}"' not in named.get(path.parent.name, ""):
            found.append(str(path.relative_to(FOLDER)))
    return found
