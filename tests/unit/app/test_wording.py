"""What a task waits for, in words."""

import pytest

from leo_engine.app.wording import told
from leo_engine.state.views import Waiting, WaitsFor


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ((), "waits for upstream"),
        (("a",), "waits for a"),
        (("a", "b", "c"), "waits for a, b, c"),
        (("a", "b", "c", "d", "e"), "waits for a, b, c and 2 more"),
    ],
)
def test_upstream_is_named_as_far_as_it_fits_a_line(
    tasks: tuple[str, ...], words: str
) -> None:
    assert told(Waiting(WaitsFor.UPSTREAM, tasks)) == words


@pytest.mark.parametrize("waits_for", list(WaitsFor))
def test_everything_that_waits_can_say_why(waits_for: WaitsFor) -> None:
    assert bool(told(Waiting(waits_for))) is (waits_for is not WaitsFor.NOTHING)


def test_what_spoilt_a_task_is_not_what_it_waits_for() -> None:
    assert told(Waiting(WaitsFor.NOTHING, ("a",))) == ""
