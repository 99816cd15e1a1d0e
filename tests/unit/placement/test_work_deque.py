"""The two ends of one slot's deque."""

from leo_engine.placement.rank import Ranking
from leo_engine.placement.work_deque import WorkDeque

# Task 3 has the longest remaining path, then 2, 1 and 0.
RANKING = Ranking([3, 2, 1, 0], [3, 2, 1, 0])


def deque_of(*tasks_and_ages: tuple[int, int]) -> WorkDeque:
    deque = WorkDeque(RANKING)
    for task, age in tasks_and_ages:
        deque.push(task, age)
    return deque


def test_its_owner_takes_the_longest_remaining_path() -> None:
    deque = deque_of((1, 0), (3, 1), (2, 2))
    assert [deque.pop() for _ in range(4)] == [3, 2, 1, None]


def test_a_thief_takes_the_oldest() -> None:
    deque = deque_of((1, 0), (3, 1), (2, 2))
    assert [deque.steal() for _ in range(4)] == [1, 3, 2, None]


def test_a_thief_takes_the_longest_of_those_that_came_together() -> None:
    deque = deque_of((1, 5), (3, 5), (2, 5), (0, 4))
    assert [deque.steal() for _ in range(4)] == [0, 3, 2, 1]


def test_what_is_taken_at_one_end_is_gone_at_the_other() -> None:
    deque = deque_of((0, 0), (1, 1), (2, 2))
    assert deque.steal() == 0
    assert deque.pop() == 2
    assert deque.steal() == 1
    assert deque.pop() is None


def test_a_discarded_task_is_given_to_nobody_until_it_comes_again() -> None:
    deque = deque_of((3, 0), (1, 1))
    assert deque.discard(3)
    assert not deque.discard(3)
    assert deque.pop() == 1
    deque.push(3, 2)
    assert deque.steal() == 3
