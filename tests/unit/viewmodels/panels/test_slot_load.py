"""The plot of slots is what counting the attempts under way would give."""

from hypothesis import given, strategies as st

from leo_tui.viewmodels.panels.slot_load import SlotLoad
from leo_tui.viewmodels.panels.time_window import TimeWindow
from run_story import START_MS, at, attempt

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.none() | st.integers(0, 40)), max_size=30
)


@given(SPANS)
def test_the_mean_of_each_cell_is_that_of_its_seconds(
    spans: list[tuple[int, int | None]],
) -> None:
    load = SlotLoad()
    rows = [
        attempt(f"t{n}", begin, None if length is None else begin + length)
        for n, (begin, length) in enumerate(spans)
    ]
    load.take(rows)
    plot = load.plot(TimeWindow(START_MS, 60_000), 60, at(60))
    for second, value in enumerate(plot):
        busy = sum(
            begin <= second and (length is None or second < begin + length)
            for begin, length in spans
        )
        assert value is not None
        assert abs(value - busy) < 1e-6


def in_use(load: SlotLoad, seconds: float) -> float | None:
    return load.plot(TimeWindow(at(seconds), 1_000), 1, at(99))[0]


def test_an_attempt_is_counted_once_however_often_it_is_told() -> None:
    load = SlotLoad()
    load.take([attempt("a", 0)])
    load.take([attempt("a", 0)])
    assert in_use(load, 5) == 1
    load.take([attempt("a", 0, 8)])
    load.take([attempt("a", 0, 8)])
    assert (in_use(load, 5), in_use(load, 8)) == (1, 0)


def test_what_takes_no_slot_is_not_counted() -> None:
    load = SlotLoad()
    load.take([attempt("sub", 0, executor="engine")])
    assert in_use(load, 5) == 0
    assert load.first_ms(7) == 7


def test_cells_that_have_not_begun_are_empty() -> None:
    load = SlotLoad()
    load.take([attempt("a", 0)])
    assert load.plot(TimeWindow(START_MS, 4_000), 4, at(2)) == [1, 1, None, None]
