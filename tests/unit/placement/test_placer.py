"""What a run is given to start, under every strategy and limit."""

from collections.abc import Callable

import pytest

from leo_engine.placement.lanes import Lane, LaneLedger
from leo_engine.placement.placer import Limits, Placer, Strategy, placement_for
from leo_engine.placement.pool import PoolLedger
from leo_engine.placement.rank import Ranking, expected_ms
from leo_engine.spec.model import Dag
from leo_engine.state.machine import RunMachine
from leo_engine.testing.builders import dag

A, B, C, D = range(4)


def admit_all(task: int) -> str:
    del task
    return ""


def placer(  # noqa: PLR0913 -- each test gives one or two of them
    spec: Dag,
    strategy: Strategy = Strategy.STEALING,
    *,
    pools: PoolLedger | None = None,
    max_parallel: int | None = None,
    gate: Callable[[int], str] = admit_all,
    is_open: Callable[[int], bool] = lambda _: True,
    lanes: LaneLedger | None = None,
    lanes_of: Callable[[int], tuple[Lane, ...]] = lambda _: (),
) -> Placer:
    """A placer to which every task of the DAG was offered."""
    graph = RunMachine(spec).graph
    durations = expected_ms(spec.tasks, {})
    placement = placement_for(strategy, graph, spec.tasks, durations, 4, is_open)
    limits = Limits(
        pools or PoolLedger({}),
        max_parallel,
        gate,
        lanes=lanes or LaneLedger(),
        lanes_of=lanes_of,
    )
    made = Placer(placement, spec.tasks, limits)
    for task in graph.order:
        made.offer(task)
    return made


def taken(made: Placer, count: int = 4) -> list[int | None]:
    return [made.take(slot) for slot in range(count)]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_an_empty_placer_gives_nothing(strategy: Strategy) -> None:
    made = placer(dag(""), strategy)
    assert made.waiting_count == 0
    assert made.take(0) is None


def test_sequential_runs_one_task_at_a_time_in_topological_order() -> None:
    made = placer(dag("b>c a"), Strategy.SEQUENTIAL)
    assert taken(made, 2) == [0, None]
    assert made.waiting_count == 0
    assert made.why(2) == "tasks run one at a time"
    made.released(0)
    assert made.take(1) == 2


def test_sequential_takes_a_higher_priority_first() -> None:
    spec = dag("a b c", tasks={"c": {"priority": 1}})
    assert placer(spec, Strategy.SEQUENTIAL).take(0) == C


def test_stealing_starts_with_the_longest_remaining_path() -> None:
    spec = dag("a b>c d", tasks={"d": {"estimate_ms": 5}})
    made = placer(spec)
    assert taken(made, 2) == [spec_index(spec, "d"), spec_index(spec, "b")]


def test_equal_paths_are_ordered_by_priority() -> None:
    assert placer(dag("a b c", tasks={"b": {"priority": 9}})).take(0) == B


def spec_index(spec: Dag, name: str) -> int:
    return [task.id for task in spec.tasks].index(name)


def test_levels_hold_a_ready_task_back_until_the_level_before_is_settled() -> None:
    settled: set[int] = set()
    spec = dag("a>c b>d")
    a, c, b, d = range(4)
    made = placer(spec, Strategy.LEVELS, is_open=lambda task: task not in settled)
    assert taken(made) == [a, b, None, None]
    assert made.waiting_count == 0
    assert made.why(c) == "waits for level 1 to be settled"
    settled.add(a)
    made.released(a)
    assert made.take(0) is None
    settled.add(b)
    made.released(b)
    assert made.waiting_count == 2
    assert made.why(c) == "waits for a slot"
    assert taken(made, 2) == [c, d]


def test_levels_go_back_for_a_task_that_starts_afresh() -> None:
    settled = {0}
    made = placer(dag("a>b c>d"), Strategy.LEVELS, is_open=lambda t: t not in settled)
    made.withdraw(A)
    made.withdraw(B)
    assert made.take(0) == C
    settled |= {B, C}
    assert made.take(1) == D
    settled.clear()
    for task in (A, B, C, D):
        made.offer(task)
    assert taken(made) == [A, C, None, None]


def test_a_hook_that_is_not_called_holds_no_level_back() -> None:
    settled: set[int] = set()
    made = placer(
        dag("a>b", hooks="h"), Strategy.LEVELS, is_open=lambda t: t not in settled
    )
    made.withdraw(C)
    assert made.take(0) == A
    settled.add(A)
    assert made.take(1) == B


def test_a_withdrawn_task_is_not_given_out() -> None:
    for strategy in Strategy:
        made = placer(dag("a b"), strategy)
        made.withdraw(A)
        assert made.take(0) == B
        assert made.take(1) is None


def test_max_parallel_bounds_what_runs() -> None:
    made = placer(dag("a b c"), max_parallel=2)
    assert taken(made, 3) == [A, B, None]
    assert made.waiting_count == 0
    assert made.why(C) == "waits: 2 tasks run, max_parallel allows no more"
    made.released(A)
    assert made.waiting_count == 1
    assert made.take(0) == C


def test_an_attempt_released_twice_frees_one_place() -> None:
    made = placer(dag("a b c d"), max_parallel=1)
    assert made.take(0) == A
    made.released(A)
    made.released(A)
    assert taken(made, 2) == [B, None]


def test_an_adopted_attempt_counts_as_running() -> None:
    made = placer(dag("a b"), max_parallel=1)
    made.withdraw(A)
    made.hold(A)
    assert made.take(0) is None
    made.released(A)
    assert made.take(0) == B


def test_a_full_pool_parks_its_tasks_and_lets_others_pass() -> None:
    pools = PoolLedger({"gpu": 1})
    spec = dag("a b c", tasks={n: {"pool": "gpu"} for n in "ab"})
    made = placer(spec, pools=pools)
    assert taken(made, 3) == [A, C, None]
    assert made.waiting_count == 0
    assert made.why(B) == "waits for pool gpu (1 of 1 slots held)"
    made.released(A)
    assert made.waiting_count == 1
    assert made.take(0) == B


def test_a_pool_shared_by_two_runs_frees_the_other_one() -> None:
    pools = PoolLedger({"gpu": 1})
    one, other = (placer(dag("a", pool="gpu"), pools=pools) for _ in range(2))
    assert one.take(0) == A
    assert other.take(1) is None
    assert other.waiting_count == 0
    one.released(A)
    assert other.waiting_count == 1
    assert other.take(1) == A


def test_a_task_may_take_several_slots_of_a_pool() -> None:
    pools = PoolLedger({"gpu": 3})
    made = placer(dag("a b", pool="gpu", pool_slots=2), pools=pools)
    assert taken(made, 2) == [A, None]
    made.released(A)
    assert made.take(0) == B


def test_a_task_that_wants_more_than_the_pool_has_waits_for_all_of_it() -> None:
    pools = PoolLedger({"gpu": 2})
    spec = dag("a b", pool="gpu", tasks={"b": {"pool_slots": 9}})
    made = placer(spec, pools=pools)
    assert taken(made, 2) == [A, None]
    made.released(A)
    assert made.take(0) == B


def test_a_pool_nobody_limits_has_room() -> None:
    assert taken(placer(dag("a b", pool="loose")), 2) == [A, B]


def test_parked_tasks_come_back_in_the_order_in_which_they_matter() -> None:
    pools = PoolLedger({"gpu": 1})
    spec = dag("a b c d", pool="gpu", tasks={"d": {"priority": 1}})
    made = placer(spec, pools=pools)
    order = []
    for _ in range(4):
        task = made.take(0)
        assert task is not None
        assert made.take(1) is None
        made.released(task)
        order.append(task)
    assert order == [D, A, B, C]


def test_a_parked_task_can_be_withdrawn() -> None:
    pools = PoolLedger({"gpu": 1})
    made = placer(dag("a b", pool="gpu"), pools=pools)
    assert taken(made, 2) == [A, None]
    made.withdraw(B)
    made.released(A)
    assert made.waiting_count == 0
    assert made.take(0) is None


def test_the_gate_refuses_with_a_reason_and_is_asked_again_on_release() -> None:
    refusals = {B: "2 GB wanted, 1 GB free"}
    made = placer(dag("a b"), gate=lambda task: refusals.get(task, ""))
    assert taken(made, 2) == [A, None]
    assert made.waiting_count == 0
    assert made.why(B) == "2 GB wanted, 1 GB free"
    made.released(A)
    assert made.take(0) is None
    refusals.clear()
    assert made.waiting_count == 0
    made.reconsider()
    assert made.take(0) == B


def test_a_refused_task_holds_nothing_of_its_pool() -> None:
    pools = PoolLedger({"gpu": 1})
    made = placer(dag("a", pool="gpu"), pools=pools, gate=lambda _: "not now")
    assert made.take(0) is None
    assert pools.fits("gpu", 1)


ALL = Lane("requests", 2)
HERE = Lane("requests to here", 1)
THERE = Lane("requests to there", 1)


def test_a_full_lane_keeps_its_tasks_back_and_lets_others_pass() -> None:
    ways = [(ALL, HERE), (ALL, HERE), (ALL, THERE), ()]
    made = placer(dag("a b c d"), lanes_of=lambda task: ways[task])
    assert taken(made) == [A, C, D, None]
    assert made.waiting_count == 0
    assert made.why(B) == "waits: 1 requests to here under way, limit 1"
    made.released(C)
    assert made.waiting_count == 0
    made.released(A)
    assert made.waiting_count == 1
    assert made.take(0) == B


def test_a_lane_is_shared_by_two_runs_until_one_is_let_go_of() -> None:
    ledger = LaneLedger()
    one, other = (
        placer(dag("a b"), lanes=ledger, lanes_of=lambda _: (HERE,)) for _ in range(2)
    )
    assert one.take(0) == A
    assert other.take(1) is None
    one.let_go()
    assert other.take(1) is not None
    assert other.take(2) is None


def test_each_task_brings_its_own_limit_to_a_lane() -> None:
    ways = [(Lane("requests", 3),), (Lane("requests", 1),), (Lane("requests", 3),)]
    made = placer(dag("a b c"), lanes_of=lambda task: ways[task])
    assert taken(made, 3) == [A, C, None]
    made.released(C)
    assert made.take(0) is None
    made.released(A)
    assert made.take(0) == B


def test_a_task_that_a_lane_kept_back_can_be_withdrawn() -> None:
    made = placer(dag("a b"), lanes_of=lambda _: (HERE,))
    assert taken(made, 2) == [A, None]
    made.withdraw(B)
    made.released(A)
    assert made.take(0) is None


def test_an_adopted_attempt_counts_on_its_lanes() -> None:
    made = placer(dag("a b"), lanes_of=lambda _: (HERE,))
    made.withdraw(A)
    made.hold(A)
    assert made.take(0) is None
    made.released(A)
    assert made.take(0) == B


def test_lanes_that_are_empty_are_forgotten() -> None:
    ledger = LaneLedger()
    made = placer(dag("a"), lanes=ledger, lanes_of=lambda _: (ALL, HERE))
    made.take(0)
    made.released(A)
    assert not ledger._held


def test_expected_durations_are_learnt_then_estimated_then_one() -> None:
    spec = dag("a b c", tasks={"a": {"estimate_ms": 7}, "b": {"estimate_ms": 8}})
    assert expected_ms(spec.tasks, {"a": 50}) == [50, 8, 1]


def test_a_ranking_names_every_task_once() -> None:
    graph = RunMachine(dag("a>b>c d")).graph
    ranking = Ranking.longest_first(graph, [1, 1, 1, 5], [0, 0, 0, 0])
    assert ranking.by_rank == [3, 0, 1, 2]
    assert [ranking.by_rank[rank] for rank in ranking.rank] == [0, 1, 2, 3]
