"""What a task has written, to be printed below its line."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from leo_engine.app.types import LogFile
from leo_engine.errors import LeoError
from leo_tui.text.sanitize import sanitize, sanitize_output
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

MOST_CHARACTERS = 64 * 1024
_BAR = Span("│ ", Style.DIM)


class LogSource(Protocol):
    """The part of the engine that finds and reads logs."""

    def logs(
        self, prefix: str, task: str = "", attempt: int | None = None
    ) -> list[LogFile]:
        """Return the logs of one task."""

    def read_log(self, log: LogFile) -> Iterable[str]:
        """Return its lines."""


def task_output(
    engine: LogSource, run_id: str, task: str, attempt: int
) -> Iterator[Line]:
    """Yield the lines of one attempt, harmless, with a mark at 64 KiB if cut.

    A log that cannot be read says so in its place: it must not end the run.
    """
    if attempt == 0:
        return
    try:
        for log in engine.logs(run_id, task, attempt):
            yield from _lines(engine, log)
    except (LeoError, OSError) as error:
        yield line(
            _BAR, Span(f"… no output to show: {sanitize(str(error))}", Style.CARE)
        )


def _lines(engine: LogSource, log: LogFile) -> Iterator[Line]:
    room = MOST_CHARACTERS
    for text in engine.read_log(log):
        shown = sanitize_output(text[:room].rstrip("\n"))
        yield line(_BAR, shown)
        room -= len(text)
        if room <= 0:
            cut = f"… cut at 64 KiB; all of it: {sanitize(str(log.path))}"
            yield line(_BAR, Span(cut, Style.CARE))
            return
