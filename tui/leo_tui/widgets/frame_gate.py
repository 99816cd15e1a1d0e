"""Whether a frame may be drawn now: not while the terminal is still to take the last.

Textual hands what it draws to a thread that writes; the queue between them holds thirty
frames, and a full one stops the whole loop. A terminal that does not read (a slow ssh,
`ctrl-s`, copy mode of tmux) fills it. So frames are left out while some still wait.
"""

from collections.abc import Callable
from typing import TypeVar

from textual.app import App

from leo_tui.viewmodels.panels.performance import SLOW_FRAME_MS, FrameCounts

ReturnType = TypeVar("ReturnType")

_MOST_WAITING = 3
_SLACK_MS = 8
"""A timer that comes a little early still gets its frame."""
_SLOW_FRAMES = 10
_CLOSED_GATES = 3
_FASTER_AFTER_MS = 2_000
RATES = (30, 15, 5)
"""Frames a second: as it should be, then for terminals and machines that lag."""


def waiting_frames(app: App[ReturnType]) -> int:
    """Return how many writes the terminal has not taken yet; 0 without a terminal."""
    writer = getattr(app._driver, "_writer_thread", None)  # noqa: SLF001 -- nothing public tells
    return 0 if writer is None else writer._queue.qsize()  # noqa: SLF001 -- as above


class FrameGate:
    """Opens for a frame when it is time for one and the terminal keeps up."""

    def __init__(self, waiting: Callable[[], int], most_fps: int = RATES[0]) -> None:
        self._waiting = waiting
        self._counts = FrameCounts()
        self.limit(most_fps)
        self._closed = 0
        self._slow = 0
        self._last_ms = 0
        self._slowed_ms = 0

    def limit(self, most_fps: int) -> None:
        """Try for so many frames a second from now on, and for fewer when need be."""
        self._rates = (most_fps, *(rate for rate in RATES if rate < most_fps))
        self._level = 0

    @property
    def most_fps(self) -> int:
        """Frames a second while nothing lags."""
        return self._rates[0]

    def counts(self) -> FrameCounts:
        """Return what happened since this was last asked."""
        counts, self._counts = self._counts, FrameCounts()
        return counts

    @property
    def fps(self) -> int:
        """Frames a second that are tried for at the moment."""
        return self._rates[self._level]

    def keeps_up(self) -> bool:
        """Tell whether the terminal has taken nearly all that was drawn."""
        return self._waiting() <= _MOST_WAITING

    def is_open(self, now_ms: int) -> bool:
        """Tell whether to draw a frame now, and take it as drawn."""
        if now_ms - self._last_ms < 1000 // self.fps - _SLACK_MS:
            return False
        if not self.keeps_up():
            self._closed += 1
            self._counts = self._counts._replace(left_out=self._counts.left_out + 1)
            if self._closed >= _CLOSED_GATES:
                self._slow_down(now_ms)
            return False
        self._closed = 0
        self._last_ms = now_ms
        if self._level and now_ms - self._slowed_ms >= _FASTER_AFTER_MS:
            self._level -= 1
            self._slowed_ms = now_ms
        return True

    def took(self, frame_ms: float, now_ms: int) -> None:
        """Note how long the frame's work took."""
        taken, left_out, spent_ms, longest_ms = self._counts
        self._counts = FrameCounts(
            *(taken + 1, left_out),
            *(spent_ms + int(frame_ms), max(longest_ms, int(frame_ms))),
        )
        self._slow = self._slow + 1 if frame_ms > SLOW_FRAME_MS else 0
        if self._slow >= _SLOW_FRAMES:
            self._slow_down(now_ms)

    def _slow_down(self, now_ms: int) -> None:
        self._level = min(self._level + 1, len(self._rates) - 1)
        self._slowed_ms = now_ms
        self._closed = self._slow = 0
