"""The tasks panel in an app of its own."""

from textual.app import App, ComposeResult
from textual.geometry import Region

from leo_engine.spec.model import Dag, Shell, Task
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.widgets.tasks_panel import TasksPanel
from run_models import change, task_row


class Host(App[None]):
    """An app of one panel that writes down what it says."""

    def __init__(self, panel: TasksPanel) -> None:
        super().__init__()
        self.panel = panel
        self.moves: list[int | None] = []
        self.opened: list[int] = []

    def compose(self) -> ComposeResult:
        """Make the panel."""
        yield self.panel

    def on_mount(self) -> None:
        """Let the keys go to it."""
        self.panel.focus()

    def on_tasks_panel_moved(self, message: TasksPanel.Moved) -> None:
        """Note where the cursor went."""
        self.moves.append(message.task)

    def on_tasks_panel_opened(self, message: TasksPanel.Opened) -> None:
        """Note what was opened."""
        self.opened.append(message.task)


def shown(panel: TasksPanel) -> list[str]:
    """Return the lines of the panel that are not blank."""
    lines = panel.render_lines(Region(0, 0, *panel.size))
    return [text for strip in lines if (text := strip.text.rstrip())]


def matrix(*sizes: int) -> Dag:
    """Return a DAG of a matrix `a` of the first size, `b` of the second, and so on."""
    tasks = [
        Task(id=f"{base}[n={n}]", base=base, action=Shell(":"))
        for base, size in zip("abcdef", sizes, strict=False)
        for n in range(size)
    ]
    return Dag(name="etl", tasks=tuple(tasks))


def failed(model: RunModel, *names: str) -> set[int]:
    """Let tasks fail, one after the other, and return which changed."""
    rows = [task_row(n, "failed", ended_ms=at) for at, n in enumerate(names)]
    return change(model, *rows)
