"""How a run would go, on a virtual clock."""

import pytest

from leo_engine.placement.placer import Strategy
from leo_engine.simulation.plan import NO_SLOT, PlannedTask, simulate
from leo_engine.spec.model import Approval, Dag, SubDag, TriggerRule
from leo_engine.testing.builders import dag, with_fields

STEALING = Strategy.STEALING


def timed(edges: str, **durations: int) -> Dag:
    return dag(edges, tasks={n: {"estimate_ms": ms} for n, ms in durations.items()})


def test_a_plan_says_when_and_where_each_task_runs() -> None:
    spec = timed("a>c b>c", a=10, b=30, c=5)
    plan = simulate(spec, durations={}, slots=2, strategy=STEALING)
    assert plan.makespan_ms == 35
    assert plan.lower_bound_ms == 35
    assert plan.critical_path == ("b", "c")
    assert plan.tasks == (
        PlannedTask("b", 0, 0, 30),
        PlannedTask("a", 1, 0, 10),
        PlannedTask("c", 0, 30, 35),
    )


def test_learnt_durations_beat_estimates() -> None:
    plan = simulate(timed("a", a=10), durations={"a": 70}, slots=1, strategy=STEALING)
    assert plan.makespan_ms == 70


def test_tasks_nothing_is_known_of_take_one_millisecond() -> None:
    plan = simulate(dag("a>b>c"), durations={}, slots=1, strategy=STEALING)
    assert plan.makespan_ms == 3


@pytest.mark.parametrize(
    ("strategy", "makespan_ms"),
    [(Strategy.SEQUENTIAL, 45), (Strategy.LEVELS, 35), (Strategy.STEALING, 25)],
)
def test_strategies_differ_in_their_makespan(
    strategy: Strategy, makespan_ms: int
) -> None:
    spec = timed("a>c b>d", a=20, b=5, c=5, d=15)
    plan = simulate(spec, durations={}, slots=2, strategy=strategy)
    assert plan.makespan_ms == makespan_ms


def test_max_parallel_bounds_the_slots() -> None:
    spec = with_fields(timed("a b", a=5, b=5), max_parallel=1)
    plan = simulate(spec, durations={}, slots=8, strategy=STEALING)
    assert (plan.makespan_ms, plan.lower_bound_ms) == (10, 10)


def test_pools_are_respected() -> None:
    spec = with_fields(dag("a b c", pool="gpu"), pools=(("gpu", 2),))
    plan = simulate(spec, durations={}, slots=8, strategy=STEALING)
    assert plan.makespan_ms == 2


def test_conditions_hold_and_approvals_take_no_time() -> None:
    fields: dict[str, dict[str, object]] = {
        "a": {"condition": "x"},
        "b": {"action": Approval("Go on?")},
    }
    spec = dag("a>b>c", tasks=fields)
    plan = simulate(spec, durations={}, slots=1, strategy=STEALING)
    assert [task.task for task in plan.tasks] == ["a", "c"]
    assert plan.makespan_ms == 2


def test_a_sub_dag_takes_its_time_but_no_slot() -> None:
    spec = timed("a b", a=5, b=5)
    spec = with_fields(
        spec,
        tasks=(with_fields(spec.tasks[0], action=SubDag("other")), spec.tasks[1]),
    )
    plan = simulate(spec, durations={}, slots=1, strategy=STEALING)
    assert plan.makespan_ms == 5
    assert {task.task: task.slot for task in plan.tasks} == {"a": NO_SLOT, "b": 0}


def test_tasks_that_would_not_run_and_hooks_are_left_out() -> None:
    spec = dag("a>b", hooks="h", tasks={"b": {"trigger_rule": TriggerRule.ONE_FAILED}})
    spec = with_fields(spec, on_exit=("h",))
    plan = simulate(spec, durations={}, slots=1, strategy=STEALING)
    assert [task.task for task in plan.tasks] == ["a"]


def test_a_chain_of_approvals_needs_no_recursion() -> None:
    chain = ">".join(f"t{number}" for number in range(5_000))
    spec = dag(chain, action=Approval("Go on?"))
    assert simulate(spec, durations={}, slots=1, strategy=STEALING).makespan_ms == 0


def test_an_empty_dag_takes_no_time() -> None:
    plan = simulate(dag(""), durations={}, slots=1, strategy=STEALING)
    assert (plan.makespan_ms, plan.lower_bound_ms, plan.tasks) == (0, 0, ())
