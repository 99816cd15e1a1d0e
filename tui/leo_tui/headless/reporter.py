"""What every way of telling about a run without a screen can do."""

from collections.abc import Sequence
from typing import Protocol

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer


class Reporter(Observer, Protocol):
    """Tells people or programs about runs, in whatever form the output asks for.

    `on_stored` takes notes; `tick` may draw them. Both are called on the engine's
    thread, cost O(what changed or is shown), and never wait for the reader.
    """

    def tick(self) -> None:
        """Show what has changed; called about ten times a second."""

    def notice(self, text: str) -> None:
        """Say something between the lines: that the run is being stopped."""

    def close(self, results: Sequence[RunResult]) -> None:
        """Tell how everything ended and put the output back as it was found.

        `results` is empty when the runs were given up.
        """
