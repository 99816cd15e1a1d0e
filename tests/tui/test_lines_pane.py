"""Pages of lines in an app of their own: scrolling, leading, copying, resizing."""

from textual.app import App, ComposeResult
from textual.geometry import Region

from harmless_lines import HOSTILE, is_harmless
from leo_engine.errors import Problem
from leo_engine.ports import HostSample, ResourceSample
from leo_engine.spec.model import Argv, RetryPolicy, Secret
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.panels.details import task_page
from leo_tui.viewmodels.panels.meter_lines import meters_page
from leo_tui.viewmodels.panels.meters import Meters
from leo_tui.viewmodels.panels.page import FileTarget, Page, TaskTarget
from leo_tui.viewmodels.panels.problems import LastGood, problems_page
from leo_tui.viewmodels.spans import line
from leo_tui.widgets.lines_pane import LinesPane, Paging
from leo_tui.widgets.row_view import RowView
from run_models import task_row
from run_story import START_MS, at, attempt, story
from snapshots import SIZES, Snapshot

MIB = 1 << 20
ALL = Region(0, 0, 40, 3)


class Host(App[None]):
    """An app of one page."""

    def __init__(
        self, paging: Paging | None, empty: str = "", *, still: bool = False
    ) -> None:
        super().__init__()
        self.pane = LinesPane(empty=empty, still=still)
        self.paging = paging
        self.opened: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.focus()
        self.pane.show(self.paging)

    def on_row_view_opened(self, message: RowView.Opened) -> None:
        self.opened.append(self.pane.target())


def numbered(count: int) -> Paging:
    def page(width: int) -> Page:
        lines = [line(f"line {n} of {width}") for n in range(count)]
        return Page(lines, {3: TaskTarget("a")})

    return page


def shown(pane: LinesPane) -> list[str]:
    strips = pane.render_lines(Region(0, 0, *pane.size))
    return [strip.text.strip() for strip in strips]


async def test_a_page_is_made_for_the_width_it_gets() -> None:
    host = Host(numbered(3))
    async with host.run_test(size=(40, 10)) as pilot:
        assert shown(host.pane)[0] == "line 0 of 38"
        await pilot.resize_terminal(60, 10)
        assert shown(host.pane)[0] == "line 0 of 58"


async def test_a_line_leads_where_its_page_says() -> None:
    host = Host(numbered(9))
    async with host.run_test(size=(40, 6)) as pilot:
        assert host.pane.target() is None
        await pilot.click(host.pane, offset=(3, 3), times=2)
        assert host.opened == [TaskTarget("a")]


async def test_a_page_told_anew_keeps_the_cursor_and_another_one_does_not() -> None:
    host = Host(numbered(50))
    async with host.run_test(size=(40, 6)) as pilot:
        host.pane.move_cursor(30)
        host.pane.show(numbered(40))
        await pilot.pause()
        assert host.pane.cursor == 30
        assert any("line 30 " in text for text in shown(host.pane))
        host.pane.show(numbered(10))
        assert host.pane.cursor == 9
        host.pane.show(numbered(50), from_top=True)
        assert host.pane.cursor == 0


async def test_lines_can_be_copied() -> None:
    host = Host(numbered(4))
    async with host.run_test(size=(40, 6)):
        pane = host.pane
        assert pane.selected_text() == "line 0 of 38"
        pane.move_cursor(1)
        pane.mark_toggle()
        pane.move_cursor(3)
        pane.mark_toggle()
        assert pane.selected_text() == "line 1 of 38\nline 3 of 38"
        assert pane.text().count("\n") == 3


async def test_a_pane_without_a_page_says_what_it_was_told_to() -> None:
    host = Host(None, "No task is chosen.")
    async with host.run_test(size=(40, 6)):
        assert shown(host.pane)[0] == "No task is chosen."
        assert (host.pane.text(), host.pane.selected_text()) == ("", "")


async def test_a_still_pane_is_as_high_as_its_page_and_takes_no_focus() -> None:
    host = Host(numbered(3), still=True)
    async with host.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert host.pane.size.height == 3
        assert not host.pane.has_focus
        styles = [strip._segments[-1].style for strip in host.pane.render_lines(ALL)]
        assert len(set(styles)) == 1
        host.pane.show(numbered(5))
        await pilot.pause()
        assert host.pane.size.height == 5


async def test_a_page_that_says_the_same_again_is_not_drawn_again() -> None:
    host = Host(numbered(30))
    async with host.run_test(size=(40, 10)) as pilot:
        drawn: list[int] = []
        host.pane.refresh_rows = lambda: drawn.append(1)  # type: ignore[method-assign]
        host.pane.show(numbered(30))
        await pilot.pause()
        assert not drawn
        host.pane.show(numbered(31))
        assert drawn


async def test_details_in_pictures(snapshot: Snapshot) -> None:
    shape = dag(
        "pull_users>pull_orders>load_orders pull_orders>join_orders",
        tasks={
            "pull_orders": {
                "action": Argv(("python", "pull.py", "--table", "orders")),
                "env": (("CHUNK", "10000"),),
                "secrets": (Secret("PGPASSWORD", "env:DB_PASSWORD"),),
                "retry": RetryPolicy(retries=2, delay_ms=8_000),
                "timeout_ms": 60_000,
                "pool": "db",
            }
        },
    )
    tries = [
        attempt(
            "pull_orders",
            20 * n,
            20 * n + 12,
            "failed",
            number=n + 1,
            reason="exit 2",
            exit_code=2,
            cpu_ms=3_100,
            peak_rss_bytes=212 * MIB,
        )
        for n in range(3)
    ]
    failed = task_row(
        "pull_orders",
        "failed",
        attempt=3,
        max_attempts=3,
        started_ms=at(40),
        ended_ms=at(52),
        reason="exit 2",
        definition_hash="9f31c2aa",
    )
    blocked = [task_row(task, "blocked") for task in ("load_orders", "join_orders")]
    model = story(shape, [attempt("pull_users", 0, 4.1), *tries], [failed, *blocked])
    host = Host(
        lambda width: task_page(
            model, 1, width=width, now_ms=at(60), log_path="/state/runs/41/3.log"
        )
    )
    async with host.run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, "details", SIZES)


async def test_problems_in_pictures(snapshot: Snapshot) -> None:
    problems = [
        Problem(
            message="unknown key 'dependss'",
            hint="did you mean 'depends'?",
            file="broken.yaml",
            line=14,
            column=5,
            excerpt="    dependss: [load_a]",
        ),
        Problem(
            message="cycle: join_a → load_b → join_a",
            file="broken.yaml",
            line=22,
            column=5,
        ),
    ]
    good = LastGood("77ab01", START_MS, ["#12"])
    host = Host(lambda width: problems_page(problems, width=width, last_good=good))
    async with host.run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, "problems", SIZES)
        host.pane.move_cursor(max(host.pane.page.targets))
        assert host.pane.target() == FileTarget("broken.yaml", 22, 5)


async def test_meters_in_pictures(snapshot: Snapshot) -> None:
    model = story(
        "pull_users pull_events pull_clicks",
        [
            attempt("pull_users", 0, 4.1, cpu_ms=3_000, peak_rss_bytes=90 * MIB),
            attempt("pull_events", 5),
            attempt("pull_clicks", 6),
        ],
    )
    meters = Meters()
    for second in range(100):
        wave = abs(second % 40 - 20)
        meters.take_host(
            second * 1_000,
            HostSample(
                period_ms=1_000,
                cpu_percent=40 + 3 * wave,
                memory_used_bytes=(5_000 + 20 * wave) * MIB,
                memory_total_bytes=24 << 30,
                disk_bytes=wave * 4 * MIB,
                net_bytes=(20 - wave) * MIB,
            ),
        )
        meters.take_tasks(
            second * 1_000,
            {
                1: ResourceSample(second * 900 + wave * 40, (180 + wave) * MIB, 4),
                2: ResourceSample(second * 300, 60 * MIB, 1),
            },
        )
    host = Host(lambda width: meters_page(meters, model, width))
    async with host.run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, "meters", SIZES)


async def test_no_text_reaches_the_terminal_as_it_is() -> None:
    problems = [Problem(message=text, file=text, excerpt=text) for text in HOSTILE]
    for width in (60, 300):
        host = Host(lambda width: problems_page(problems, width=width))
        async with host.run_test(size=(width, 40)):
            assert all(is_harmless(text) for text in shown(host.pane))
