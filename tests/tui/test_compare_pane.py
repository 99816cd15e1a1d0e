"""The comparison in an app of its own: the table, its order, its text."""

from textual.app import App, ComposeResult
from textual.geometry import Region

from leo_engine.app.types import RunComparison, TaskComparison
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus
from leo_tui.viewmodels.panels.comparison import Comparison
from leo_tui.widgets.compare_pane import ComparePane
from run_models import run_row, task_row
from run_story import START_MS, at
from snapshots import SIZES, Snapshot

NOW_MS = at(134)


class Host(App[None]):
    """An app of one comparison."""

    def __init__(self, comparison: Comparison | None) -> None:
        super().__init__()
        self.pane = ComparePane()
        self.comparison = comparison

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.focus()
        self.pane.show(self.comparison)


def sheet() -> Comparison:
    """Return the runs of the design's sheet."""
    before = run_row(
        status=RunStatus.FAILED,
        created_ms=START_MS - 2_000_000,
        started_ms=START_MS - 2_000_000,
        ended_ms=START_MS - 918_000,
        dag_hash="77ab01",
    )
    after = run_row(
        created_ms=START_MS, started_ms=START_MS, dag_hash="9f31c2", generation=2
    )

    def task(
        name: str,
        one: TaskRow | None,
        two: TaskRow | None,
        *took: int | None,
        edited: bool = False,
    ) -> TaskComparison:
        return TaskComparison(name, one, two, took[0], took[1], edited)

    def ok(name: str, generation: int = 2) -> TaskRow:
        return task_row(name, "ok", attempt=1, generation=generation)

    events = task_row(
        "pull_events", "running", attempt=1, started_ms=NOW_MS - 58_300, generation=2
    )
    check = task_row(
        "check_003", "running", attempt=1, started_ms=NOW_MS - 3_000, generation=2
    )
    tasks = (
        task(
            "pull_orders",
            ok("pull_orders"),
            task_row("pull_orders", "failed", attempt=3, reason="exit 2"),
            11_200,
            12_000,
        ),
        task("pull_events", ok("pull_events"), events, 21_000, None),
        task(
            "pull_ads",
            ok("pull_ads"),
            task_row("pull_ads", "backoff", attempt=2, reason="exit 75"),
            3_000,
            2_000,
        ),
        task("check_003", ok("check_003"), check, 900, None, edited=True),
        task(
            "join_orders",
            task_row("join_orders", "failed", attempt=1, reason="exit 1"),
            task_row("join_orders", "blocked", reason="pull_orders did not succeed"),
            44_100,
            None,
        ),
        task("dedupe_users", None, task_row("dedupe_users"), None, None),
        task("load_users", ok("load_users"), ok("load_users", 1), 8_800, 8_800),
        *(task(f"t{n}", ok(f"t{n}"), ok(f"t{n}"), 5_000, 5_100) for n in range(991)),
    )
    params = {"day": ("2024-03-01", "2024-03-02")}
    comparison = RunComparison(before, after, params, tasks)
    return Comparison(comparison, now_ms=NOW_MS, names=("run 40", "run 41"))


def shown(pane: ComparePane) -> list[str]:
    strips = pane.render_lines(Region(0, 0, *pane.size))
    return [strip.text.strip() for strip in strips]


async def test_two_runs_in_pictures(snapshot: Snapshot) -> None:
    async with Host(sheet()).run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, "compare", SIZES)


async def test_the_cursor_stays_on_its_task_in_another_order() -> None:
    host = Host(sheet())
    async with host.run_test(size=(120, 30)) as pilot:
        pane = host.pane
        assert pane.task_id() is None  # a parameter
        pane.move_cursor(2)
        task = pane.task_id()
        pane.sort_next()
        await pilot.pause()
        assert pane.task_id() == task
        pane.sort_previous()
        assert (pane.cursor, pane.task_id()) == (2, task)


async def test_everything_can_be_shown_and_copied() -> None:
    host = Host(sheet())
    async with host.run_test(size=(120, 30)):
        pane = host.pane
        assert pane.subtitle() == "8 differences"
        assert "991 tasks (A shows them)" in pane.text()
        pane.toggle_all()
        assert pane.row_count() == 999
        assert "t990" in pane.text()


async def test_runs_told_anew_are_looked_at_as_before() -> None:
    host = Host(sheet())
    async with host.run_test(size=(120, 30)):
        host.pane.toggle_all()
        host.pane.sort_next()
        host.pane.show(sheet())
        assert host.pane.row_count() == 999


async def test_without_two_runs_it_says_so() -> None:
    host = Host(None)
    async with host.run_test(size=(80, 10)):
        pane = host.pane
        assert shown(pane)[0] == "No runs to compare."
        for act in (pane.toggle_all, pane.sort_next, pane.sort_previous):
            act()
        assert (pane.text(), pane.subtitle(), pane.task_id()) == ("", "", None)
