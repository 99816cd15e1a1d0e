"""How late an event loop is, asked by a thread and written into a file line by line."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

_EVERY_S = 0.01


class LoopWatch:
    """Asks a loop every few milliseconds to look up, for as long as it lives."""

    def __init__(self, loop: asyncio.AbstractEventLoop, notes: Path) -> None:
        self._loop = loop
        self._notes = notes
        self._has_looked = threading.Event()

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._go_on, daemon=True).start()

    def _go_on(self) -> None:
        with self._notes.open("w", buffering=1) as notes:
            while not self._loop.is_closed():
                time.sleep(_EVERY_S)
                self._has_looked.clear()
                asked = time.perf_counter()
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._has_looked.set)
                    self._has_looked.wait()
                notes.write(f"{(time.perf_counter() - asked) * 1e3:.1f}\n")


def lateness_ms(notes: Path) -> list[float]:
    """Return how late each look was, in milliseconds, oldest first."""
    return [float(line) for line in notes.read_text().splitlines()]
