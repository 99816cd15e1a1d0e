"""Taking back what changed the view: marks, filters, folds."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import NamedTuple

from leo_tui.screens.main.scene import Scene
from leo_tui.text.sanitize import sanitize
from leo_tui.units import counted
from leo_tui.widgets.files_panel import FilesPanel
from leo_tui.widgets.runs_panel import RunsPanel
from leo_tui.widgets.tasks_panel import TasksPanel

ListPanel = FilesPanel | RunsPanel | TasksPanel


class Look(NamedTuple):
    """How a list is looked at."""

    marks: Sequence[Hashable]
    filter_text: str
    folded: Sequence[str]


class Undoing:
    """Remembers how a list was looked at before that changed."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def keeping(
        self, panel: ListPanel, change: Callable[[], object]
    ) -> Callable[[], None]:
        """Return a change that can be undone."""

        def act() -> None:
            before = look_at(panel)
            change()
            self.note(panel, before)

        return act

    def note(self, panel: ListPanel, before: Look) -> None:
        """Remember how a list was looked at, if that is different by now."""
        now = look_at(panel)
        if now == before:
            return
        rows_of = self._rows_of(panel)
        has_other_marks = now.marks != before.marks

        def why_not() -> str:
            if has_other_marks and self._rows_of(panel) != rows_of:
                return "the marks were on rows that are not shown now"
            return ""

        back = partial(_restore, panel, before, with_marks=has_other_marks)
        self._scene.can_undo(_title(before, now), back, why_not)

    def _rows_of(self, panel: ListPanel) -> tuple[str, ...]:
        """Return what the rows are rows of: marks mean nothing elsewhere."""
        match panel:
            case TasksPanel():
                return self._scene.dag_name, self._scene.run_id
            case RunsPanel():
                return (self._scene.dag_name,)
            case FilesPanel():
                return ()


def look_at(panel: ListPanel) -> Look:
    """Return how a list is looked at."""
    folded: Sequence[str] = ()
    if isinstance(panel, TasksPanel) and panel.task_tree is not None:
        folded = panel.task_tree.folded_keys()
    return Look(panel.marked_keys, panel.filter_text, folded)


def _restore(panel: ListPanel, look: Look, *, with_marks: bool) -> None:
    if with_marks:
        panel.clear_marks(but=look.marks)
    if panel.filter_text != look.filter_text:
        panel.set_filter(look.filter_text)
    if isinstance(panel, TasksPanel) and panel.task_tree is not None:
        panel.task_tree.fold_keys(look.folded)
        panel.refresh_rows()


def _title(before: Look, now: Look) -> str:
    if before.filter_text != now.filter_text:
        if now.filter_text:
            return f"the filter '{sanitize(now.filter_text)}'"
        return f"dropping the filter '{sanitize(before.filter_text)}'"
    if before.marks != now.marks:
        more = len(now.marks) - len(before.marks)
        verb = "marking" if more > 0 else "unmarking"
        return f"{verb} {counted(abs(more), 'row')}"
    more = len(now.folded) - len(before.folded)
    verb = "folding" if more > 0 else "unfolding"
    return f"{verb} {counted(abs(more), 'group')}"
