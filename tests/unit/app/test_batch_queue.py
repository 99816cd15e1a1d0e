"""Which entry of a batch is next."""

from leo_engine.app.batch_queue import BatchQueue
from leo_engine.spec.batch_entries import BatchEntry


def queue(text: str, **allowed: int) -> BatchQueue:
    """`queue("a a b", a=1, b=2)`: entries by DAG, in order."""
    entries = [BatchEntry(at, dag, {}) for at, dag in enumerate(text.split(), 1)]
    return BatchQueue(entries, allowed)


def taken(waiting: BatchQueue) -> list[BatchEntry]:
    found = []
    while (entry := waiting.take()) is not None:
        found.append(entry)
    return found


def positions(waiting: BatchQueue) -> list[int]:
    return [entry.position for entry in taken(waiting)]


def test_entries_are_taken_in_order() -> None:
    assert positions(queue("a b a b", a=5, b=5)) == [1, 2, 3, 4]


def test_a_dag_has_no_more_entries_under_way_than_it_allows() -> None:
    waiting = queue("a a a b", a=1, b=1)
    first, other = taken(waiting)
    assert (first.position, other.position) == (1, 4)
    waiting.end(first)
    assert positions(waiting) == [2]


def test_a_busy_dag_waits_and_keeps_its_order_while_others_go_on() -> None:
    waiting = queue("a a b a", a=2, b=1)
    first, second, _ = taken(waiting)
    waiting.put_back(second, is_busy=True)
    waiting.put_back(first, is_busy=True)
    assert waiting.is_blocked
    assert positions(waiting) == []
    waiting.unblock()
    assert positions(waiting) == [1, 2]


def test_what_is_put_back_without_being_busy_is_next() -> None:
    waiting = queue("a b", a=1, b=1)
    first, _ = taken(waiting)
    waiting.put_back(first, is_busy=False)
    assert not waiting.is_blocked
    assert positions(waiting) == [1]


def test_it_is_empty_once_everything_was_taken() -> None:
    waiting = queue("a", a=1)
    assert waiting
    taken(waiting)
    assert not waiting
