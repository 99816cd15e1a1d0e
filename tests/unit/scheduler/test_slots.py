"""Slots are shared evenly between runs that want them; one alone may have all."""

from leo_engine.scheduler.slots import Slots


class User:
    """A run that wants so many slots more."""

    def __init__(self, slots: Slots, wants: int = 0) -> None:
        self.slots = slots
        self.wants = wants
        self.held: list[int] = []
        self.woken_count = 0
        slots.join(self)

    def wants_slot(self) -> bool:
        """Tell whether it waits."""
        return self.wants > 0

    def wake(self) -> None:
        """Count how often it was woken."""
        self.woken_count += 1

    def grab(self) -> None:
        """Take all that it may have."""
        while self.wants and (slot := self.slots.take(self)) is not None:
            self.held.append(slot)
            self.wants -= 1

    def finish_one(self) -> None:
        """Give the latest slot back."""
        self.slots.give_back(self, self.held.pop())


def test_a_run_that_is_alone_may_have_every_slot() -> None:
    slots = Slots(4)
    user = User(slots, wants=9)
    user.grab()
    assert sorted(user.held) == [0, 1, 2, 3]
    assert slots.idle_count == 0


def test_a_run_may_have_every_slot_while_no_other_waits() -> None:
    slots = Slots(4)
    wide, quiet = User(slots, wants=9), User(slots)
    wide.grab()
    assert len(wide.held) == 4
    assert not quiet.held


def test_runs_that_all_wait_get_even_shares() -> None:
    slots = Slots(6)
    users = [User(slots, wants=9) for _ in range(3)]
    for user in users:
        user.grab()
    assert [len(user.held) for user in users] == [2, 2, 2]


def test_shares_are_rounded_up_so_that_no_slot_stays_idle() -> None:
    slots = Slots(5)
    users = [User(slots, wants=9) for _ in range(2)]
    for user in users:
        user.grab()
    assert slots.idle_count == 0
    assert [len(user.held) for user in users] == [3, 2]


def test_a_run_that_comes_late_is_not_starved_by_a_wide_one() -> None:
    slots = Slots(4)
    wide = User(slots, wants=100)
    wide.grab()
    late = User(slots, wants=2)
    for _ in range(2):
        wide.finish_one()
        wide.grab()
        late.grab()
    assert len(late.held) == 2
    assert len(wide.held) == 2


def test_even_with_more_runs_than_slots_each_gets_its_turn() -> None:
    slots = Slots(1)
    users = [User(slots, wants=1) for _ in range(3)]
    served: list[User] = []
    while any(user.wants for user in users):
        for user in users:
            user.grab()
        holder = next(user for user in users if user.held)
        served.append(holder)
        holder.finish_one()
    assert served == users


def test_who_has_slots_to_spare_wakes_those_that_wait_and_not_itself() -> None:
    slots = Slots(2)
    one, waiting, content = User(slots, 1), User(slots, 1), User(slots)
    slots.wake_others(one)
    assert [one.woken_count, waiting.woken_count, content.woken_count] == [0, 1, 0]


def test_nobody_is_woken_for_slots_that_are_taken() -> None:
    slots = Slots(1)
    one, waiting = User(slots, 1), User(slots, 0)
    one.grab()
    waiting.wants = 1
    slots.wake_others(one)
    assert waiting.woken_count == 0


def test_what_a_leaving_run_does_not_use_wakes_the_others() -> None:
    slots = Slots(2)
    leaving, waiting = User(slots), User(slots, 2)
    slots.leave(leaving)
    assert waiting.woken_count == 1
    waiting.grab()
    assert len(waiting.held) == 2


def test_a_slot_given_back_after_leaving_is_idle_again() -> None:
    slots = Slots(1)
    user = User(slots, 1)
    user.grab()
    slots.leave(user)
    user.finish_one()
    assert slots.idle_count == 1
