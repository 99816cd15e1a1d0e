"""Whose deque a task goes to, and who takes it."""

from leo_engine.placement.rank import Ranking
from leo_engine.placement.stealing import Stealing

# The smaller the task, the longer its remaining path.
RANKING = Ranking(list(range(10)), list(range(10)))


def stealing(slots: int, *, first: tuple[int, ...] = ()) -> Stealing:
    placement = Stealing(RANKING, slots)
    for task in first:
        placement.push(task, None)
    return placement


def test_first_tasks_are_dealt_longest_first_in_whatever_order_they_came() -> None:
    placement = stealing(2, first=(3, 1, 0, 2))
    assert placement.pop(1) == 1
    assert placement.pop(0) == 0
    assert placement.pop(1) == 3
    assert placement.pop(0) == 2


def test_a_finished_attempt_feeds_its_own_slot() -> None:
    placement = stealing(2, first=(0, 1))
    assert placement.pop(0) == 0
    placement.push(2, 0)
    assert placement.pop(1) == 1
    assert placement.pop(0) == 2


def test_a_slot_prefers_its_own_tasks_to_longer_ones_of_others() -> None:
    placement = stealing(2)
    placement.push(5, 0)
    placement.push(1, 1)
    assert placement.pop(0) == 5


def test_an_idle_slot_steals_the_oldest_task_of_the_fullest_deque() -> None:
    placement = stealing(3)
    placement.push(9, 0)
    assert placement.pop(2) == 9
    placement.push(7, 0)
    placement.push(8, 1)
    assert placement.pop(1) == 8
    placement.push(3, 0)
    placement.push(2, 1)
    assert placement.pop(2) == 7


def test_no_slot_stays_idle_while_a_task_waits_anywhere() -> None:
    placement = stealing(4)
    for task in range(6):
        placement.push(task, 3)
    taken = {placement.pop(slot) for slot in (0, 1, 2, 0, 1, 2)}
    assert taken == {0, 1, 2, 3, 4, 5}
    assert placement.pop(3) is None


def test_a_discarded_task_is_not_given_out_wherever_it_waited() -> None:
    placement = stealing(2, first=(0, 1))
    placement.discard(0)
    placement.push(2, 1)
    placement.discard(2)
    placement.discard(9)
    assert placement.startable_count == 1
    assert placement.pop(0) == 1
    assert placement.pop(0) is None


def test_an_offer_made_twice_counts_once() -> None:
    placement = stealing(2)
    placement.push(1, 0)
    placement.push(1, 1)
    assert placement.pop(1) == 1
    assert placement.pop(0) is None


def test_a_slot_number_beyond_the_deques_shares_one() -> None:
    placement = stealing(2)
    placement.push(4, 7)
    assert placement.pop(5) == 4
