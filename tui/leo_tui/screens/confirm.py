"""A question with two or three answers, of which no is the safe one."""

from collections.abc import Sequence

from leo_tui.screens.question import QuestionScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.units import counted
from leo_tui.viewmodels.spans import Line, line
from leo_tui.widgets.answer import Answer

NO, YES, THIRD = "no", "yes", "third"


class ConfirmScreen(QuestionScreen):
    """Returns `yes`, `third` or `no`; esc is `no`."""

    def __init__(
        self,
        title: str,
        lines: Sequence[Line],
        *,
        yes: str,
        no: str,
        third: str = "",
        third_key: str = "a",
    ) -> None:
        answers = [Answer(NO, "n", no), Answer(YES, "y", yes)]
        if third:
            answers.append(Answer(THIRD, third_key, third))
        super().__init__(title, lines, answers)


def quit_question(active_runs: int, summary: Sequence[str] = ()) -> ConfirmScreen:
    """Ask what becomes of the runs of this process: `yes` stops, `third` leaves them.

    `summary` names them, a line each.
    """
    them, they = ("it", "It goes") if active_runs == 1 else ("them", "They go")
    return ConfirmScreen(
        f"Quit with {counted(active_runs, 'run')} active?",
        [
            *(line(sanitize(text)) for text in summary),
            line(f"{they} on without this screen when you leave {them} running."),
        ],
        no="stay",
        yes=f"stop {them}, c continues {them}",
        third=f"leave {them} running",
        third_key="l",
    )
