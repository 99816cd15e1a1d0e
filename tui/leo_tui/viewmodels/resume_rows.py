"""What a retry or a resume would do, task by task."""

from collections.abc import Sequence

from leo_engine.app.types import ResumeChoice
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cut, cut_middle, pad
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

_TASK_SHARE = 0.45
_MOST_TASK_CELLS = 40


def counts_line(choices: Sequence[ResumeChoice]) -> Line:
    """Return `412 kept, 48 to run`."""
    kept = sum(choice.keeps for choice in choices)
    to_run = Span(f"{len(choices) - kept} to run", Style.BOLD)
    return line(f"{kept} kept, ", to_run)


def choice_line(choice: ResumeChoice, width: int) -> Line:
    """Return `▸ run   load_orders   failed: exit 2`."""
    look = LOOKS[TaskState.KEPT if choice.keeps else TaskState.RUNNING]
    verb = "keep" if choice.keeps else "run "
    style = Style.DIM if choice.keeps else Style.PLAIN
    task_cells = min(_MOST_TASK_CELLS, int(width * _TASK_SHARE))
    task = pad(cut_middle(sanitize(choice.task), task_cells), task_cells)
    room = width - task_cells - 10
    return line(
        Span(f"{look.glyph} ", look.style),
        Span(f"{verb}  {task}  ", style),
        Span(cut(sanitize(choice.reason), max(room, 0)), Style.DIM),
    )
