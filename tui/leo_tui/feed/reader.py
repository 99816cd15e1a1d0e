"""A thread that reads: files, the store, the machine. It never drives a run.

Reading a large run takes a tenth of a second; neither the engine's loop nor the
screen's is to wait for that.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from leo_engine.app import Engine, Settings

T = TypeVar("T")


class Reader:
    """One engine on one thread, asked from the screen's loop, question by question."""

    def __init__(self, settings: Settings) -> None:
        self._engine = Engine(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="leo-reader")

    async def ask(self, question: Callable[[Engine], T]) -> T:
        """Return the answer to a question put to the engine on the reading thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, question, self._engine)

    def close(self) -> None:
        """Wait for the question under way and close the store."""
        self._thread.submit(self._engine.close)
        self._thread.shutdown(wait=True, cancel_futures=False)
