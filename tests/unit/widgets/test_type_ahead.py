"""Keys held back for the dialog that an action before them opens."""

from textual.events import Key

from leo_tui.screens.main.type_ahead import TypeAhead


def typed(held: list[Key]) -> list[str]:
    return [event.key for event in held]


def test_what_is_typed_while_an_action_begins_waits_for_its_question() -> None:
    ahead = TypeAhead()
    ahead.begin(0)
    assert ahead.takes(Key("g", "g"), 100)
    assert ahead.takes(Key("enter", None), 200)
    assert typed(ahead.end()) == ["g", "enter"]


def test_what_is_typed_with_no_action_under_way_waits_for_nothing() -> None:
    ahead = TypeAhead()
    assert not ahead.takes(Key("g", "g"), 100)
    ahead.begin(0)
    ahead.end()
    assert not ahead.takes(Key("g", "g"), 100)


def test_a_slow_action_keeps_the_keyboard_for_half_a_second_at_most() -> None:
    ahead = TypeAhead()
    ahead.begin(0)
    assert ahead.takes(Key("g", "g"), 499)
    assert not ahead.is_overdue(499)
    assert not ahead.takes(Key("h", "h"), 500)
    assert ahead.is_overdue(500)
    assert typed(ahead.end()) == ["g"]


def test_an_action_that_ends_late_does_not_let_go_what_waits_for_the_next() -> None:
    ahead = TypeAhead()
    first, second = ahead.begin(0), ahead.begin(10)
    assert not ahead.is_latest(first)
    assert ahead.is_latest(second)
