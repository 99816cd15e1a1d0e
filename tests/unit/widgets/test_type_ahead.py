"""Keys held back for the dialog that an action before them opens."""

from collections import deque
from collections.abc import Callable
from string import ascii_lowercase

from hypothesis import given, strategies as st
from textual.events import Key

from leo_tui.screens.main.type_ahead import TypeAhead


class Keyboard:
    """Keys on their way through a queue, as an app's, to whoever handles them."""

    def __init__(self) -> None:
        self.queue: deque[Key] = deque()
        self.ahead = TypeAhead(self.queue.append)
        self.handled = ""
        self.now_ms = 0

    def press(self, keys: str) -> None:
        """Put keys at the end of the queue."""
        self.queue.extend(Key(key, key) for key in keys)

    def handle(self, most: int = 99) -> None:
        """Take so many keys from the queue, held or not."""
        for _ in range(min(most, len(self.queue))):
            event = self.queue.popleft()
            if not self.ahead.takes(event, self.now_ms):
                self.handled += event.key


def test_what_is_typed_while_an_action_begins_waits_for_its_question() -> None:
    board = Keyboard()
    board.ahead.begin(0)
    board.press("go")
    board.handle()
    assert board.handled == ""
    board.ahead.let_go()
    board.handle()
    assert board.handled == "go"


def test_what_is_typed_with_no_action_under_way_waits_for_nothing() -> None:
    board = Keyboard()
    board.press("g")
    board.handle()
    board.ahead.end(board.ahead.begin(0))
    board.press("h")
    board.handle()
    assert board.handled == "gh"


def test_a_slow_action_keeps_the_keyboard_for_half_a_second_at_most() -> None:
    board = Keyboard()
    board.ahead.begin(0)
    board.press("g")
    board.handle()
    board.now_ms = 499
    board.ahead.end_overdue(board.now_ms)
    board.handle()
    assert board.handled == ""
    board.now_ms = 500
    board.ahead.end_overdue(board.now_ms)
    board.handle()
    assert board.handled == "g"


def test_a_key_that_comes_too_late_to_wait_does_not_overtake_those_that_do() -> None:
    board = Keyboard()
    board.ahead.begin(0)
    board.press("g")
    board.handle()
    board.now_ms = 500
    board.press("h")
    board.handle(1)
    board.press("i")
    board.handle()
    board.handle()
    assert board.handled == "ghi"


def test_a_key_in_the_queue_does_not_overtake_those_that_are_let_go() -> None:
    board = Keyboard()
    board.ahead.begin(0)
    board.press("g")
    board.handle()
    board.press("hi")
    board.ahead.let_go()
    board.handle()
    board.handle()
    assert board.handled == "ghi"


def test_an_action_that_ends_late_does_not_let_go_what_waits_for_the_next() -> None:
    board = Keyboard()
    first, second = board.ahead.begin(0), board.ahead.begin(10)
    board.press("g")
    board.handle()
    board.ahead.end(first)
    board.handle()
    assert board.handled == ""
    board.ahead.end(second)
    board.handle()
    assert board.handled == "g"


def test_a_key_that_is_held_twice_is_not_overtaken_by_one_that_was_on_its_way() -> None:
    board = Keyboard()
    board.press("ab")
    first = board.ahead.begin(0)
    board.handle()
    board.ahead.end(first)
    board.ahead.begin(0)
    board.handle(1)
    board.ahead.let_go()
    for _ in range(4):
        board.handle()
    assert board.handled == "ab"


@given(st.lists(st.sampled_from(["type", "handle", "begin", "end", "asked", "later"])))
def test_keys_arrive_in_the_order_in_which_they_were_typed(steps: list[str]) -> None:
    board = Keyboard()
    letters = iter(ascii_lowercase * 9)
    latest = 0

    def later() -> None:
        board.now_ms += 300
        board.ahead.end_overdue(board.now_ms)

    does: dict[str, Callable[[], object]] = {
        "type": lambda: board.press(next(letters)),
        "handle": lambda: board.handle(1),
        "end": lambda: board.ahead.end(latest),
        "asked": board.ahead.let_go,
        "later": later,
    }
    for step in steps:
        if step == "begin":
            latest = board.ahead.begin(board.now_ms)
        else:
            does[step]()
    board.ahead.let_go()
    while board.queue:
        board.handle()
    assert board.handled == (ascii_lowercase * 9)[: steps.count("type")]
