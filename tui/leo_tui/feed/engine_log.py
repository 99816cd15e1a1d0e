"""What the engine of this process did beside the tasks, the last of it.

Kept in memory: it can be read while the engine answers nothing, and leaves nothing
behind. Written on the engine's thread, read on the screen's.
"""

import traceback
from collections import deque
from collections.abc import Sequence

from leo_engine.clock import SystemClock
from leo_engine.ports import Clock
from leo_tui.viewmodels.engine_lines import LogEntry

_MOST_ENTRIES = 1_000
_MOST_FRAMES = 20


class EngineLog:
    """The last thousand things that happened."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._entries: deque[LogEntry] = deque(maxlen=_MOST_ENTRIES)

    def note(self, text: str) -> None:
        """Add something."""
        self._entries.append(LogEntry(self._clock.now_ms(), text))

    def note_trouble(self, text: str, error: BaseException) -> None:
        """Add something that went wrong, and where in the program."""
        lines = traceback.format_exception(error, limit=-_MOST_FRAMES)
        detail = "".join(lines).strip()
        self._entries.append(LogEntry(self._clock.now_ms(), text, detail))

    def entries(self) -> Sequence[LogEntry]:
        """Return everything kept, oldest first."""
        return list(self._entries)
