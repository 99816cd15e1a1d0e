"""Laws of the machine, over any DAG, any outcome and any order of events."""

from random import Random

from hypothesis import given, settings, strategies as st

from leo_engine.placement.placer import Strategy
from leo_engine.spec.model import Dag, FailurePolicy, Shell, Task, TriggerRule
from leo_engine.state.event import (
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    BackoffElapsed,
    Event,
    RunResumed,
    TasksMarked,
    TasksReset,
)
from leo_engine.state.invariants import check
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Lost, Succeeded
from leo_engine.state.replay import replay
from leo_engine.state.resume import Version, plan_resume, tasks_to_run
from leo_engine.state.retry import LOST_LIMIT
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import TERMINAL, TaskStatus
from leo_engine.testing.arbitrary import (
    arbitrary_actions,
    arbitrary_dag,
    arbitrary_event,
    arbitrary_resets,
    arbitrary_world,
    seeded,
)
from leo_engine.testing.builders import with_fields
from leo_engine.testing.simulator import Simulator, World

GOES_ON = TasksReset | TasksMarked | RunResumed

# One kind shrinks to the smallest case, the other wanders farther.
chances = st.one_of(st.randoms(use_true_random=False), st.randoms(use_true_random=True))


def any_simulator(chance: Random) -> Simulator:
    dag = arbitrary_dag(chance)
    strategy = chance.choice(list(Strategy))
    return Simulator(
        dag,
        arbitrary_world(chance, dag),
        chance=seeded(chance.randrange(1000)),
        strategy=strategy,
        observe=check,
    )


def state_of(machine: RunMachine) -> object:
    """Everything about a run that can be seen from outside."""
    tasks = range(len(machine.graph))
    return (
        machine.status,
        machine.generation,
        machine.counts(),
        machine.failed_tasks,
        [machine.task_run(task) for task in tasks],
        [machine.why(task) for task in tasks],
        [machine.caller(task) for task in tasks],
        machine.outstanding(0),
    )


@given(chances)
def test_every_run_ends_with_every_task_settled(chance: Random) -> None:
    simulator = any_simulator(chance)
    machine = simulator.run(arbitrary_actions(chance, simulator.dag))
    assert all(status in TERMINAL for status in machine.board.status)
    assert machine.is_finished


@given(chances)
def test_finish_is_commanded_exactly_once(chance: Random) -> None:
    simulator = any_simulator(chance)
    actions = arbitrary_actions(chance, simulator.dag)
    simulator.run([a for a in actions if not isinstance(a, TasksReset | TasksMarked)])
    assert len(simulator.endings) == 1


@given(chances)
def test_only_a_reset_can_make_a_run_end_again(chance: Random) -> None:
    simulator = any_simulator(chance)
    forged = [arbitrary_event(chance, simulator.dag) for _ in range(12)]
    simulator.run(forged)
    resets = [e for e in simulator.journal if isinstance(e, GOES_ON)]
    assert 1 <= len(simulator.endings) <= 1 + len(resets)


@given(chances)
@settings(max_examples=300)
def test_no_attempt_starts_before_its_upstream_succeeded(chance: Random) -> None:
    simulator = any_simulator(chance)
    dag = simulator.dag
    seen: set[tuple[str, int]] = set()

    def observe(machine: RunMachine) -> None:
        event = simulator.journal[-1]
        if not isinstance(event, AttemptStarted):
            return
        task = machine.index(event.task)
        spec = dag.tasks[task]
        key = (event.task, event.attempt)
        if task not in machine.board.running or key in seen:
            return  # Stale, or told twice: nothing is launched.
        seen.add(key)
        if spec.is_hook or spec.trigger_rule is not TriggerRule.ALL_SUCCESS:
            return
        for before in spec.upstream:
            assert satisfies(dag, machine, before)

    simulator.observe = observe
    simulator.run(arbitrary_resets(chance, dag))


def satisfies(dag: Dag, machine: RunMachine, task: str) -> bool:
    status = machine.task_run(task).status
    if status is TaskStatus.FAILED:
        return dag.tasks[machine.index(task)].ignore_failure
    return status in {TaskStatus.SUCCEEDED, TaskStatus.SKIPPED}


@given(chances)
def test_attempts_stay_within_the_retries_and_what_was_lost(chance: Random) -> None:
    simulator = any_simulator(chance)
    actions = arbitrary_actions(chance, simulator.dag)
    simulator.run([a for a in actions if not isinstance(a, TasksReset | TasksMarked)])
    for task in simulator.dag.tasks:
        ends = [
            outcome
            for (name, _), outcome in simulator.world.attempts.items()
            if name == task.id
        ]
        lost = sum(isinstance(end, Lost) for end in ends)
        assert len(ends) <= 1 + task.retry.retries + min(lost, LOST_LIMIT)


@given(chances)
def test_news_of_an_attempt_that_is_not_current_changes_nothing(
    chance: Random,
) -> None:
    simulator = any_simulator(chance)

    def observe(machine: RunMachine) -> None:
        if not simulator.dag.tasks:
            return
        task = chance.choice(simulator.dag.tasks).id
        current = machine.task_run(task).attempt
        attempt = current + chance.choice([-1, 1])
        before = state_of(machine)
        for news in (
            AttemptFinished(at_ms=0, task=task, attempt=attempt, outcome=Succeeded()),
            AttemptLaunched(at_ms=0, task=task, attempt=attempt, handle="stale"),
            AttemptDeadlineReached(at_ms=0, task=task, attempt=attempt),
            BackoffElapsed(at_ms=0, task=task, attempt=attempt),
            AttemptStarted(at_ms=0, task=task, attempt=current),
        ):
            assert machine.handle(news) == []
        assert state_of(machine) == before

    simulator.observe = observe
    simulator.run(arbitrary_resets(chance, simulator.dag))


@given(chances)
@settings(max_examples=300)
def test_every_run_with_many_resets_ends(chance: Random) -> None:
    simulator = any_simulator(chance)
    machine = simulator.run(arbitrary_resets(chance, simulator.dag))
    assert all(status in TERMINAL for status in machine.board.status)


@given(chances)
def test_a_terminal_status_changes_by_a_reset_only(chance: Random) -> None:
    simulator = any_simulator(chance)
    last: list[TaskStatus] = []

    def observe(machine: RunMachine) -> None:
        nonlocal last
        if not isinstance(simulator.journal[-1], GOES_ON):
            for before, after in zip(last, machine.board.status, strict=False):
                assert before not in TERMINAL or before is after
        last = list(machine.board.status)

    simulator.observe = observe
    simulator.run(arbitrary_actions(chance, simulator.dag))


@given(chances)
def test_replay_rebuilds_the_state_after_every_event(chance: Random) -> None:
    simulator = any_simulator(chance)
    states: list[object] = []
    simulator.observe = lambda machine: states.append(state_of(machine))
    simulator.run(arbitrary_actions(chance, simulator.dag))
    for count in range(1, len(simulator.journal), 3):
        machine = replay(simulator.journal[:count], lambda _: simulator.dag)
        assert machine is not None
        assert state_of(machine) == states[count - 1]


@given(chances)
def test_forged_and_repeated_events_leave_a_run_that_ends(chance: Random) -> None:
    simulator = any_simulator(chance)
    forged: list[Event] = [
        arbitrary_event(chance, simulator.dag) for _ in range(chance.randrange(12))
    ]
    machine = simulator.run([*forged, *forged])
    assert all(status in TERMINAL for status in machine.board.status)


@given(chances)
def test_events_in_any_order_never_raise(chance: Random) -> None:
    simulator = any_simulator(chance)
    simulator.run(arbitrary_actions(chance, simulator.dag))
    shuffled = simulator.journal * 2
    chance.shuffle(shuffled)
    machine = RunMachine(simulator.dag)
    for event in shuffled:
        machine.handle(event)
        check(machine)


def end_of(machine: RunMachine) -> object:
    """How a run ended; which hooks met whom depends on who failed first."""
    tasks = [task.id for task in machine.dag.tasks if not task.is_hook]
    return machine.status, [machine.task_run(task).status for task in tasks]


def ends_alike(dag: Dag) -> Dag:
    """The policies that stop a run depend on what had started by then."""
    return with_fields(dag, failure_policy=FailurePolicy.CONTINUE)


@given(chances)
def test_the_same_outcomes_give_the_same_end_in_any_order(chance: Random) -> None:
    dag = ends_alike(arbitrary_dag(chance))
    script = arbitrary_world(chance, dag)
    ends = [
        end_of(Simulator(dag, script.anew(), chance=seeded(seed)).run())
        for seed in range(4)
    ]
    assert all(end == ends[0] for end in ends)


@given(chances, st.sampled_from(["before commands", "after commands"]))
@settings(max_examples=40)
def test_a_crash_after_any_event_leads_to_the_same_end(
    chance: Random, when: str
) -> None:
    dag = ends_alike(arbitrary_dag(chance, size=6))
    world = arbitrary_world(chance, dag, losses=False)
    whole = Simulator(dag, world, chance=seeded(0))
    expected = end_of(whole.run())
    for count in range(1, len(whole.journal) + 1):
        simulator = Simulator(dag, world.anew(), chance=seeded(0), observe=check)
        simulator.crashes_at, simulator.obeys_first = (count,), when == "after commands"
        assert end_of(simulator.run()) == expected


@given(chances)
def test_a_crash_after_every_event_leads_to_the_same_end(chance: Random) -> None:
    dag = ends_alike(arbitrary_dag(chance))
    world = arbitrary_world(chance, dag, losses=False)
    expected = end_of(Simulator(dag, world, chance=seeded(0)).run())
    simulator = Simulator(dag, world.anew(), chance=seeded(0), observe=check)
    simulator.crashes_at, simulator.obeys_first = range(1, 10_000), True
    assert end_of(simulator.run()) == expected


@given(chances)
def test_crashes_and_people_together_leave_a_run_that_ends(chance: Random) -> None:
    simulator = any_simulator(chance)
    simulator.crashes_at = {chance.randrange(1, 40) for _ in range(4)}
    machine = simulator.run(arbitrary_actions(chance, simulator.dag))
    assert all(status in TERMINAL for status in machine.board.status)


@given(chances)
def test_a_resume_runs_what_it_planned_to_and_touches_nothing_else(
    chance: Random,
) -> None:
    simulator = any_simulator(chance)
    ended = simulator.run(arbitrary_actions(chance, simulator.dag))
    rows = rows_of(ended)
    version = Version(simulator.dag, dict.fromkeys(rows, "same"))
    decisions = plan_resume(version, version, rows)
    kept = {d.task: ended.task_run(d.task) for d in decisions if not d.runs}
    simulator.world = World()
    machine = simulator.resume(tasks_to_run(decisions))
    assert {task: machine.task_run(task) for task in kept} == kept
    assert not machine.failed_tasks


def rows_of(machine: RunMachine) -> dict[str, TaskRow]:
    runs = [machine.task_run(task) for task in range(len(machine.graph))]
    return {
        run.task: TaskRow(task=run.task, status=run.status, reason=run.reason)
        for run in runs
    }


@given(chances)
def test_a_resume_with_another_version_leaves_a_run_that_ends(chance: Random) -> None:
    simulator = any_simulator(chance)
    ended = simulator.run(arbitrary_actions(chance, simulator.dag))
    newer = arbitrary_dag(chance)
    reset = [task.id for task in newer.tasks if chance.randrange(2)]
    before = {task.id for task in newer.tasks if task.id in ended.graph.index}
    machine = simulator.resume(reset, newer)
    assert all(status in TERMINAL for status in machine.board.status)
    for task in newer.tasks:
        if task.id in before - set(reset) and not task.is_hook:
            assert machine.task_run(task.id).attempt >= ended.task_run(task.id).attempt


@given(chances)
def test_a_crash_in_a_later_generation_is_survived_too(chance: Random) -> None:
    simulator = any_simulator(chance)
    simulator.run(arbitrary_actions(chance, simulator.dag))
    end = len(simulator.journal)
    simulator.crashes_at = {end + chance.randrange(1, 20) for _ in range(3)}
    newer = arbitrary_dag(chance)
    machine = simulator.resume([task.id for task in newer.tasks], newer)
    assert all(status in TERMINAL for status in machine.board.status)


@given(chances)
@settings(max_examples=300)
def test_a_run_that_is_moved_keeps_what_started_and_ends(chance: Random) -> None:
    simulator = any_simulator(chance)
    simulator.begin(chance.randrange(30))
    before = simulator.machine
    newer = edited(chance, simulator.dag)
    was = {
        name: before.task_run(name)
        for number, name in enumerate(before.graph.ids)
        if before.board.has_begun(number)
    }
    if simulator.move(newer):
        return
    after = simulator.machine
    for name, run in was.items():
        now = after.task_run(name)
        assert (now.attempt, now.started_ms) == (run.attempt, run.started_ms)
        if run.status is not TaskStatus.READY:
            assert now.status in {run.status, TaskStatus.PENDING, TaskStatus.READY}
            assert now.status is run.status or run.status is TaskStatus.BACKOFF
    simulator.crashes_at = {len(simulator.journal) + chance.randrange(1, 20)}
    ended = simulator.go_on(arbitrary_actions(chance, newer))
    assert all(status in TERMINAL for status in ended.board.status)
    again = replay(simulator.journal, simulator.version)
    assert again is not None
    assert state_of(again) == state_of(ended)


def edited(chance: Random, dag: Dag) -> Dag:
    """Return a DAG with some of its tasks, a few edges changed, and a new one."""
    if not chance.randrange(4):
        return arbitrary_dag(chance)
    tasks = [
        task
        if chance.randrange(5)
        else with_fields(
            task, upstream=tuple(n for n in task.upstream if chance.randrange(2))
        )
        for task in dag.tasks
    ]
    above = tuple(task.id for task in dag.tasks if not task.is_hook)
    new = Task(
        id="new",
        base="new",
        action=Shell(":"),
        upstream=tuple(name for name in above if not chance.randrange(3)),
    )
    place = chance.randrange(len(tasks) + 1)
    return with_fields(dag, tasks=(*tasks[:place], new, *tasks[place:]))
