"""An axis of time: round steps, labels that do not touch, one mark."""

import pytest
from hypothesis import given, strategies as st

from leo_tui.text.width import cells
from leo_tui.viewmodels.panels.time_window import Mark, TimeWindow, axis, fitted
from leo_tui.viewmodels.spans import text_of

MINUTE_MS = 60_000
NEVER = Mark(-(10**18), "now")


def drawn(
    window: TimeWindow, width: int, mark: Mark = NEVER, origin_ms: int = 0
) -> list[str]:
    return [text_of(spans) for spans in axis(window, origin_ms, width, mark)]


def test_labels_stand_over_their_ticks() -> None:
    labels, ruler = drawn(TimeWindow(0, 2 * MINUTE_MS), 60)
    assert labels == "0:00      0:20      0:40      1:00      1:20      1:40      "
    assert ruler == "├─────────┼─────────┼─────────┼─────────┼─────────┼─────────"


def test_the_mark_ends_the_ruler_and_drives_labels_away() -> None:
    labels, ruler = drawn(TimeWindow(0, 30_000), 30, Mark(21_000, "now"))
    assert labels == "0:00      0:10       now      "
    assert ruler == "├─────────┼─────────┼┊        "


def test_times_before_the_origin_are_negative() -> None:
    labels, _ = drawn(TimeWindow(-20_000, 40_000), 40)
    assert labels.split() == ["-0:20", "-0:10", "0:00", "0:10"]


@pytest.mark.parametrize(
    ("length_ms", "labels"),
    [
        (1_000, ["0.0s", "0.2s", "0.4s", "0.6s", "0.8s"]),
        (3 * 3_600_000, ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00", "2:30:00"]),
    ],
)
def test_steps_are_round_at_any_scale(length_ms: int, labels: list[str]) -> None:
    assert drawn(TimeWindow(0, length_ms), 60)[0].split() == labels


@given(st.integers(-(10**9), 10**9), st.integers(1_000, 10**10), st.integers(1, 300))
def test_an_axis_is_as_wide_as_asked(begin_ms: int, length_ms: int, width: int) -> None:
    mark = Mark(begin_ms + length_ms // 2, "now")
    for text in drawn(TimeWindow(begin_ms, length_ms), width, mark):
        assert cells(text) == width


def test_zooming_leaves_a_moment_where_it_is() -> None:
    window = TimeWindow(0, 100_000)
    closer = window.zoomed(0.5, 80_000)
    assert closer == TimeWindow(40_000, 50_000)
    assert closer.cell(80_000, 100) == window.cell(80_000, 100)
    assert closer.zoomed(2, 80_000) == window


def test_zooming_has_its_limits() -> None:
    assert TimeWindow(0, 1_000).zoomed(0.5, 0).length_ms == 1_000


def test_a_fitted_window_shows_the_last_moment() -> None:
    assert fitted(0, 60_000).holds(60_000)
    assert fitted(5, 5).holds(5)
