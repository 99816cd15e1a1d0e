"""The timeline in an app of its own: its axis, its rows, its window, its foot."""

from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.geometry import Region

from harmless_lines import HOSTILE, is_harmless
from leo_engine.spec.model import Dag, RetryPolicy, Shell, Task
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.widgets.row_view import RowView
from leo_tui.widgets.timeline_pane import TimelinePane
from run_models import task_row
from run_story import at, attempt, row_of, story
from snapshots import SIZES, Snapshot


class Host(App[None]):
    """An app of one timeline, at a time that is told."""

    def __init__(self, model: RunModel | None, seconds: float = 134) -> None:
        super().__init__()
        self.seconds = seconds
        self.pane = TimelinePane(lambda: at(self.seconds))
        self.model = model
        self.opened: list[int | None] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.focus()
        if self.model is not None:
            self.pane.show(Timeline(self.model))

    def on_row_view_opened(self, message: RowView.Opened) -> None:
        self.opened.append(self.pane.task_number())


def nightly() -> RunModel:
    """Return the run of the design's sheet."""
    retried = {"pull_ads": {"retry": RetryPolicy(retries=4, delay_ms=14_000)}}
    shape = dag(
        "pull_users>load_users pull_orders>load_orders pull_ads "
        "pull_events>load_events>join_all>publish pull_clicks "
        "pull_users>check_001 pull_users>check_002 pull_users>check_003 "
        "pull_users>check_004",
        tasks=retried,
    )
    return story(
        shape,
        [
            attempt("pull_users", 0, 4.1),
            attempt("pull_orders", 0, 12, "failed"),
            attempt("pull_orders", 20, 34, "failed", number=2),
            attempt("pull_orders", 50, 62, "failed", number=3),
            attempt("pull_ads", 4, 32, "failed"),
            attempt("pull_ads", 60, 128, "failed", number=2),
            attempt("pull_events", 42),
            attempt("pull_clicks", 70),
            attempt("check_001", 90, 90.9),
            attempt("check_002", 92, 93.1),
            attempt("check_003", 131),
        ],
        [
            task_row(
                "pull_ads", "backoff", attempt=2, max_attempts=5, started_ms=at(60)
            ),
            task_row("check_004", "queued"),
            task_row("load_orders", "blocked", ended_ms=at(62)),
        ],
        median_ms={
            "pull_events": 200_000,
            "load_events": 30_000,
            "join_all": 60_000,
            "publish": 9_000,
            "pull_clicks": 90_000,
        },
        options={"slots": 8},
    )


def shown(pane: TimelinePane) -> list[str]:
    strips = pane.render_lines(Region(0, 0, *pane.size))
    return [strip.text.rstrip() for strip in strips]


def names(pane: TimelinePane) -> Sequence[str]:
    return [text.split()[1] for text in shown(pane) if text[1:2] in {*"✗✓◔↻▸"}]


async def test_a_run_in_pictures(snapshot: Snapshot) -> None:
    host = Host(nightly())
    async with host.run_test(size=SIZES[0]) as pilot:
        host.pane.take_cpu([(at(n), 50 + n % 40) for n in range(60, 134)])
        await snapshot(pilot, "timeline", SIZES)


async def test_zooming_and_panning_move_the_window_alone() -> None:
    host = Host(nightly())
    async with host.run_test(size=(100, 30)):
        pane = host.pane
        before, order = shown(pane), names(pane)
        pane.zoom_in()
        assert shown(pane)[0] != before[0]
        assert names(pane) == order
        pane.pan_left()
        assert "now" not in shown(pane)[0]
        pane.pan_right()
        pane.zoom_out()
        pane.fit()
        assert shown(pane) == before


async def test_time_that_passes_is_drawn() -> None:
    host = Host(nightly())
    async with host.run_test(size=(100, 30)) as pilot:
        before = shown(host.pane)
        host.seconds = 200
        host.pane.tick()
        await pilot.pause()
        assert shown(host.pane) != before


async def test_the_cursor_stays_on_its_task_when_others_start_before_it() -> None:
    model = story("a b c", [attempt("a", 5), attempt("b", 9)])
    host = Host(model, 20)
    async with host.run_test(size=(80, 20)) as pilot:
        pane = host.pane
        pane.show_task(model.index["b"])
        assert pane.cursor == 1
        early = attempt("c", 1)
        pane.take(model.take(None, [row_of(early)], [early]))
        await pilot.pause()
        assert (pane.cursor, pane.task_number()) == (2, model.index["b"])


async def test_all_tasks_or_the_critical_path_alone_can_be_shown() -> None:
    host = Host(nightly())
    async with host.run_test(size=(100, 30)):
        pane = host.pane
        assert pane.subtitle() == "9 of 14 · only started (A shows all)"
        pane.toggle_all()
        assert pane.row_count() == 14
        pane.toggle_critical()
        assert pane.subtitle().startswith("4 of 14 · critical path")
        pane.toggle_critical()
        assert pane.row_count() == 14


async def test_a_row_that_is_clicked_twice_is_opened() -> None:
    host = Host(nightly())
    async with host.run_test(size=(100, 30)) as pilot:
        await pilot.click(host.pane, offset=(5, 4), times=2)
        assert host.opened == [host.pane.task_number()]


async def test_a_low_pane_has_rows_and_no_foot() -> None:
    host = Host(nightly())
    async with host.run_test(size=(80, 12)):
        assert not any("slots" in text for text in shown(host.pane))
    async with Host(nightly()).run_test(size=(80, 13)) as pilot:
        assert any("slots" in text for text in shown(pilot.app.query_one(TimelinePane)))


async def test_without_a_run_or_a_start_it_says_so() -> None:
    async with Host(None).run_test(size=(80, 20)) as pilot:
        pane = pilot.app.query_one(TimelinePane)
        assert "No run is open." in "".join(shown(pane))
        for act in (pane.zoom_in, pane.pan_left, pane.fit, pane.toggle_all, pane.tick):
            act()
    async with Host(story("a")).run_test(size=(80, 20)) as pilot:
        pane = pilot.app.query_one(TimelinePane)
        assert "No task has started yet." in "".join(shown(pane))


async def test_no_name_reaches_the_terminal_as_it_is() -> None:
    tasks = tuple(
        Task(id=f"{text}{n}", base="t", action=Shell(":"))
        for n, text in enumerate(HOSTILE)
    )
    model = story(
        Dag(name="x", tasks=tasks), [attempt(task.id, 0, 5) for task in tasks]
    )
    for width in (60, 300):
        host = Host(model)
        async with host.run_test(size=(width, 30)):
            assert all(is_harmless(text) for text in shown(host.pane))


async def test_ten_thousand_tasks_cost_no_more_than_those_in_view() -> None:
    count = 10_000
    tasks = [f"t{n}" for n in range(count)]
    model = story(
        " ".join(tasks),
        [attempt(name, n / 100, n / 100 + 30) for n, name in enumerate(tasks)],
    )
    host = Host(model)
    async with host.run_test(size=(120, 30)):
        asked: list[int] = []
        timeline = host.pane.timeline
        assert timeline is not None
        of = timeline.stretches_of

        def counted(number: int, now_ms: int) -> object:
            asked.append(number)
            return of(number, now_ms)

        timeline.stretches_of = counted  # type: ignore[method-assign, assignment]
        host.pane.refresh()
        shown(host.pane)
        assert asked == list(range(22))


async def test_a_replay_stands_still() -> None:
    host = Host(nightly())
    async with host.run_test(size=(100, 30)) as pilot:
        host.pane.stand_at(at(50))
        await pilot.pause()
        before = shown(host.pane)
        host.seconds = 500
        host.pane.tick()
        await pilot.pause()
        assert shown(host.pane) == before
        host.pane.stand_at(None)
        await pilot.pause()
        assert shown(host.pane) != before
