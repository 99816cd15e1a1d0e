"""Rows drawn by the line: the cursor, the marks, the mouse, what gets repainted."""

from collections.abc import Hashable, Sequence
from random import Random

from textual.app import App, ComposeResult
from textual.geometry import Region

from leo_tui.viewmodels.spans import Line, line
from leo_tui.widgets.row_view import RowView


class Letters(RowView):
    """A view of words that stand for themselves."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self.words = list(words)
        self.drawn: list[int] = []

    def row_count(self) -> int:
        return len(self.words)

    def row_line(self, row: int, width: int) -> Line:
        self.drawn.append(row)
        return line(self.words[row])

    def row_key(self, row: int) -> Hashable:
        return self.words[row]

    def empty_lines(self, width: int) -> Sequence[Line]:
        return (line("nothing here"), line(f"{width} cells"))


class Headed(Letters):
    """A view with a line above its rows."""

    head_rows = 1

    def head_line(self, row: int, width: int) -> Line:
        return line("head")


class Footed(Headed):
    """A view with a line above its rows, and two below when there is room."""

    def foot_count(self) -> int:
        return 2 if self.size.height > 4 else 0

    def foot_line(self, row: int, width: int) -> Line:
        return line(f"foot {row}")


class Host(App[None]):
    """An app of one view that writes down what it says."""

    def __init__(self, view: RowView) -> None:
        super().__init__()
        self.view = view
        self.moves: list[int] = []
        self.opened: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()

    def on_row_view_moved(self, message: RowView.Moved) -> None:
        self.moves.append(message.row)

    def on_row_view_opened(self, message: RowView.Opened) -> None:
        self.opened.append(message.row)


def words(count: int) -> list[str]:
    return [f"row {number}" for number in range(count)]


def screen(view: RowView) -> list[str]:
    region = Region(0, 0, *view.size)
    return [strip.text.rstrip() for strip in view.render_lines(region)]


async def test_shows_as_many_rows_as_fit() -> None:
    view = Letters(words(100))
    async with Host(view).run_test(size=(20, 5)):
        assert screen(view) == [f" row {number}" for number in range(5)]


async def test_scrolls_to_keep_the_cursor_in_view() -> None:
    view = Letters(words(100))
    async with Host(view).run_test(size=(20, 5)):
        view.move_cursor(42)
        assert screen(view)[-1] == " row 42"
        view.cursor_page_up()
        assert screen(view)[0] == " row 38"
        view.cursor_bottom()
        assert view.cursor == 99
        view.cursor_half_up()
        assert view.cursor == 97
        view.cursor_top()
        view.cursor_up()
        assert (view.cursor, screen(view)[0]) == (0, " row 0")


async def test_says_where_the_cursor_went_and_only_when_it_went_somewhere() -> None:
    view = Letters(words(3))
    host = Host(view)
    async with host.run_test(size=(20, 5)) as pilot:
        view.cursor_down()
        view.cursor_bottom()
        view.cursor_down()
        await pilot.pause()
        assert host.moves == [0, 1, 2]


async def test_cursor_stays_on_its_row_when_rows_come_in_above() -> None:
    view = Letters(words(100))
    host = Host(view)
    async with host.run_test(size=(20, 5)) as pilot:
        view.move_cursor(50)
        view.cursor_up()
        await pilot.pause()
        host.moves.clear()
        place = screen(view).index(" row 49")
        view.words[10:10] = ["new 1", "new 2", "new 3"]
        view.refresh_rows()
        await pilot.pause()
        assert view.words[view.cursor] == "row 49"
        assert screen(view).index(" row 49") == place
        assert host.moves == []


async def test_view_stays_where_the_wheel_left_it_when_rows_come_in_above() -> None:
    view = Letters(words(100))
    async with Host(view).run_test(size=(20, 5)):
        view.scroll_to(y=60, animate=False, immediate=True)
        view.words.insert(0, "new")
        view.refresh_rows()
        assert screen(view)[0] == " row 60"
        assert view.cursor == 1


async def test_cursor_takes_the_next_row_when_its_own_is_gone() -> None:
    view = Letters(words(5))
    host = Host(view)
    async with host.run_test(size=(20, 5)) as pilot:
        view.cursor_bottom()
        await pilot.pause()
        host.moves.clear()
        del view.words[3:]
        view.refresh_rows()
        await pilot.pause()
        assert (view.cursor, host.moves) == (2, [2])


async def test_without_rows_there_is_no_cursor_and_the_empty_lines_show() -> None:
    view = Letters([])
    host = Host(view)
    async with host.run_test(size=(20, 4)) as pilot:
        assert view.cursor == -1
        view.cursor_down()
        view.mark_toggle()
        view.mark_all()
        view.open_cursor()
        await pilot.pause()
        assert (host.opened, view.marks) == ([], set())
        assert screen(view) == ["nothing here", "19 cells", "", ""]


async def test_marks_move_with_their_rows() -> None:
    view = Letters(words(6))
    async with Host(view).run_test(size=(20, 8)):
        view.move_cursor(2)
        view.mark_toggle()
        view.words.insert(0, "new")
        view.refresh_rows()
        assert view.marks == {3}
        assert screen(view)[3] == "*row 2"
        view.mark_toggle()
        assert view.marks == set()


async def test_marks_a_range_from_the_last_mark_and_everything() -> None:
    view = Letters(words(6))
    async with Host(view).run_test(size=(20, 8)):
        view.move_cursor(4)
        view.mark_toggle()
        view.move_cursor(2)
        view.mark_range()
        assert view.marks == {2, 3, 4}
        view.mark_all()
        assert view.marks == set(range(6))
        view.clear_marks()
        assert view.marks == set()


async def test_a_row_that_is_gone_is_marked_again_when_it_is_back() -> None:
    view = Letters(words(3))
    async with Host(view).run_test(size=(20, 8)):
        view.mark_toggle()
        view.words.remove("row 0")
        view.refresh_rows()
        assert (view.marks, view.marked_keys) == (set(), ["row 0"])
        view.words.append("row 0")
        view.refresh_rows()
        assert view.marks == {2}


async def test_a_click_moves_and_a_double_click_opens() -> None:
    view = Letters(words(10))
    host = Host(view)
    async with host.run_test(size=(20, 5)) as pilot:
        await pilot.click(view, offset=(3, 2))
        assert (view.cursor, host.opened) == (2, [])
        await pilot.click(view, offset=(3, 3), times=2)
        assert (view.cursor, host.opened) == (3, [3])


async def test_a_click_below_the_last_row_does_nothing() -> None:
    view = Letters(words(2))
    async with Host(view).run_test(size=(20, 5)) as pilot:
        await pilot.click(view, offset=(3, 4))
        assert view.cursor == 0


async def test_touched_rows_out_of_view_cost_no_drawing() -> None:
    view = Letters(words(1_000))
    async with Host(view).run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        view.drawn.clear()
        for row in range(500, 520):
            view.touch(row)
        await pilot.pause()
        assert view.drawn == []


async def test_a_touched_row_in_view_is_drawn_alone() -> None:
    view = Letters(words(1_000))
    async with Host(view).run_test(size=(20, 20)) as pilot:
        await pilot.pause()
        view.drawn.clear()
        view.touch(3)
        view.touch(3)
        view.touch(5)
        await pilot.pause()
        assert sorted(view.drawn) == [3, 5]


async def test_many_touched_rows_are_drawn_with_all_in_view() -> None:
    view = Letters(words(1_000))
    async with Host(view).run_test(size=(20, 20)) as pilot:
        await pilot.pause()
        view.drawn.clear()
        for row in range(1_000):
            view.touch(row)
        await pilot.pause()
        assert sorted(view.drawn) == list(range(20))


async def test_the_head_does_not_scroll_and_cannot_be_clicked() -> None:
    view = Headed(words(50))
    async with Host(view).run_test(size=(20, 5)) as pilot:
        view.cursor_bottom()
        assert screen(view) == [" head", *(f" row {n}" for n in range(46, 50))]
        await pilot.click(view, offset=(2, 0))
        assert view.cursor == 49
        await pilot.click(view, offset=(2, 1))
        assert view.cursor == 46


async def test_the_cursor_row_has_a_background_that_shows_the_focus() -> None:
    view = Letters(words(3))
    async with Host(view).run_test(size=(20, 5)) as pilot:
        await pilot.pause()

        def grounds() -> list[object]:
            lines = view.render_lines(Region(0, 0, *view.size))
            return [next(iter(s)).style.bgcolor for s in lines[:2]]  # type: ignore[union-attr]

        focused, other = grounds()
        view.screen.set_focus(None)
        await pilot.pause()
        unfocused, _ = grounds()
        assert len({focused, unfocused, other}) == 3


async def test_the_cursor_stays_in_view_when_the_terminal_shrinks() -> None:
    view = Letters(words(50))
    async with Host(view).run_test(size=(20, 20)) as pilot:
        view.move_cursor(18)
        await pilot.resize_terminal(20, 6)
        await pilot.pause()
        assert " row 18" in screen(view)


async def test_a_foot_stays_below_the_rows_while_they_scroll() -> None:
    view = Footed(words(10))
    async with Host(view).run_test(size=(20, 6)) as pilot:
        view.cursor_bottom()
        await pilot.pause()
        shown = [" head", " row 7", " row 8", " row 9", " foot 0", " foot 1"]
        assert screen(view) == shown
        await pilot.click(view, offset=(2, 4))
        assert view.cursor == 9
        await pilot.resize_terminal(20, 4)
        assert screen(view) == [" head", " row 7", " row 8", " row 9"]


async def test_the_cursor_is_on_a_row_in_view_whatever_comes_and_goes() -> None:
    random = Random(11)
    view = Letters(words(40))
    async with Host(view).run_test(size=(20, 7)) as pilot:
        for turn in range(150):
            view.move_cursor(random.randrange(-3, 60))
            under_cursor = view.words[view.cursor] if view.words else None
            count = random.randrange(60)
            view.words = random.sample([*words(60), f"new {turn}"], count)
            view.refresh_rows()
            if under_cursor in view.words:
                assert view.words[view.cursor] == under_cursor
            assert view.cursor in view.rows_in_view() or not view.words
            assert 0 <= view.scroll_offset.y <= max(0, count - 7)
        await pilot.pause()
