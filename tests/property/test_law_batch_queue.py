"""Laws of the order in which the entries of a batch begin."""

from collections import Counter
from random import Random

from hypothesis import given, strategies as st

from leo_engine.app.batch_queue import BatchQueue
from leo_engine.spec.batch_entries import BatchEntry

DAGS = "abc"


@given(
    st.lists(st.sampled_from(DAGS), max_size=12),
    st.fixed_dictionaries({dag: st.integers(1, 3) for dag in DAGS}),
    st.lists(st.sampled_from(["end", "busy", "again", "unblock"]), max_size=40),
    st.randoms(use_true_random=False),
)
def test_every_entry_begins_once_its_dag_has_room_and_none_is_forgotten(
    dags: list[str], allowed: dict[str, int], acts: list[str], random: Random
) -> None:
    entries = [BatchEntry(at, dag, {}) for at, dag in enumerate(dags, 1)]
    waiting = BatchQueue(entries, allowed)
    under_way: list[BatchEntry] = []
    ended: list[int] = []

    def take_all() -> None:
        while (entry := waiting.take()) is not None:
            under_way.append(entry)
        counts = Counter(entry.dag for entry in under_way)
        assert all(counts[dag] <= allowed[dag] for dag in counts)

    for act in [*acts, "unblock", *["end"] * len(entries)]:
        take_all()
        if act == "unblock" or not under_way:
            waiting.unblock()
            continue
        entry = under_way.pop(random.randrange(len(under_way)))
        if act == "end":
            waiting.end(entry)
            ended.append(entry.position)
        else:
            waiting.put_back(entry, is_busy=act == "busy")
    take_all()
    assert not waiting
    left = [entry.position for entry in under_way]
    assert sorted(ended + left) == [entry.position for entry in entries]
