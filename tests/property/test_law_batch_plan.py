"""Laws of plans: their hash knows what is run and nothing else."""

from random import Random

from hypothesis import given, strategies as st

from leo_engine.spec.batch_entries import BatchEntry, plan_hash

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
values = scalars | st.lists(scalars, max_size=2)
params = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
entries = st.lists(
    st.builds(BatchEntry, st.just(1), st.sampled_from(["x", "y"]), params), max_size=6
)


def keys(found: list[BatchEntry]) -> set[bytes]:
    return {entry.key for entry in found}


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_entries_and_parameters_does_not_matter(
    found: list[BatchEntry], random: Random
) -> None:
    shuffled = []
    for entry in found:
        names = list(entry.params)
        random.shuffle(names)
        turned = {name: entry.params[name] for name in names}
        shuffled.append(BatchEntry(entry.position + 7, entry.dag, turned))
    random.shuffle(shuffled)
    assert plan_hash(shuffled) == plan_hash(found)


@given(entries, entries)
def test_two_plans_have_the_same_hash_only_when_they_run_the_same(
    one: list[BatchEntry], other: list[BatchEntry]
) -> None:
    assert (plan_hash(one) == plan_hash(other)) == (keys(one) == keys(other))
