"""The file list and the run list: the cursor stays, what changed is drawn."""

from pathlib import Path

from textual.app import App, ComposeResult

from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.viewmodels.panels.file_rows import FileItem
from leo_tui.viewmodels.spans import line
from leo_tui.widgets.files_panel import FilesPanel
from leo_tui.widgets.row_view import RowView
from leo_tui.widgets.runs_panel import RunsPanel
from run_models import run_row


class Host(App[None]):
    """An app of one list."""

    def __init__(self, panel: RowView) -> None:
        super().__init__()
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield self.panel


def text(panel: RowView) -> list[str]:
    height = panel.size.height
    return [panel.render_line(y).text.rstrip() for y in range(height)]


def item(name: str, **fields: object) -> FileItem:
    known: dict[str, object] = {"path": Path(name), "task_count": 1, **fields}
    return FileItem(**known)  # type: ignore[arg-type]


def run(number: int, **fields: object) -> RunRow:
    return run_row(run_id=f"{number:04}", run_key=number, **fields)


async def test_the_cursor_stays_on_its_file_when_others_come() -> None:
    panel = FilesPanel()
    async with Host(panel).run_test(size=(40, 10)) as pilot:
        panel.show([item("b.toml"), item("d.toml")], 0)
        panel.go_to(Path("d.toml"))
        panel.show([item("a.toml"), item("b.toml"), item("d.toml")], 0)
        await pilot.pause()
        assert panel.cursor_file() == Path("d.toml")
        assert panel.cursor == 2


async def test_a_wide_file_list_is_a_table_and_a_narrow_one_is_not() -> None:
    panel = FilesPanel()
    async with Host(panel).run_test(size=(100, 10)) as pilot:
        panel.show([item("b.toml")], 0)
        await pilot.pause()
        assert "last run" in text(panel)[0]
        await pilot.resize_terminal(30, 10)
        await pilot.pause()
        assert "b.toml" in text(panel)[0]


async def test_a_folder_without_files_says_what_to_do() -> None:
    panel = FilesPanel()
    async with Host(panel).run_test(size=(40, 10)) as pilot:
        panel.show([], 0, [line("No DAG files here")])
        await pilot.pause()
        assert "No DAG files here" in text(panel)[0]


async def test_a_filter_keeps_the_files_whose_name_holds_it() -> None:
    panel = FilesPanel()
    async with Host(panel).run_test(size=(40, 10)):
        panel.show([item("load.toml"), item("Extract.toml")], 0)
        panel.set_filter("ext")
        assert panel.cursor_file() == Path("Extract.toml")
        assert panel.clear_filter()
        assert not panel.clear_filter()
        assert panel.row_count() == 2


async def test_a_run_that_began_elsewhere_comes_in_above_the_cursor() -> None:
    panel = RunsPanel()
    async with Host(panel).run_test(size=(40, 12)) as pilot:
        panel.show([run(2), run(1)], 2_000)
        panel.go_to("0001")
        panel.show([run(3), run(2), run(1)], 2_000)
        await pilot.pause()
        assert panel.cursor_run() == "0001"
        assert "3" in text(panel)[0]


async def test_a_run_ends_in_its_place_and_its_clock_stops() -> None:
    panel = RunsPanel()
    async with Host(panel).run_test(size=(40, 12)) as pilot:
        panel.show([run(1)], 62_000)
        await pilot.pause()
        assert "1:01" in text(panel)[0]
        panel.tick(63_000)
        await pilot.pause()
        assert "1:02" in text(panel)[0]
        over = run(1, status=RunStatus.SUCCEEDED, ended_ms=63_500)
        panel.update_runs({"0001": over})
        panel.tick(99_000)
        await pilot.pause()
        assert text(panel)[0].lstrip().startswith("✓")
        assert "1:02" in text(panel)[0]


async def test_a_file_without_runs_says_how_to_start_it() -> None:
    panel = RunsPanel()
    async with Host(panel).run_test(size=(40, 12)) as pilot:
        panel.show([], 0, [line("Never run. s starts it.")])
        await pilot.pause()
        assert "Never run. s starts it." in text(panel)[0]


async def test_what_is_usual_gives_way_where_there_is_no_room() -> None:
    panel = RunsPanel()
    good = [run(n, status=RunStatus.SUCCEEDED, ended_ms=61_000) for n in (2, 1)]
    async with Host(panel).run_test(size=(40, 12)) as pilot:
        panel.show(good, 0)
        await pilot.pause()
        assert "median ok   1:00" in "\n".join(text(panel))
        await pilot.resize_terminal(40, 5)
        await pilot.pause()
        assert "median" not in "\n".join(text(panel))


async def test_a_filter_keeps_the_runs_of_that_number_or_status() -> None:
    panel = RunsPanel()
    failed = run(2, status=RunStatus.FAILED, ended_ms=9_000)
    async with Host(panel).run_test(size=(40, 12)) as pilot:
        panel.show([run(3), failed, run(1)], 0)
        panel.set_filter("failed")
        assert panel.cursor_run() == "0002"
        assert panel.footer() == "1 of 3 · /failed"
        panel.update_runs({"0001": run(1, status=RunStatus.FAILED, ended_ms=8_000)})
        assert panel.row_count() == 2
        panel.set_filter("nothing\x1b[2J")
        await pilot.pause()
        assert text(panel)[:2] == [" 0 of 3 match 'nothing'.", " esc clears."]
        assert panel.clear_filter()
        assert not panel.clear_filter()
        assert panel.row_count() == 3


async def test_marks_of_runs_stay_until_another_dag_is_chosen() -> None:
    panel = RunsPanel()
    async with Host(panel).run_test(size=(40, 12)):
        panel.show([run(2), run(1)], 0)
        panel.mark_all()
        panel.show([run(3), run(2), run(1)], 0)
        assert panel.marked_runs() == ["0001", "0002"]
        assert panel.footer() == "= compare marked"
        panel.show([run(4, dag="other")], 0)
        assert (panel.marked_runs(), panel.footer()) == ([], "")


async def test_a_filter_that_no_file_matches_says_how_to_leave_it() -> None:
    panel = FilesPanel()
    async with Host(panel).run_test(size=(40, 10)) as pilot:
        panel.show([item("load.toml"), item("store.toml")], 0)
        assert panel.footer() == "sort: name"
        panel.set_filter("lo")
        assert panel.footer() == "1 of 2 · /lo"
        panel.set_filter("xyz")
        await pilot.pause()
        assert panel.cursor_file() is None
        assert text(panel)[:2] == [" 0 of 2 match 'xyz'.", " esc clears."]


async def test_files_under_the_cursor_and_off_it_are_opened_by_their_path() -> None:
    panel = FilesPanel()
    async with Host(panel).run_test(size=(90, 10)) as pilot:
        panel.show([item(f"{n}.toml") for n in range(20)], 0)
        await pilot.click(panel, offset=(5, 3))
        assert panel.cursor_file() == Path("2.toml")
