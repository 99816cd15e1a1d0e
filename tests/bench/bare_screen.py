"""The least that a Textual app can be, to compare leo-tui's screen with.

Two lines of text, a counter of keys, and, with `tick`, a line that changes thirty times
a second.
"""

import sys

from rich.segment import Segment
from textual import events
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widget import Widget


class _Lines(Widget):
    """Line API, as leo-tui's own widgets."""

    keys = 0
    ticks = 0

    def render_line(self, y: int) -> Strip:
        words = {0: "bare screen", 1: f"keys {self.keys}", 2: f"ticks {self.ticks}"}
        return Strip([Segment(words.get(y, ""))]).extend_cell_length(self.size.width)


class _Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield _Lines()

    def on_mount(self) -> None:
        if "tick" in sys.argv:
            self.set_interval(1 / 30, self._tick)

    def _tick(self) -> None:
        lines = self.query_one(_Lines)
        lines.ticks += 1
        lines.refresh()

    def on_key(self, event: events.Key) -> None:
        if event.key == "q":
            self.exit()
        lines = self.query_one(_Lines)
        lines.keys += 1
        lines.refresh()


if __name__ == "__main__":
    _Bare().run()
