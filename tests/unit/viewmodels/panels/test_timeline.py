"""The Gantt chart: who is on it, in which order, and what its window shows."""

from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.panels.timeline import Timeline
from leo_tui.viewmodels.panels.timeline_bars import Kind, Stretch
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import run_row, task_row
from run_story import START_MS, at, attempt, row_of, story


def shown(timeline: Timeline) -> str:
    return " ".join(timeline.model.ids[number] for number in timeline.rows())


def did(model: RunModel, task: str, seconds: float) -> list[Stretch]:
    timeline = Timeline(model)
    found = timeline.stretches_of(model.index[task], at(seconds))
    return [
        Stretch(kind, begin_ms - START_MS, end_ms - START_MS)
        for kind, begin_ms, end_ms in found
    ]


def test_tasks_stand_in_the_order_of_their_start() -> None:
    model = story(
        "a b c d>e", [attempt("b", 3, 4), attempt("c", 1, 9), attempt("d", 1)]
    )
    timeline = Timeline(model)
    assert shown(timeline) == "c d b"
    timeline.toggle_all()
    assert shown(timeline) == "c d b a e"


def test_what_starts_later_takes_its_place() -> None:
    model = story("a b c", [attempt("a", 5)])
    timeline = Timeline(model)
    first = attempt("c", 2)
    timeline.take(model.take(None, [row_of(first)], [first]))
    assert shown(timeline) == "c a"
    assert timeline.place_of(model.index["a"]) == 1
    assert timeline.place_of(model.index["b"]) is None


def test_a_task_that_could_start_is_shown_from_when_it_could() -> None:
    model = story(
        "a>b c", [attempt("a", 0, 4), attempt("c", 6)], [task_row("b", "queued")]
    )
    assert shown(Timeline(model)) == "a b c"
    assert did(model, "b", 9) == [Stretch(Kind.WAIT, 4_000, 9_000)]


def test_a_task_waits_from_its_last_upstream_to_its_start() -> None:
    model = story(
        "a>c b>c", [attempt("a", 0, 2), attempt("b", 0, 5), attempt("c", 7, 9)]
    )
    assert did(model, "c", 20) == [
        Stretch(Kind.WAIT, 5_000, 7_000),
        Stretch(Kind.OK, 7_000, 9_000),
    ]


def test_between_attempts_a_task_pauses() -> None:
    model = story(
        "a",
        [attempt("a", 0, 2, "failed"), attempt("a", 6, 7, "timed_out", number=2)],
        [task_row("a", "backoff", attempt=2)],
    )
    assert did(model, "a", 9) == [
        Stretch(Kind.FAILED, 0, 2_000),
        Stretch(Kind.BACKOFF, 2_000, 6_000),
        Stretch(Kind.FAILED, 6_000, 7_000),
        Stretch(Kind.BACKOFF, 7_000, 9_000),
    ]


def test_a_run_that_goes_on_again_begins_a_new_axis() -> None:
    old = attempt("a", -500, -400)
    again = attempt("b", 3, number=2, generation=2)
    model = story(
        "a b",
        [old, attempt("b", -500, -450, "failed"), again],
        [row_of(old), row_of(again)],
        generation=2,
    )
    timeline = Timeline(model)
    assert timeline.window(at(10)).begin_ms == START_MS
    assert shown(timeline) == "b"
    assert did(model, "b", 5)[-2:] == [
        Stretch(Kind.WAIT, 0, 3_000),
        Stretch(Kind.GOING, 3_000, 5_000),
    ]


def test_tasks_are_ordered_anew_when_a_generation_begins() -> None:
    model = story("a b", [attempt("a", 0, 2), attempt("b", 0, 2, "failed")])
    timeline = Timeline(model)
    changed = model.take(
        run_row(generation=2, created_ms=START_MS, started_ms=at(100)), [], []
    )
    timeline.take(changed)
    assert shown(timeline) == ""


def test_a_hook_does_not_wait_for_what_it_is_called_by() -> None:
    model = story(dag("a", hooks="tidy"), [attempt("tidy", 5, 6)])
    assert did(model, "tidy", 9) == [Stretch(Kind.OK, 5_000, 6_000)]


def test_the_window_grows_with_the_run_until_it_is_moved() -> None:
    timeline = Timeline(story("a", [attempt("a", 0)]))
    assert timeline.window(at(50)).holds(at(50))
    assert timeline.window(at(100)).length_ms > timeline.window(at(50)).length_ms
    timeline.pan(at(50), later=False)
    moved = timeline.window(at(50))
    assert timeline.window(at(80)) == moved
    timeline.fit()
    assert timeline.window(at(80)).holds(at(80))


def test_zoomed_in_on_its_end_a_live_run_stays_in_view() -> None:
    timeline = Timeline(story("a", [attempt("a", 0)]))
    timeline.zoom(at(100), closer=True)
    assert timeline.window(at(400)).holds(at(400))
    assert not timeline.window(at(400)).holds(at(0))


def test_zooming_into_a_finished_run_stays_with_the_task() -> None:
    model = story(
        "a b",
        [attempt("a", 0, 10), attempt("b", 90, 100)],
        status=RunStatus.SUCCEEDED,
        ended_ms=at(100),
    )
    timeline = Timeline(model)
    for _ in range(3):
        timeline.zoom(at(999), closer=True, number=model.index["b"])
    assert timeline.window(at(999)).holds(at(90))
    assert timeline.end_ms(at(999)) == at(100)


def test_a_run_cannot_be_panned_out_of_sight() -> None:
    timeline = Timeline(story("a", [attempt("a", 0)]))
    for later in (True, False):
        for _ in range(50):
            timeline.pan(at(100), later=later)
        window = timeline.window(at(100))
        assert window.begin_ms < at(100)
        assert window.end_ms > START_MS


def test_the_critical_path_can_be_looked_at_alone() -> None:
    model = story(
        "a>b c",
        [attempt("a", 0, 10), attempt("c", 0, 30)],
        median_ms={"b": 50_000},
    )
    timeline = Timeline(model)
    timeline.toggle_critical(at(30))
    assert shown(timeline) == "a b"
    last = attempt("c", 0, 90)
    timeline.take(model.take(None, [row_of(last)], [last]))
    assert timeline.follow_path(at(90))
    assert shown(timeline) == "c"
    assert not timeline.follow_path(at(90))
    timeline.toggle_critical(at(90))
    assert shown(timeline) == "a c"


def test_a_replay_stands_still_on_the_axis_of_the_whole_run() -> None:
    model = story("a b", [attempt("a", 0, 50), attempt("b", 10)], ended_ms=at(100))
    timeline = Timeline(model)
    timeline.moment_ms = at(30)
    assert timeline.end_ms(at(9_999)) == at(30)
    assert timeline.window(at(9_999)).holds(at(100))
    assert not timeline.window(at(9_999)).holds(at(200))
    b = list(timeline.stretches_of(model.index["b"], at(9_999)))
    assert b[-1] == Stretch(Kind.GOING, at(10), at(30))
