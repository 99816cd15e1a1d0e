"""The rows of the file list."""

from pathlib import Path

import pytest

from leo_engine.spec.model import Dag
from leo_engine.state.status import RunStatus
from leo_tui.text.width import cells
from leo_tui.viewmodels.panels.file_rows import (
    FileItem,
    file_head,
    file_line,
    next_start_ms,
)
from leo_tui.viewmodels.spans import text_of
from run_models import run_row

FOLDER = Path("/dags")
HOUR_MS = 3_600_000


def item(name: str = "etl.toml", **fields: object) -> FileItem:
    known: dict[str, object] = {"path": FOLDER / name, "task_count": 3, **fields}
    return FileItem(**known)  # type: ignore[arg-type]


def shown(file: FileItem, width: int = 24) -> str:
    return text_of(file_line(file, 135_000, width)).rstrip()


def test_a_file_that_never_ran_says_so() -> None:
    assert shown(item()) == "◦ etl.toml"
    assert "never run" in shown(item(), 80)


def test_a_broken_file_shows_how_many_errors_it_has() -> None:
    broken = item("broken.yaml", task_count=None, problem_count=2, run=run_row())
    assert shown(broken) == "! broken.yaml      2 err"
    assert shown(broken, 80).endswith("2 errors")


def test_a_run_under_way_shows_its_failures_so_far() -> None:
    live = item(run=run_row(run_key=41, failed=2))
    assert shown(live) == "▸ etl.toml            ✗2"
    assert "#41 running 2:14" in shown(live, 80)
    assert shown(live, 80).endswith("✗2 so far")


def test_a_run_that_succeeded_is_ok() -> None:
    done = item(
        run=run_row(run_key=7, status=RunStatus.SUCCEEDED, ended_ms=42_000),
        next_ms=None,
    )
    assert "#7 ok 41.0s" in shown(done, 80)


def test_a_file_that_is_gone_says_so() -> None:
    assert shown(item(is_gone=True)).endswith("gone")


@pytest.mark.parametrize("width", [12, 24, 40, 74, 80, 300])
@pytest.mark.parametrize("name", ["a" * 200, "日本語" * 30, "\x1b[31mred\x07.toml"])
def test_no_row_is_wider_than_there_is_room_and_none_holds_a_control(
    name: str, width: int
) -> None:
    rows = [item(name), item(name, problem_count=12), item(name, run=run_row(failed=9))]
    for file in rows:
        text = text_of(file_line(file, 0, width))
        assert cells(text) <= width
        assert "\x1b" not in text
        assert "\x07" not in text


def test_the_head_stands_over_the_columns() -> None:
    head = text_of(file_head(80))
    row = text_of(file_line(item(run=run_row(run_key=41)), 1_000, 80))
    assert head.index("last run") == row.index("#41")


def test_the_next_start_is_that_of_the_earliest_schedule() -> None:
    dag = Dag(name="etl", tasks=(), schedule=("0 3 * * *", "0 1 * * *"), timezone="UTC")
    assert next_start_ms(dag, 0) == HOUR_MS
    assert next_start_ms(dag, HOUR_MS) == 3 * HOUR_MS
    assert next_start_ms(Dag(name="etl", tasks=()), 0) is None
