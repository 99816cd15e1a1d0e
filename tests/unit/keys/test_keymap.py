"""The table of keys has no clash; what a person changes is checked as a whole."""

import pytest
from textual.keys import Keys

from leo_tui.keys.actions import ACTIONS, EVERYWHERE, Place
from leo_tui.keys.key_names import KEY_NAMES, key_fault, key_text, shown
from leo_tui.keys.keymap import Keymap, KeymapError

DEFAULT = Keymap.load({})


def messages(overrides: dict[str, str | list[str]]) -> list[str]:
    with pytest.raises(KeymapError) as caught:
        Keymap.load(overrides)
    return [str(problem) for problem in caught.value.problems]


def test_every_action_has_a_name_of_its_own_and_a_title() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    silent = [a.id for a in ACTIONS if not (a.title and a.places)]
    assert silent == []


def test_every_key_of_the_table_can_be_pressed() -> None:
    faults = [key_fault(key) for action in ACTIONS for key in action.keys]
    assert set(faults) == {("", "")}


def test_each_action_is_reached_by_its_keys_where_it_works_and_nowhere_else() -> None:
    for action in ACTIONS:
        for place in Place:
            for key in action.keys:
                found = DEFAULT.action_for(key, place)
                assert (found == action) == (place in action.places)


def test_a_key_that_means_nothing_means_nothing() -> None:
    assert DEFAULT.action_for("Z", Place.TASKS) is None
    assert DEFAULT.action_for("w", Place.TASKS) is None


def test_another_key_takes_the_place_of_the_usual_one() -> None:
    keymap = Keymap.load({"task.retry": ["f5", "Z"]})
    assert keymap.keys_of("task.retry") == ("f5", "Z")
    found = keymap.action_for("f5", Place.TASKS)
    assert found is not None
    assert found.id == "task.retry"
    assert keymap.action_for("r", Place.TASKS) is None


def test_two_actions_may_swap_their_keys() -> None:
    keymap = Keymap.load({"task.stop": "X", "run.stop": "x"})
    found = keymap.action_for("x", Place.TASKS)
    assert found is not None
    assert found.id == "run.stop"


def test_no_keys_switch_an_action_off_but_never_the_way_out() -> None:
    assert Keymap.load({"sidebar": []}).keys_of("sidebar") == ()
    assert messages({"app.quit": []}) == [
        "app.quit: 'app.quit' cannot be without a key (give it at least one key)"
    ]


def test_a_key_taken_elsewhere_is_refused_where_both_are_found() -> None:
    assert messages({"task.retry": "x"}) == [
        (
            "task.retry: 'x' is also 'task.stop' in compare, details, meters, "
            "output, runs, tasks, timeline (give 'task.stop' another key as well)"
        )
    ]


def test_the_same_key_in_places_that_are_never_one_is_fine() -> None:
    assert Keymap.load({"file.new": "w"}).keys_of("out.wrap") == ("w",)


def test_all_problems_are_told_at_once() -> None:
    assert messages({"task.rety": "r", "zoom": ["ctrl+i", "esc"], "help": "enter"}) == [
        "task.rety: there is no action 'task.rety' (did you mean 'task.retry'?)",
        (
            "zoom: 'ctrl+i' arrives as tab "
            "(terminals cannot tell them apart; take another)"
        ),
        "zoom: there is no key 'esc' (write 'escape')",
        "help: 'enter' is also 'open' everywhere (give 'open' another key as well)",
    ]


@pytest.mark.parametrize("key", ["ctrl+i", "ctrl+m", "ctrl+h", "ctrl+j", "ctrl+["])
def test_keys_that_arrive_as_others_are_refused(key: str) -> None:
    message, _ = key_fault(key)
    assert "arrives as" in message
    assert key not in {k for action in ACTIONS for k in action.keys}


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("Ctrl+D", "write 'ctrl+d'"),
        ("shift+ctrl+up", "write 'ctrl+shift+up'"),
        ("shift+r", "write the character that it types, as 'R'"),
        ("pagedwn", "did you mean 'pagedown'?"),
        (" ", "write 'space'"),
        ("", "write the character that it types, or a name such as 'ctrl+d'"),
        ("\x1b", "write the character that it types, or a name such as 'ctrl+d'"),
    ],
)
def test_a_misspelt_key_is_told_how_it_is_written(key: str, hint: str) -> None:
    message, told = key_fault(key)
    assert message == f"there is no key {key!r}"
    assert told == hint


@pytest.mark.parametrize(
    ("event_key", "character", "text"),
    [
        ("r", "r", "r"),
        ("R", "R", "R"),
        ("exclamation_mark", "!", "!"),
        ("plus", "+", "+"),
        ("left_square_bracket", "[", "["),
        ("space", " ", "space"),
        ("enter", "\r", "enter"),
        ("escape", "\x1b", "escape"),
        ("tab", "\t", "tab"),
        ("ctrl+d", "\x04", "ctrl+d"),
        ("alt+r", "r", "alt+r"),
        ("ctrl+@", "\x00", "ctrl+space"),
        ("shift+tab", None, "shift+tab"),
        ("pagedown", None, "pagedown"),
        ("latin_small_letter_o_with_diaeresis", "ö", "ö"),
    ],
)
def test_what_textual_says_becomes_what_the_table_says(
    event_key: str, character: str | None, text: str
) -> None:
    assert key_text(event_key, character) == text


def test_the_names_of_keys_are_textuals() -> None:
    theirs = {key_text(key.value, None) for key in Keys}
    without_modifier = {name for name in KEY_NAMES if "+" not in name}
    assert without_modifier <= theirs
    assert {"ctrl+d", "shift+tab", "ctrl+space", "ctrl+backslash"} <= theirs


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("pagedown", "pgdn"),
        ("ctrl+d", "^d"),
        ("space", "space"),
        ("escape", "esc"),
        ("down", "↓"),
        ("shift+tab", "shift-tab"),
        ("ctrl+shift+up", "ctrl-shift-↑"),
        ("ctrl+backslash", "^\\"),
        ("+", "+"),
        ("R", "R"),
    ],
)
def test_keys_are_shown_short(key: str, text: str) -> None:
    assert shown(key) == text


def test_a_place_lists_its_own_actions_first() -> None:
    actions = DEFAULT.actions_of(Place.OUTPUT)
    assert actions[0].places == {Place.OUTPUT}
    assert actions[-1].places == EVERYWHERE
    assert {action.id for action in actions} >= {"out.wrap", "nav.down"}
