"""An app that never waits for its terminal, be it slow or gone.

The frame gate holds back what the app draws by itself; what keys, the mouse and Textual
have drawn passes here, and is left out as well while the terminal takes nothing. What
was left out is made up for by one whole frame.

What is written to a terminal that was closed is dropped: the thread that writes would
end of the error, and whoever writes on would wait for it for ever.
"""

import contextlib
from typing import IO, TYPE_CHECKING, cast

from rich.console import RenderableType
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen

from leo_tui.widgets.frame_gate import ReturnType, waiting_frames

if TYPE_CHECKING:
    from io import TextIOWrapper

_MOST_WAITING = 12
"""Of the thirty writes that Textual queues; a frame is three of them."""
_LOOK_AGAIN_S = 0.05


class PatientApp(App[ReturnType]):
    """An app that leaves frames out rather than wait."""

    _owes_frame = False

    def get_driver_class(self) -> type[Driver]:
        """Return the driver to use; a terminal's gets over it when that goes."""
        chosen = super().get_driver_class()
        return _LastingDriver if chosen is LinuxDriver else chosen

    def _display(
        self, screen: Screen[object], renderable: RenderableType | None
    ) -> None:
        """Write a frame, if the terminal keeps up. Called by Textual."""
        if waiting_frames(self) <= _MOST_WAITING:
            super()._display(screen, renderable)
        elif not self._owes_frame:
            self._owes_frame = True
            self.set_timer(_LOOK_AGAIN_S, self._make_up)

    def _make_up(self) -> None:
        if waiting_frames(self):
            self.set_timer(_LOOK_AGAIN_S, self._make_up)
        else:
            self._owes_frame = False
            self.refresh()


class _LastingDriver(LinuxDriver):
    _lasting: "LastingFile | None" = None

    def start_application_mode(self) -> None:
        """Take the terminal; again, when it was lent."""
        if self._lasting is None and self._file is not None:
            self._lasting = LastingFile(self._file)
            self._file = cast("TextIOWrapper", self._lasting)
        super().start_application_mode()  # type: ignore[no-untyped-call]


class LastingFile:
    """The terminal as a file, for one thread; drops what cannot be written."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write a text, if it can be."""
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Have it written, if it can be."""
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return its number."""
        return self._file.fileno()
