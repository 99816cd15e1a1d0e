"""An app that never waits for its terminal.

The frame gate holds back what the app draws by itself; what keys, the mouse and Textual
have drawn passes here, and is left out as well while the terminal takes nothing. What
was left out is made up for by one whole frame.
"""

from rich.console import RenderableType
from textual.app import App
from textual.screen import Screen

from leo_tui.widgets.frame_gate import ReturnType, waiting_frames

_MOST_WAITING = 12
"""Of the thirty writes that Textual queues; a frame is three of them."""
_LOOK_AGAIN_S = 0.05


class PatientApp(App[ReturnType]):
    """An app that leaves frames out rather than wait."""

    _owes_frame = False

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
