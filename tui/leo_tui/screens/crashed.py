"""What is shown when the view has crashed: the run goes on without it."""

from leo_tui.screens.question import QuestionScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.answer import Answer

REOPEN, SAVE, QUIT = "reopen", "save", "quit"


class CrashedScreen(QuestionScreen):
    """Returns `reopen`, `save` or `quit`. For an app of its own: the other is gone."""

    def __init__(self, error: str, active_runs: int = 0) -> None:
        """`error` is the exception in one line."""
        super().__init__(
            "View crashed, run is alive",
            [
                line(Span(sanitize(error), Style.BAD)),
                line(""),
                line(f"{counted(active_runs, 'run')} active; nothing of it is lost."),
            ],
            (
                Answer(REOPEN, "r", "reopen"),
                Answer(SAVE, "s", "save report"),
                Answer(QUIT, "q", "quit view"),
            ),
        )
