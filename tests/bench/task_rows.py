"""What ten thousand live tasks cost on the screen: CPU milliseconds, best of five.

    python tests/bench/task_rows.py

Budgets: 10,000 tasks shown in 50 ms, a burst of 1,000 changes drawn in 12 ms.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

from textual.app import App, ComposeResult
from textual.pilot import Pilot

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("engine", "tui", "tests/support")]

from leo_engine.spec.model import Dag, Shell, Task  # noqa: E402 -- after the path
from leo_tui.viewmodels.tasks.run_model import RunModel  # noqa: E402
from leo_tui.viewmodels.tasks.task_tree import TaskOrder  # noqa: E402
from leo_tui.widgets.tasks_panel import TasksPanel  # noqa: E402
from run_models import run_row, task_row  # noqa: E402

TASKS = 10_000
BURST = 1_000
ROUNDS = 5


class Host(App[None]):
    """An app of one panel."""

    def compose(self) -> ComposeResult:
        """Make the panel."""
        yield TasksPanel()


def ten_thousand() -> Dag:
    """Return a hundred matrices of a hundred."""
    tasks = [
        Task(id=f"m{base:02}[n={n}]", base=f"m{base:02}", action=Shell(":"))
        for base in range(100)
        for n in range(TASKS // 100)
    ]
    return Dag(name="etl", tasks=tuple(tasks))


def model_ms(dag: Dag) -> float:
    """Return what it takes to make the model."""
    return best(lambda: RunModel(dag, run_row()))


def take_us(dag: Dag) -> float:
    """Return what it takes to take one row in, in microseconds."""
    model = RunModel(dag, run_row())
    running = [task_row(name, "running") for name in model.ids]
    done = [task_row(name, "ok") for name in model.ids]

    def take() -> None:
        model.take(None, running, ())
        model.take(None, done, ())

    return best(take) / (2 * TASKS) * 1_000


def best(measured: Callable[[], object]) -> float:
    """Return the least CPU milliseconds of some calls."""
    found = []
    for _ in range(ROUNDS):
        begun = process_time()
        measured()
        found.append((process_time() - begun) * 1_000)
    return min(found)


class Screen:
    """The panel in an app, and what each action on it took at best."""

    def __init__(self, panel: TasksPanel, dag: Dag, pilot: Pilot[None]) -> None:
        self.panel = panel
        self.dag = dag
        self.pilot = pilot
        self.found_ms: dict[str, float] = {}

    async def measure(self, name: str, action: Callable[[], object]) -> None:
        """Do something and note its CPU milliseconds, painting included."""
        await self.pilot.pause()
        begun = process_time()
        action()
        await self.pilot.pause()
        spent = (process_time() - begun) * 1_000
        self.found_ms[name] = min(spent, self.found_ms.get(name, spent))

    async def go_round(self, word: str) -> None:
        """Measure each action once."""
        panel, model = self.panel, RunModel(self.dag, run_row())
        await self.measure("10,000 tasks shown", lambda: panel.show(model))
        rows = [task_row(name, word) for name in model.ids[:BURST]]
        changed = model.take(None, rows, ())
        await self.measure("1,000 tasks changed", lambda: panel.changed(changed))
        await self.measure("a tick", lambda: panel.tick(9_000))
        await self.measure("a page down", panel.cursor_page_down)
        await self.measure("a filter", lambda: panel.set_filter("n=7"))
        await self.measure("no filter", panel.clear_filter)
        await self.measure("sorted by state", lambda: panel.sort(TaskOrder.STATE))
        panel.sort(TaskOrder.DEFINITION)


async def screen_ms(dag: Dag) -> dict[str, float]:
    """Return {what: CPU milliseconds} of the panel."""
    app = Host()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = Screen(app.query_one(TasksPanel), dag, pilot)
        for turn in range(ROUNDS):
            await screen.go_round("running" if turn % 2 else "failed")
    return screen.found_ms


def main() -> None:
    """Print the table."""
    dag = ten_thousand()
    print(f"{'model of 10,000 tasks':40} {model_ms(dag):7.1f} ms")
    print(f"{'one row taken in':40} {take_us(dag):7.2f} us")
    for name, spent in asyncio.run(screen_ms(dag)).items():
        print(f"{name:40} {spent:7.1f} ms")


if __name__ == "__main__":
    main()
