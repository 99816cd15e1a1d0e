"""Laws of the placers, over any DAG, any durations, any number of slots."""

from random import Random

import pytest
from hypothesis import given, strategies as st

from leo_engine.graph.critical_path import critical_path
from leo_engine.graph.dag import Graph
from leo_engine.placement.placer import Strategy
from leo_engine.placement.rank import Ranking
from leo_engine.placement.stealing import Stealing
from leo_engine.simulation.plan import Plan, simulate
from leo_engine.spec.model import Dag
from leo_engine.testing.arbitrary import arbitrary_dag
from leo_engine.testing.builders import dag

# One kind shrinks to the smallest case, the other wanders farther.
chances = st.one_of(st.randoms(use_true_random=False), st.randoms(use_true_random=True))
slot_counts = st.integers(min_value=1, max_value=5)


def any_plan(chance: Random, slots: int, strategy: Strategy) -> tuple[Dag, Plan]:
    spec = arbitrary_dag(chance, size=12, plain=True)
    durations = {task.id: chance.randint(1, 50) for task in spec.tasks}
    return spec, simulate(spec, durations=durations, slots=slots, strategy=strategy)


@given(chances, slot_counts)
def test_stealing_never_takes_longer_than_t1_over_p_plus_the_critical_path(
    chance: Random, slots: int
) -> None:
    spec, plan = any_plan(chance, slots, Strategy.STEALING)
    durations = {task.task: task.end_ms - task.start_ms for task in plan.tasks}
    graph = Graph.build(
        [task.id for task in spec.tasks], [task.upstream for task in spec.tasks]
    )
    work = [durations[task] for task in graph.ids]
    longest, _ = critical_path(graph, work)
    assert plan.makespan_ms <= sum(work) / slots + longest


@given(chances, slot_counts, st.sampled_from(Strategy))
def test_no_schedule_beats_the_lower_bound(
    chance: Random, slots: int, strategy: Strategy
) -> None:
    _, plan = any_plan(chance, slots, strategy)
    assert plan.makespan_ms >= plan.lower_bound_ms


@given(chances, slot_counts, st.sampled_from(Strategy))
def test_every_task_is_placed_once_after_its_upstream_on_a_slot_of_its_own(
    chance: Random, slots: int, strategy: Strategy
) -> None:
    spec, plan = any_plan(chance, slots, strategy)
    placed = {task.task: task for task in plan.tasks}
    assert len(plan.tasks) == len(placed) == len(spec.tasks)
    for task in spec.tasks:
        for before in task.upstream:
            assert placed[before].end_ms <= placed[task.id].start_ms
    for one in plan.tasks:
        assert 0 <= one.slot < slots
        for other in plan.tasks:
            if other is not one and other.slot == one.slot:
                assert other.end_ms <= one.start_ms or one.end_ms <= other.start_ms


@given(chances, slot_counts)
def test_levels_do_not_overlap(chance: Random, slots: int) -> None:
    spec, plan = any_plan(chance, slots, Strategy.LEVELS)
    level: dict[str, int] = {}
    for task in spec.tasks:
        level[task.id] = 1 + max((level[b] for b in task.upstream), default=-1)
    for one in plan.tasks:
        for other in plan.tasks:
            if level[one.task] < level[other.task]:
                assert one.end_ms <= other.start_ms


@given(chances, slot_counts)
def test_the_deques_lose_nothing_and_give_nothing_twice(
    chance: Random, slots: int
) -> None:
    count = 12
    placement = Stealing(Ranking(list(range(count)), list(range(count))), slots)
    waiting: set[int] = set()
    for _ in range(60):
        task, slot = chance.randrange(count), chance.randrange(slots)
        match chance.randrange(4):
            case 0:
                placement.push(task, slot)
                waiting.add(task)
            case 1:
                placement.push(task, None)
                waiting.add(task)
            case 2:
                placement.discard(task)
                waiting.discard(task)
            case _:
                taken = placement.pop(slot)
                assert (taken is None) is (not waiting)
                if taken is not None:
                    waiting.remove(taken)
        assert placement.startable_count == len(waiting)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_run_of_100_000_tasks_is_simulated_whole(strategy: Strategy) -> None:
    layer = [f"t{number}" for number in range(100)]
    chains = " ".join(
        ">".join(f"{name}_{depth}" for depth in range(1_000)) for name in layer
    )
    plan = simulate(dag(chains), durations={}, slots=8, strategy=strategy)
    assert len(plan.tasks) == 100_000
    assert plan.lower_bound_ms == 12_500
