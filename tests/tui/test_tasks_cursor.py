"""Where the cursor of the tasks panel goes, and what it chooses."""

from leo_tui.viewmodels.tasks.task_tree import TaskOrder
from leo_tui.widgets.tasks_panel import TasksPanel
from run_models import change, opened, run_row, task_row
from tasks_host import Host, failed, matrix, shown


async def test_says_which_task_the_cursor_is_on_and_none_on_a_group() -> None:
    panel = TasksPanel()
    host = Host(panel)
    async with host.run_test(size=(42, 8)) as pilot:
        panel.show(opened(matrix(2)))
        panel.cursor_down()
        panel.open_cursor()
        await pilot.pause()
        assert (host.moves, host.opened) == ([None, 0], [0])


async def test_opening_a_group_folds_it() -> None:
    panel = TasksPanel()
    host = Host(panel)
    async with host.run_test(size=(42, 8)) as pilot:
        panel.show(opened(matrix(2)))
        panel.open_cursor()
        await pilot.pause()
        assert (shown(panel), host.opened) == ([" ▸ ◦ a            (2 tasks)"], [])


async def test_folding_inside_a_group_puts_the_cursor_on_the_group() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 8)):
        panel.show(opened(matrix(3, 3)))
        panel.move_cursor(6)
        assert panel.fold()
        assert (panel.cursor, panel.cursor_task()) == (4, None)
        assert not panel.fold()
        assert panel.unfold()
        panel.move_cursor(2)
        panel.fold_all()
        assert panel.cursor == 0
        panel.fold_all(folded=False)
        assert len(shown(panel)) == 8


async def test_the_chosen_tasks_are_the_marked_ones_else_the_cursors() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        panel.show(opened(matrix(2, 2, 1)))
        assert panel.chosen() == [0, 1]
        panel.move_cursor(2)
        assert panel.chosen() == [1]
        panel.mark_toggle()
        panel.move_cursor(3)
        panel.mark_toggle()
        panel.move_cursor(6)
        assert panel.chosen() == [1, 2, 3]


async def test_marks_count_where_they_are_folded_away_and_go_with_the_run() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        panel.show(opened(matrix(2, 2)))
        panel.move_cursor(1)
        panel.mark_toggle()
        panel.fold()
        panel.move_cursor(1)
        assert panel.chosen() == [0]
        panel.show(opened(matrix(2, 2), run_row(run_id="0194")))
        assert panel.marked_keys == []


async def test_another_run_keeps_cursor_folds_filter_and_order() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        panel.show(opened(matrix(2, 2)))
        panel.fold()
        panel.go_to(3)
        panel.show(opened(matrix(2, 2), run_row(run_id="0194")))
        assert panel.cursor_task() == 3
        assert len(shown(panel)) == 4
        panel.set_filter("n=1")
        panel.sort(TaskOrder.STATE)
        panel.show(opened(matrix(2, 2), run_row(run_id="0195")))
        assert shown(panel) == [" ◦ a[n=1]", " ◦ b[n=1]"]


async def test_going_to_a_task_unfolds_its_group_and_drops_a_filter() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        panel.show(opened(matrix(2, 2)))
        panel.fold_all()
        panel.go_to(2)
        assert panel.cursor_task() == 2
        panel.set_filter("b")
        panel.go_to(0)
        assert panel.cursor_task() == 0
        assert not panel.clear_filter()


async def test_failures_are_visited_in_the_order_in_which_they_ended() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        model = opened(matrix(3, 3))
        panel.show(model)
        panel.fold_all()
        panel.changed(failed(model, "b[n=2]", "a[n=1]", "b[n=0]"))
        visited = [panel.first_failure() and panel.cursor_task()]
        for _ in range(3):
            panel.next_failure()
            visited.append(panel.cursor_task())
        panel.next_failure(forward=False)
        visited.append(panel.cursor_task())
        assert visited == [5, 1, 3, 5, 3]
        panel.cursor_top()
        panel.next_failure(forward=False)
        assert panel.cursor_task() == 3


async def test_the_cause_of_a_blocked_task_is_one_key_away() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        panel.show(opened("a>b>c d", a="failed", b="blocked", c="blocked"))
        panel.move_cursor(2)
        assert panel.go_to_cause()
        assert panel.cursor_task() == 0
        assert not panel.go_to_cause()


async def test_the_cursor_follows_what_starts_until_a_person_moves_it() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)):
        model = opened(matrix(3, 3))
        panel.show(model)
        panel.follow_newest = True
        panel.changed(change(model, task_row("b[n=1]", "running")))
        assert panel.cursor_task() == 4
        panel.cursor_up()
        panel.changed(change(model, task_row("a[n=1]", "running")))
        assert (panel.cursor_task(), panel.follow_newest) == (3, False)


async def test_a_new_failure_is_news_until_the_cursor_has_been_there() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)) as pilot:
        model = opened(matrix(2, 2), None, **{"a[n=0]": "failed"})
        panel.show(model)
        assert shown(panel)[1].startswith("     ✗")
        panel.changed(failed(model, "b[n=1]"))
        await pilot.pause()
        assert shown(panel)[5].startswith("▐    ✗")
        panel.move_cursor(3)
        panel.fold()
        assert shown(panel)[3].startswith("▐▸ ✗ b")
        panel.go_to(3)
        panel.move_cursor(0)
        assert shown(panel)[5].startswith("     ✗")
        panel.mark_news(2)
        assert shown(panel)[4].startswith("▐    ◦")


async def test_a_failure_that_is_tried_again_is_no_news() -> None:
    panel = TasksPanel()
    async with Host(panel).run_test(size=(42, 12)) as pilot:
        model = opened("a b")
        panel.show(model)
        panel.changed(failed(model, "b"))
        panel.changed(change(model, task_row("b", "running")))
        await pilot.pause()
        assert shown(panel)[1].startswith(" ▸")
        panel.changed(failed(model, "b"))
        assert shown(panel)[1].startswith("▐✗")


async def test_another_run_says_what_the_cursor_is_on_there() -> None:
    panel = TasksPanel()
    host = Host(panel)
    async with host.run_test(size=(42, 12)) as pilot:
        panel.show(opened(matrix(2)))
        panel.go_to(1)
        await pilot.pause()
        host.moves.clear()
        panel.show(opened(matrix(1, 2), run_row(run_id="0194")))
        panel.show(opened(matrix(1, 2), run_row(run_id="0195")))
        await pilot.pause()
        assert len(host.moves) == 2
        assert host.moves[-1] == panel.cursor_task()
