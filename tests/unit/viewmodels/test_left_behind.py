"""What an engine left behind is counted, in one line and in so many words."""

from collections.abc import Sequence

import pytest

from leo_engine.app.types import Remains, RemainsState
from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.viewmodels.left_behind import left_text, taken_over_text

RUN = RunRow(
    run_id="0193a1b2-c3d4-7000-8000-000000000001",
    dag="e\x1btl",
    dag_hash="h",
    file="f",
    status=RunStatus.INTERRUPTED,
    created_ms=0,
)
RUNS, ENDED, GONE, NOT_STARTED = RemainsState


def remains(*states: RemainsState) -> dict[str, Remains]:
    return {f"t{number}": Remains(state, "") for number, state in enumerate(states)}


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ((), "no process was under way"),
        ((RUNS,), "1 task still runs"),
        ((RUNS, ENDED, RUNS, ENDED, RUNS), "3 tasks still run, 2 had ended"),
        ((ENDED, GONE), "1 task had ended, 1 is gone"),
        ((GONE, GONE, NOT_STARTED), "2 tasks are gone, 1 had not started"),
    ],
)
def test_each_kind_is_counted(states: Sequence[RemainsState], text: str) -> None:
    assert left_text(remains(*states).values()) == text


def test_the_run_is_named_harmlessly() -> None:
    text = taken_over_text(RUN, remains(RUNS))
    assert text.startswith("took over run 0193a1b2-c3d4 of e")
    assert text.endswith(": 1 task still runs")
    assert "\x1b" not in text
