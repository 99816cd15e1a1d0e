"""Tasks whose engine is gone are never said to run unless they do."""

import pytest

from leo_engine.app.types import Remains, RemainsState, TaskComparison
from leo_engine.state.status import RunStatus
from leo_tui.units import SECOND_MS
from leo_tui.viewmodels.output.log_head import empty_lines, head_line
from leo_tui.viewmodels.panels.bars import tally
from leo_tui.viewmodels.panels.details import task_page
from leo_tui.viewmodels.panels.task_contrast import contrast_of
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.panels.timeline_lines import row_line
from leo_tui.viewmodels.run_news import interrupted_text
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.tasks.reasons import brief
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_row import row_width, tree_row
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.viewmodels.tasks.task_tree import TaskTree
from leo_tui.viewmodels.tasks.why import standing, why_lines
from run_models import attempt_row, change, opened, run_row, task_row

NOW_MS = 60 * SECOND_MS
CUT_OFF = run_row(run_key=41, status=RunStatus.INTERRUPTED)
GONE = Remains(RemainsState.GONE, "is gone, and nothing tells how it ended")
ENDED = Remains(RemainsState.ENDED, "has ended, exit 1, not recorded yet")
RUNS = Remains(RemainsState.RUNS, "still runs, pid 7")


def left(remains: Remains) -> RunModel:
    """Return an interrupted run of one task that had begun."""
    model = opened("a>b", run_row(run_key=41))
    change(
        model,
        task_row("a", "running", attempt=1, max_attempts=1, started_ms=SECOND_MS),
        attempt_row("a", handle="pid:1:7:0"),
    )
    change(model, CUT_OFF)
    model.take_remains({"a": remains})
    return model


def told(model: RunModel) -> list[str]:
    """Return all that the screen says of task `a`."""
    attempt = model.attempts_of(0)[-1]
    return [
        text_of(spans)
        for spans in (
            tree_row(TaskTree(model), 0, row_width(TaskTree(model), 90), NOW_MS),
            *why_lines(model, 0, NOW_MS),
            *standing(model, 0, NOW_MS),
            head_line(model, 0, attempt, NOW_MS),
            *empty_lines(model, 0, attempt, NOW_MS),
            *task_page(model, 0, width=90, now_ms=NOW_MS).lines,
            row_line(Timeline(model), 0, width=90, now_ms=NOW_MS),
            tally(model.counts(), gap=" "),
        )
    ]


@pytest.mark.parametrize("remains", [GONE, ENDED])
def test_nothing_on_the_screen_says_that_it_runs(remains: Remains) -> None:
    model = left(remains)
    assert model.states[0] is TaskState.INTERRUPTED
    assert model.slots_taken == 0
    shown = told(model)
    assert [text for text in shown if "running" in text.lower() or "▸" in text] == []
    assert [text for text in shown if "59.0s" in text or "pid 7" in text] == []
    assert brief(model, 0, NOW_MS) == remains.text
    assert "! 1" in shown[-1]


@pytest.mark.parametrize("remains", [GONE, ENDED, RUNS])
def test_it_is_told_what_is_left_of_it_and_what_to_do(remains: Remains) -> None:
    first, then = map(text_of, why_lines(left(remains), 0, NOW_MS))
    assert remains.text in first
    assert then.strip() == "c goes on with the run."


def test_what_still_runs_is_said_to_and_for_how_long() -> None:
    model = left(RUNS)
    assert model.states[0] is TaskState.RUNNING
    row, *_ = told(model)
    assert row.split() == ["▸", "a", "59.0s", "still", "runs,", "pid", "7"]


def test_a_run_that_is_cut_off_while_it_is_watched_changes_its_tasks_at_once() -> None:
    model = opened("a>b", a="running")
    assert change(model, CUT_OFF) == {0, 1}
    assert brief(model, 0, NOW_MS) == "was interrupted"
    assert model.take_remains({"a": RUNS, "of another version": GONE})
    assert model.states[0] is TaskState.RUNNING
    assert model.take_remains({"a": RUNS}) == set(), "nothing is different"


def test_a_run_that_is_gone_on_with_has_nothing_left_behind() -> None:
    model = left(GONE)
    change(model, run_row(run_key=41))
    assert model.states[0] is TaskState.RUNNING
    assert brief(model, 0, NOW_MS) == ""
    assert model.take_remains({"a": GONE}) == set(), "an answer that comes too late"


def test_a_pause_before_an_attempt_ends_only_when_somebody_goes_on() -> None:
    model = opened("a")
    change(
        model,
        task_row("a", "backoff", attempt=1, max_attempts=2, started_ms=0),
        attempt_row("a", ended_ms=2_000, outcome="failed"),
        CUT_OFF,
    )
    row = text_of(tree_row(TaskTree(model), 0, row_width(TaskTree(model), 90), NOW_MS))
    assert "now" not in row
    assert "once c goes on" in text_of(why_lines(model, 0, NOW_MS)[1])


def test_the_status_line_says_what_is_left_and_what_goes_on_with_it() -> None:
    assert interrupted_text(left(RUNS)) == (
        "! etl #41 was interrupted: 1 task still runs — c goes on with it"
    )
    assert interrupted_text(opened("a")) == ""


def test_a_comparison_does_not_count_the_time_of_what_is_cut_off() -> None:
    row = task_row("a", "running", started_ms=SECOND_MS)
    task = TaskComparison("a", None, row, None, None, definition_changed=False)
    side = contrast_of(task, run_row(), CUT_OFF, NOW_MS).after
    assert side is not None
    assert (side.state, side.took_ms) == (TaskState.INTERRUPTED, None)
