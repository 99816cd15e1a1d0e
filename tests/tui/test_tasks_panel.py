"""The tasks panel in an app of its own: its rows, and where its cursor goes."""

from random import Random

import pytest
from textual.app import ComposeResult

from leo_engine.testing.builders import dag, with_fields
from leo_tui.viewmodels.spans import line
from leo_tui.viewmodels.tasks.task_tree import TaskOrder
from leo_tui.widgets.tasks_panel import TasksPanel
from leo_tui.widgets.themed_app import ThemedApp
from run_models import STATUSES, change, opened, run_row, task_row
from snapshots import Snapshot
from tasks_host import Host, matrix, shown


class PictureHost(ThemedApp[None]):
    """An app in our colours."""

    def __init__(self, panel: TasksPanel) -> None:
        super().__init__()
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_mount(self) -> None:
        self.panel.focus()


async def test_shows_groups_and_tasks() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 8)):
        panel.show(opened(matrix(2, 1), None, **{"a[n=0]": "ok"}))
        assert shown(panel) == [
            " ▾ ◦ a      1/2",
            "     ✓ [n=0]",
            "     ◦ [n=1]",
            "   ◦ b[n=0]",
        ]
        assert panel.footer() == "1 of 4 shown · 3 total"
        assert panel.footer(is_short=True) == "1 of 4"


async def test_without_a_run_it_shows_what_it_is_given() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 8)):
        panel.show(None, empty=[line("Never run. s starts it.")])
        assert shown(panel) == ["Never run. s starts it."]
        panel.changed({1, 2})
        panel.tick(1)
        panel.set_filter("x")
        panel.fold_all()
        panel.go_to(0)
        panel.mark_news(0)
        assert (panel.chosen(), panel.cursor_task(), panel.footer()) == ([], None, "")
        assert not any([panel.first_failure(), panel.next_failure(), panel.toggle()])


async def test_a_changed_task_and_its_group_are_drawn_anew() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(60, 8)) as pilot:
        model = opened(matrix(2))
        panel.show(model)
        await pilot.pause()
        panel.changed(change(model, task_row("a[n=1]", "running", started_ms=1_000)))
        panel.tick(5_000)
        await pilot.pause()
        assert shown(panel)[0].split() == ["▾", "▸", "a", "0/2", "0:04"]
        assert shown(panel)[2].split() == ["▸", "[n=1]", "4.0s"]


async def test_what_is_queued_says_so_until_a_slot_is_free() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(60, 8)) as pilot:
        run = run_row(options={"slots": 1})
        model = opened("a b", run, a="running", b="queued")
        panel.show(model)
        assert shown(panel)[1].endswith("queued: slots 1/1")
        panel.changed(change(model, task_row("a", "ok")))
        await pilot.pause()
        assert shown(panel)[1].endswith("queued")


async def test_only_the_row_of_the_cursor_counts_what_it_blocks() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(80, 12)):
        panel.show(opened("a>b c>d", a="failed", c="failed", b="blocked", d="blocked"))
        rows = [row for row in shown(panel) if "blocks 1" in row]
        assert [row.split()[1] for row in rows] == ["a"]


async def test_a_filter_that_nothing_matches_says_how_to_leave_it() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(60, 8)):
        panel.show(opened(matrix(3)))
        panel.set_filter("xyz")
        assert shown(panel) == [" 0 of 3 match 'xyz'. esc clears."]
        assert panel.footer() == "0 of 3 match 'xyz'. esc clears."
        assert panel.clear_filter()
        assert len(shown(panel)) == 4


async def test_groups_fold_themselves_when_they_are_ok_if_asked_to() -> None:
    panel = TasksPanel(folds_ok=True)
    async with Host(panel).run_test(size=(60, 12)):
        model = opened(matrix(1, 2, 2))
        panel.show(model)
        panel.changed(change(model, *[task_row(name, "ok") for name in model.ids]))
        assert [row.split()[:3] for row in shown(panel)] == [
            ["✓", "a[n=0]"],
            ["▸", "✓", "b"],
            ["▸", "✓", "c"],
        ]


async def test_a_click_on_the_fold_sign_folds_and_elsewhere_it_does_not() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(60, 12)) as pilot:
        panel.show(opened(matrix(2, 2)))
        await pilot.click(panel, offset=(1, 3))
        assert (panel.cursor, panel.row_count()) == (3, 4)
        await pilot.click(panel, offset=(1, 3), times=2)
        assert panel.row_count() == 4
        await pilot.click(panel, offset=(9, 0))
        assert (panel.cursor, panel.row_count()) == (0, 4)
        await pilot.click(panel, offset=(1, 2))
        assert (panel.cursor, panel.cursor_task()) == (2, 1)


async def test_another_order_is_kept_up_but_not_with_every_change() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(60, 12)):
        model = opened("a b c")
        panel.show(model)
        panel.sort(TaskOrder.START)
        panel.tick(5_000)
        panel.changed(change(model, task_row("c", "running", started_ms=5_500)))
        panel.tick(5_600)
        assert shown(panel)[0].split()[1] == "c"
        panel.changed(change(model, task_row("b", "running", started_ms=2_000)))
        panel.tick(5_700)
        assert shown(panel)[0].split()[1] == "c"
        panel.tick(6_600)
        assert [row.split()[1] for row in shown(panel)] == ["b", "c", "a"]


@pytest.mark.parametrize("shape", ["chain", "matrix"])
async def test_thousands_of_tasks_change_at_random(shape: str) -> None:
    names = [f"t{n}" for n in range(5_000)]
    graph = dag(">".join(names)) if shape == "chain" else matrix(4_000, 6_000)
    random = Random(3)
    panel = TasksPanel(folds_ok=True)
    async with Host(panel).run_test(size=(60, 20)) as pilot:
        model = opened(graph, run_row(options={"slots": 4}))
        panel.show(model)
        for turn in range(6):
            words = random.choices(list(STATUSES), k=300)
            rows = [task_row(random.choice(model.ids), word) for word in words]
            panel.changed(change(model, *rows))
            panel.move_cursor(random.randrange(5_000))
            panel.tick(turn)
            await pilot.pause()
        panel.first_failure()
        assert panel.cursor_task() == model.failures()[0]
        panel.go_to_cause()


async def test_hostile_names_reach_the_screen_as_text() -> None:
    evil = "[b]x[/] \x1b]0;owned\x07\x1bc\u202e\ud800 🎉"
    shape = dag("a b")
    tasks = tuple(with_fields(task, title=evil) for task in shape.tasks)
    panel = TasksPanel()
    async with Host(panel).run_test(size=(80, 8)):
        model = opened(with_fields(shape, tasks=tasks))
        panel.show(model)
        panel.changed(change(model, task_row("a", "failed", reason=evil * 50_000)))
        text = "".join(shown(panel))
        assert "[b]x[/]" in text
        assert not set(text) & set("\x1b\x07\u202e\ud800")


async def test_every_state_has_its_looks(snapshot: Snapshot) -> None:
    words = [*STATUSES, "person", "timeout", "kept"]
    shape = dag(" ".join(f"all.{word}" for word in words))
    panel = TasksPanel()
    app = PictureHost(panel)
    async with app.run_test(size=(80, 24)) as pilot:
        model = opened(shape, run_row(generation=2, options={"slots": 1}))
        rows = [
            task_row(
                f"all.{word}", word, generation=2, started_ms=2_000, ended_ms=6_100
            )
            for word in STATUSES
        ]
        change(
            model,
            *rows,
            task_row("all.timeout", "failed", reason="timed out after 60 s"),
            task_row("all.person", "queued", reason="waits for an answer"),
            task_row("all.kept", "ok", started_ms=0, ended_ms=900),
        )
        panel.show(model, 9_000)
        panel.move_cursor(2)
        panel.mark_toggle()
        panel.go_to(6)
        panel.mark_news(11)
        await snapshot(pilot, "states", [(80, 24), (44, 16)])


async def test_a_second_attempt_moves_the_columns_of_every_row() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 8)):
        model = opened("a b", a="running", b="failed")
        change(model, task_row("b", "failed", started_ms=0, ended_ms=1_000))
        panel.show(model)
        before = shown(panel)[1]
        assert "1.0s" in before
        changed = model.take(None, [task_row("a", "running", attempt=2)], ())
        panel.changed(changed)
        assert shown(panel)[1] != before


async def test_a_queued_task_says_what_it_lacks_now() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 8)):
        model = opened("a b", run_row(options={"slots": 1}), a="running", b="queued")
        panel.show(model)
        assert "queued: slots 1/1" in shown(panel)[1]
        panel.changed(model.take(None, [task_row("a", "ok")], ()))
        assert shown(panel)[1].split() == ["◔", "b", "queued"]
        model.take(run_row(options={"slots": 1}, paused=True), (), ())
        panel.changed(())
        assert "queued: run paused" in shown(panel)[1]
