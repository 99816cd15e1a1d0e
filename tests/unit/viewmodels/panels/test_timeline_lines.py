"""The Gantt chart as it is drawn."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.spec.model import Dag, RetryPolicy, Shell, Task
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_tui.units import time_of_day
from leo_tui.viewmodels.panels.time_window import TimeWindow
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.panels.timeline_bars import Kind, Stretch, bar
from leo_tui.viewmodels.panels.timeline_lines import (
    FOOT_LINES,
    HEAD_LINES,
    foot_lines,
    head_lines,
    row_line,
    subtitle,
    title,
)
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import task_row
from run_story import at, attempt, story

WINDOW = TimeWindow(0, 20)


def nightly() -> RunModel:
    """Return the run of the design's sheet, in short."""
    retried = {"pull_ads": {"retry": RetryPolicy(retries=4, delay_ms=10_000)}}
    return story(
        dag(
            "pull_orders>load_orders pull_users pull_ads pull_events>join check",
            tasks=retried,
        ),
        [
            attempt("pull_users", 0, 4.1),
            attempt("pull_orders", 0, 12, "failed"),
            attempt("pull_orders", 20, 34, "failed", number=2),
            attempt("pull_ads", 4, 78, "failed"),
            attempt("pull_events", 42),
        ],
        [
            task_row(
                "pull_ads", "backoff", attempt=1, max_attempts=5, started_ms=at(4)
            ),
            task_row("check", "queued"),
            task_row("load_orders", "blocked", ended_ms=at(34)),
        ],
        median_ms={"pull_events": 60_000, "join": 20_000, "pull_ads": 1_000},
        options={"slots": 4},
    )


def rows(model: RunModel, seconds: float, width: int = 80) -> list[str]:
    timeline = Timeline(model)
    timeline.toggle_all()
    return [
        text_of(row_line(timeline, number, width=width, now_ms=at(seconds))).rstrip()
        for number in timeline.rows()
    ]


def test_tasks_are_drawn_to_scale() -> None:
    assert rows(nightly(), 80, width=72) == [
        "✗ pull_orders   ██████x▒▒▒▒███████x                           14.0s x2",
        "✓ pull_users    ███                                           4.1s",
        "◔ check         ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ queued",
        "↻ pull_ads      ░░█████████████████████████████████████████x▒ in 8s",
        "▸ pull_events   ░░░░░░░░░░░░░░░░░░░░░░░█████████████████████▸ 38.0s",
        "⊘ load_orders                                                 blocked",
        "◦ join                                                        —",
    ]


def test_head_and_rows_share_their_columns() -> None:
    labels, ruler = (
        text_of(spans)
        for spans in head_lines(Timeline(nightly()), width=80, now_ms=at(80))
    )
    assert labels == (
        "task             0:00        0:20         0:40         1:00       now"
    )
    assert ruler == (
        "                 ├───────────┼────────────┼────────────┼───────────┊ "
    )


def test_the_foot_tells_the_path_the_end_and_the_load() -> None:
    foot = foot_lines(
        Timeline(nightly()),
        width=110,
        now_ms=at(80),
        cpu=[(at(second), 50.0) for second in range(0, 80, 2)],
    )
    texts = [text_of(spans) for spans in foot]
    assert len(texts) == FOOT_LINES
    assert texts[1].startswith("critical path so far: pull_events → join    est. end ")
    # 42 s are left on the path, and for four slots 63 s of work.
    assert texts[1].endswith(f"{time_of_day(at(80 + 44))} (±0:02)")
    assert "slots  4 ┤" in texts[3]
    assert "cpu 100%┤▄▄▄▄▄▄" in texts[5]


def test_a_narrow_foot_keeps_the_end_of_the_path() -> None:
    chain = ">".join(f"task_number_{n}" for n in range(30))
    model = story(
        chain,
        [attempt("task_number_0", 0, 4), attempt("task_number_1", 4)],
        median_ms={f"task_number_{n}": 5_000 for n in range(30)},
    )
    foot = foot_lines(Timeline(model), width=80, now_ms=at(5))
    text = text_of(foot[1])
    assert "… → task_number_1 → task_number_2 → … → task_number_29" in text
    assert "end " in text


def test_the_borders_say_what_the_signs_mean_and_how_many_are_shown() -> None:
    timeline = Timeline(nightly())
    assert text_of(title(120)).startswith(
        "Timeline   █ run  ░ wait for slot  ▒ back-off  x failed attempt"
    )
    assert subtitle(timeline) == "5 of 7 · only started (A shows all)"
    timeline.toggle_critical(at(80))
    assert subtitle(timeline) == "2 of 7 · critical path (C shows the others)"


def test_an_attempt_too_short_for_a_cell_still_has_one() -> None:
    stretches = [Stretch(Kind.WAIT, 0, 10), Stretch(Kind.OK, 10, 10)]
    assert text_of(bar(stretches, WINDOW, 10)) == "░░░░░█    "


@pytest.mark.parametrize(
    ("begin_ms", "end_ms", "text"),
    [(-9, -5, "‹         "), (30, 40, "         ›"), (-9, 40, "██████████")],
)
def test_what_is_out_of_the_window_is_pointed_at(
    begin_ms: int, end_ms: int, text: str
) -> None:
    assert text_of(bar([Stretch(Kind.OK, begin_ms, end_ms)], WINDOW, 10)) == text


def test_a_failure_after_the_window_leaves_its_sign_out() -> None:
    assert text_of(bar([Stretch(Kind.FAILED, 4, 10)], WINDOW, 10)) == "  ██x     "
    assert text_of(bar([Stretch(Kind.FAILED, 4, 30)], WINDOW, 10)) == "  ████████"


def test_a_run_that_is_over_ends_its_axis() -> None:
    model = story(
        "a", [attempt("a", 0, 10)], status=RunStatus.SUCCEEDED, ended_ms=at(10)
    )
    labels, _ = head_lines(Timeline(model), width=80, now_ms=at(9_999))
    assert text_of(labels).endswith("end")


@pytest.mark.parametrize("width", [1, 20, 60, 80, 120, 300])
def test_no_name_breaks_the_chart(width: int) -> None:
    tasks = tuple(
        Task(id=f"{name}{n}", base="t", action=Shell(":"))
        for n, name in enumerate(HOSTILE)
    )
    whole = Dag(name="x", tasks=tasks)
    model = story(whole, [attempt(task.id, n, n + 2) for n, task in enumerate(tasks)])
    timeline = Timeline(model)
    now_ms = at(30)
    lines = [row_line(timeline, n, width=width, now_ms=now_ms) for n in timeline.rows()]
    lines += head_lines(timeline, width=width, now_ms=now_ms)
    lines += foot_lines(timeline, width=width, now_ms=now_ms)
    assert len(lines) == len(HOSTILE) + HEAD_LINES + FOOT_LINES
    check_lines(lines, width)
