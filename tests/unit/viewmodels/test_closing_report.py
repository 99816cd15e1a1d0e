"""After a run the screen says why it failed, how it went, and how to go on."""

from leo_engine.app.types import FailedTask, RunResult
from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.viewmodels.closing_report import closing_report
from leo_tui.viewmodels.spans import text_of

ID = "0193a1b2-c3d4-7000-8000-000000000001"


def result(
    status: RunStatus,
    *failed: FailedTask,
    run_id: str = ID,
    followed: bool = False,
    adopted: bool = False,
) -> RunResult:
    run = RunRow(
        run_id=run_id,
        dag="etl",
        dag_hash="h",
        file="etl.toml",
        status=status,
        created_ms=0,
        started_ms=1_000,
        ended_ms=4_200,
        total=5,
        succeeded=3,
        failed=1,
    )
    return RunResult(run=run, failed=failed, followed=followed, adopted=adopted)


def failed_task(name: str = "load", lines: int = 2) -> FailedTask:
    tail = tuple(f"line {n}" for n in range(lines))
    return FailedTask(name, 2, "exit 75", "/x/load/2.log", tail)


def report(*results: RunResult, folder: str | None = None) -> list[str]:
    return [text_of(line) for line in closing_report(results, folder)]


def test_a_success_is_one_line() -> None:
    [line] = report(result(RunStatus.SUCCEEDED))
    counts = "5 tasks: 3 ok, 1 failed, 1 cancelled"
    assert line == f"✓ etl  succeeded  {counts}  3.2 s  run 0193a1b2-c3d4"


def test_a_failure_shows_its_last_lines_its_log_and_how_to_go_on() -> None:
    assert report(result(RunStatus.FAILED, failed_task())) == [
        "✗ load  exit 75  attempt 2",
        "│ line 0",
        "│ line 1",
        "  /x/load/2.log",
        "",
        "✗ etl  failed  5 tasks: 3 ok, 1 failed, 1 cancelled  3.2 s  run 0193a1b2-c3d4",
        "  to go on: leo-tui resume 0193a1b2-c3d4",
    ]


def test_the_command_names_the_folder_quoted_for_a_shell() -> None:
    lines = report(result(RunStatus.CANCELLED), folder="my dags")
    assert lines[-1] == "  to go on: leo-tui -C 'my dags' resume 0193a1b2-c3d4"


def test_only_the_last_twenty_lines_and_ten_tasks_are_shown() -> None:
    many = [failed_task(f"t{n}", lines=50) for n in range(12)]
    lines = report(result(RunStatus.FAILED, *many))
    assert sum(line.startswith("│") for line in lines) == 10 * 20
    assert "│ line 49" in lines
    assert "… and 2 more failed tasks: leo-tui show 0193a1b2-c3d4" in lines


def test_runs_of_one_millisecond_get_longer_prefixes() -> None:
    twin = ID.replace("7000", "7001")
    lines = report(result(RunStatus.FAILED), result(RunStatus.FAILED, run_id=twin))
    assert lines[1].endswith("resume 0193a1b2-c3d4-7000")
    assert lines[3].endswith("resume 0193a1b2-c3d4-7001")


def test_a_run_of_another_process_is_said_to_be_followed() -> None:
    [line] = report(result(RunStatus.SUCCEEDED, followed=True))
    assert "followed" in line


def test_a_run_of_an_engine_that_is_gone_is_said_to_be_taken_over() -> None:
    [line] = report(result(RunStatus.SUCCEEDED, adopted=True))
    assert line.endswith("run 0193a1b2-c3d4  (taken over)")


def test_a_run_that_was_left_says_where_to_look_and_how_to_go_on() -> None:
    head, look, go_on = report(result(RunStatus.INTERRUPTED, followed=True), folder="x")
    assert "1 not ended" in head
    assert "another process" not in head
    assert look == "  what still runs: leo-tui -C x show 0193a1b2-c3d4"
    assert go_on == "  to go on: leo-tui -C x resume 0193a1b2-c3d4"


def test_a_run_that_another_process_drives_on_can_be_watched() -> None:
    head, watch = report(result(RunStatus.RUNNING, followed=True))
    assert head.startswith("▸ etl  running  ")
    assert watch == "  it goes on elsewhere: leo-tui watch 0193a1b2-c3d4"


def test_nothing_of_a_task_reaches_the_terminal_as_a_control() -> None:
    evil = FailedTask("\x1b[2Jt", 1, "\x1b]0;x\x07", "/\x1bc", ("\x1b[31mred",))
    assert "\x1b" not in "".join(report(result(RunStatus.FAILED, evil)))
