"""A run looked through forth and back is at each moment what it was then."""

from hypothesis import given, settings, strategies as st

from harmless_lines import check_lines
from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.builders import dag
from leo_tui.text.width import cells
from leo_tui.units import time_of_day
from leo_tui.viewmodels.spans import text_of
from leo_tui.viewmodels.tasks.replay import Moment, Replay
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState
from run_models import attempt_row, run_row, task_row
from run_story import START_MS, at, attempt, row_of

SHAPE = dag("a>b>c d", hooks="tidy", pool="gpu")
TASKS = ("a", "b", "c", "d", "tidy", "gone")
BEGIN = run_row(status=RunStatus.PENDING, created_ms=START_MS, started_ms=None)

STATUSES = st.sampled_from(
    ["waiting", "queued", "running", "backoff", "ok", "failed", "blocked"]
)
TASK_ROWS = st.builds(
    lambda task, word, generation: task_row(task, word, generation=generation),
    st.sampled_from(TASKS),
    STATUSES,
    st.integers(1, 3),
)
ATTEMPT_ROWS = st.builds(
    lambda task, number, ended: attempt_row(
        task, number, ended_ms=ended, outcome="" if ended is None else "failed"
    ),
    st.sampled_from(TASKS),
    st.integers(1, 4),
    st.none() | st.integers(2_000, 9_000),
)
RUNS = st.none() | st.builds(
    lambda generation: run_row(generation=generation, created_ms=START_MS),
    st.integers(1, 3),
)
MOMENTS = st.lists(
    st.builds(
        Moment,
        st.integers(0, 50).map(at),
        st.lists(TASK_ROWS, max_size=3),
        st.lists(ATTEMPT_ROWS, max_size=3),
        RUNS,
    ),
    max_size=12,
)


def state(model: RunModel) -> tuple[object, ...]:
    return (
        model.run,
        model.rows,
        model.states,
        dict(model.counts()),
        [list(model.attempts_of(number)) for number in range(len(model.ids))],
        model.slots_taken,
        model.pool_taken("gpu"),
    )


def folded(moments: list[Moment], count: int, run: RunRow = BEGIN) -> RunModel:
    model = RunModel(SHAPE, run)
    for moment in moments[:count]:
        model.take(moment.run, moment.tasks, moment.attempts)
    return model


@settings(max_examples=200)
@given(MOMENTS, st.lists(st.integers(-1, 13), max_size=8))
def test_wherever_one_goes_it_is_as_if_one_came_from_the_start(
    moments: list[Moment], places: list[int]
) -> None:
    replay = Replay(SHAPE, BEGIN, moments)
    for place in places:
        before = [*replay.model.states], [*replay.model.rows]
        changed = replay.move(place)
        assert replay.position == max(0, min(place, len(moments)))
        assert state(replay.model) == state(folded(moments, replay.position))
        for number, (old, row) in enumerate(zip(*before, strict=True)):
            is_same = replay.model.states[number] is old
            assert number in changed or (is_same and replay.model.rows[number] == row)


@given(MOMENTS, st.integers(-5, 60))
def test_going_to_a_time_leaves_all_up_to_it_behind(
    moments: list[Moment], seconds: int
) -> None:
    moments.sort(key=lambda moment: moment.at_ms)
    replay = Replay(SHAPE, BEGIN, moments)
    replay.to(at(seconds))
    assert replay.position == sum(m.at_ms <= at(seconds) for m in moments)


def told() -> list[Moment]:
    first, second = attempt("a", 0), attempt("d", 4)
    over = attempt("a", 0, 10)
    running = run_row(created_ms=START_MS, started_ms=START_MS)
    return [
        Moment(at(0), [row_of(first)], [first], running),
        Moment(at(4), [row_of(second)], [second]),
        Moment(at(10), [row_of(over)], [over]),
    ]


def test_steps_go_from_change_to_change() -> None:
    replay = Replay(SHAPE, BEGIN, told())
    assert (replay.at_ms, replay.is_at_end) == (START_MS, False)
    assert replay.step(forward=True) == {0}
    assert replay.model.run.status is RunStatus.RUNNING
    assert replay.model.states[0] is TaskState.RUNNING
    assert replay.step(forward=True) == {3}
    assert replay.step(forward=True) == {0}
    assert replay.is_at_end
    assert replay.step(forward=True) == set()
    assert replay.step(forward=False) == {0}
    assert replay.model.rows[0].status is TaskStatus.RUNNING
    assert replay.at_ms == at(4)


def test_a_clock_that_went_back_does_not_break_the_order() -> None:
    moments = [Moment(at(5)), Moment(at(3)), Moment(at(7))]
    replay = Replay(SHAPE, BEGIN, moments)
    replay.to(at(5))
    assert replay.position == 2
    assert replay.at_ms == at(5)


def test_a_run_that_goes_on_gets_longer() -> None:
    *early, last = told()
    replay = Replay(SHAPE, BEGIN, early)
    replay.to(at(99))
    replay.extend([last])
    assert not replay.is_at_end
    assert replay.step(forward=True) == {0}


def test_the_bar_shows_where_one_is() -> None:
    replay = Replay(SHAPE, BEGIN, told())
    replay.to(at(4))
    assert text_of(replay.bar(34)) == (
        f"▕━━━━━━●───────────▏ {time_of_day(at(4))}  2/3"
    )
    replay.to(at(10))
    assert text_of(replay.bar(34)) == (
        f"▕━━━━━━━━━━━━━━━━━●▏ {time_of_day(at(10))}  3/3"
    )
    assert text_of(replay.bar(12)).strip() == time_of_day(at(10)) + "  3/"


def test_the_bar_can_be_pointed_at() -> None:
    replay = Replay(SHAPE, BEGIN, told())
    assert [replay.time_at(cell, 11) for cell in (-1, 0, 5, 10, 99)] == [
        at(0),
        at(0),
        at(5),
        at(10),
        at(10),
    ]


@given(MOMENTS, st.integers(0, 300), st.integers(0, 12))
def test_the_bar_fits(moments: list[Moment], width: int, place: int) -> None:
    replay = Replay(SHAPE, BEGIN, moments)
    replay.move(place)
    check_lines([replay.bar(width)], width)
    assert cells(text_of(replay.bar(40))) == 40
