"""A run as a page never says that something runs which is gone."""

import pytest

from leo_engine.app.types import Remains, RemainsState, RunDetail
from leo_engine.ports import RunRow
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.viewmodels.run_card import run_card
from leo_tui.viewmodels.spans import text_of


def card(status: RunStatus, remains: dict[str, Remains]) -> list[str]:
    run = RunRow(
        run_id="0193a1b2-c3d4-7000-8000-000000000001",
        dag="etl",
        dag_hash="h",
        file="etl.toml",
        status=status,
        created_ms=0,
        total=2,
    )
    tasks = (
        TaskRow(task="load", status=TaskStatus.RUNNING, attempt=1),
        TaskRow(task="sum", status=TaskStatus.PENDING),
    )
    detail = RunDetail(run, tasks, (), {"sum": "waits for load"}, remains)
    return [text_of(line) for line in run_card(detail, now_ms=5_000, width=None)]


def test_what_waits_says_for_what() -> None:
    *_, load, waiting = card(RunStatus.RUNNING, {})
    assert load.split() == ["▸", "load", "running"]
    assert waiting.split(maxsplit=3) == ["◦", "sum", "waiting", "waits for load"]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (RemainsState.RUNS, ["▸", "load", "running", "how"]),
        (RemainsState.ENDED, ["!", "load", "ended", "how"]),
        (RemainsState.GONE, ["!", "load", "gone", "how"]),
        (RemainsState.NOT_STARTED, ["!", "load", "not", "started", "how"]),
    ],
)
def test_of_an_interrupted_run_each_task_is_shown_as_it_is_now(
    state: RemainsState, shown: list[str]
) -> None:
    *_, load, _ = card(RunStatus.INTERRUPTED, {"load": Remains(state, "how")})
    assert load.split() == shown
