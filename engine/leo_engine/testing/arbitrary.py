"""Any DAG, any outcome: what laws are checked against.

Everything is drawn from a `random.Random`, which may be a seeded one or one that
Hypothesis steers and shrinks.
"""

from random import Random

from leo_engine.spec.model import (
    Action,
    Approval,
    Backoff,
    Dag,
    FailurePolicy,
    RetryOn,
    RetryPolicy,
    Shell,
    SkipMode,
    SubDag,
    Task,
    TriggerRule,
)
from leo_engine.state.event import (
    ApprovalAnswered,
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    BackoffElapsed,
    ConditionEvaluated,
    Event,
    RunAdopted,
    RunCancelRequested,
    RunDeadlineReached,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunUnpaused,
    TasksCancelRequested,
    TasksMarked,
    TasksReset,
)
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded, TimedOut
from leo_engine.testing.simulator import World

_OUTCOMES: tuple[Outcome, ...] = (
    Succeeded(),
    Succeeded(output={"rows": 3}, registered="3"),
    Failed("exit 2", exit_code=2),
    Failed("exit 75", exit_code=75),
    Failed("killed by SIGSEGV", signal=11),
    TimedOut(),
    Lost("its process is gone"),
)


def seeded(seed: int) -> Random:
    """Return a source of chance that is the same every time."""
    return Random(seed)  # noqa: S311 -- nothing secret is drawn from it


def arbitrary_dag(chance: Random, *, size: int = 8, plain: bool = False) -> Dag:
    """Return a DAG of at most `size` tasks and three hooks.

    A plain one has edges only: no rules, conditions, retries, policies or hooks.
    """
    count = chance.randint(0, size)
    ids = [f"t{number}" for number in range(count)]
    tasks = []
    for number, name in enumerate(ids):
        upstream = tuple(before for before in ids[:number] if _one_in(chance, 3))
        if plain:
            tasks.append(_task(name, upstream))
        else:
            tasks.append(_arbitrary_task(chance, name, upstream))
    if plain:
        return Dag(name="any", tasks=tuple(tasks))
    hooks = [f"h{number}" for number in range(chance.randint(0, 3))]
    return Dag(
        name="any",
        tasks=(*tasks, *(_arbitrary_hook(chance, hook, hooks) for hook in hooks)),
        failure_policy=chance.choice(list(FailurePolicy)),
        on_failure=_some(chance, hooks),
        on_success=_some(chance, hooks),
        on_exit=_some(chance, hooks),
    )


def arbitrary_world(chance: Random, dag: Dag, *, losses: bool = True) -> World:
    """Return how attempts end, what conditions say, and who is refused.

    Without losses, nothing is charged to the infrastructure budget.
    """
    ends = [end for end in _OUTCOMES if losses or not isinstance(end, Lost)]
    return World(
        outcomes={task.id: _arbitrary_outcomes(chance, ends) for task in dag.tasks},
        conditions={task.id: not _one_in(chance, 3) for task in dag.tasks},
        refused=frozenset(task.id for task in dag.tasks if _one_in(chance, 4)),
    )


def _arbitrary_outcomes(chance: Random, ends: list[Outcome]) -> list[Outcome]:
    if _one_in(chance, 6):
        return [chance.choice(ends)] * 6  # The same again and again, as bugs do.
    return [chance.choice(ends) for _ in range(chance.randrange(4))]


def arbitrary_actions(chance: Random, dag: Dag) -> list[Event]:
    """Return up to five things that people, or the run's deadline, do to a run."""
    return [_arbitrary_action(chance, dag) for _ in range(chance.randrange(6))]


def arbitrary_resets(chance: Random, dag: Dag) -> list[Event]:
    """Return up to five resets."""
    return [
        TasksReset(at_ms=0, tasks=_some_tasks(chance, dag))
        for _ in range(chance.randrange(6))
    ]


def _arbitrary_action(chance: Random, dag: Dag) -> Event:
    actions: list[Event] = [
        TasksReset(at_ms=0, tasks=_some_tasks(chance, dag)),
        TasksCancelRequested(at_ms=0, tasks=_some_tasks(chance, dag)),
        TasksMarked(
            at_ms=0, tasks=_some_tasks(chance, dag), skipped=_one_in(chance, 2)
        ),
        RunPaused(at_ms=0),
        RunUnpaused(at_ms=0),
        RunCancelRequested(at_ms=0, by="somebody"),
        RunDeadlineReached(at_ms=0),
    ]
    return chance.choice(actions)


def arbitrary_event(chance: Random, dag: Dag) -> Event:
    """Return any event at all, likely one that does not fit."""
    task = chance.choice([*(task.id for task in dag.tasks), "nobody"])
    attempt = chance.randrange(4)
    events: list[Event] = [
        _arbitrary_action(chance, dag),
        RunStarted(at_ms=0, dag_hash="v1"),
        RunResumed(at_ms=0, generation=chance.randrange(4), dag_hash="v1"),
        ConditionEvaluated(
            at_ms=0,
            task=task,
            holds=_one_in(chance, 2),
            error=chance.choice(["", "undefined name"]),
        ),
        AttemptStarted(at_ms=0, task=task, attempt=attempt),
        AttemptLaunched(at_ms=0, task=task, attempt=attempt, handle="x"),
        AttemptFinished(
            at_ms=0, task=task, attempt=attempt, outcome=chance.choice(_OUTCOMES)
        ),
        AttemptDeadlineReached(at_ms=0, task=task, attempt=attempt),
        BackoffElapsed(at_ms=0, task=task, attempt=attempt),
        ApprovalAnswered(at_ms=0, task=task, approved=_one_in(chance, 2)),
        RunAdopted(at_ms=0, owner="another", epoch=2),
        RunFinished(at_ms=0, status=chance.choice(["succeeded", "rubbish"])),
    ]
    return chance.choice(events)


def _some_tasks(chance: Random, dag: Dag) -> tuple[str, ...]:
    return _some(chance, [*(task.id for task in dag.tasks), "nobody"])


def _task(name: str, upstream: tuple[str, ...]) -> Task:
    return Task(id=name, base=name, action=Shell(":"), upstream=upstream)


def _arbitrary_task(chance: Random, name: str, upstream: tuple[str, ...]) -> Task:
    unusual: list[Action] = [Approval("Go on?"), SubDag("other")]
    return Task(
        id=name,
        base=name,
        action=chance.choice(unusual) if _one_in(chance, 5) else Shell(":"),
        upstream=upstream,
        condition="x" if _one_in(chance, 5) else "",
        skip=chance.choice(list(SkipMode)),
        trigger_rule=_arbitrary_rule(chance),
        retry=_arbitrary_retry(chance),
        timeout_ms=1000,
        ignore_failure=_one_in(chance, 7),
        on_failure=chance.choice(["", "", "h0", "h1"]),
    )


def _arbitrary_hook(chance: Random, name: str, hooks: list[str]) -> Task:
    earlier = hooks[: hooks.index(name)]
    return Task(
        id=name,
        base=name,
        action=Shell(":"),
        is_hook=True,
        upstream=tuple(hook for hook in earlier if _one_in(chance, 2)),
        trigger_rule=_arbitrary_rule(chance),
        retry=_arbitrary_retry(chance),
        timeout_ms=1000,
        condition="x" if _one_in(chance, 10) else "",
    )


def _arbitrary_rule(chance: Random) -> TriggerRule:
    if _one_in(chance, 2):
        return chance.choice(list(TriggerRule))
    return TriggerRule.ALL_SUCCESS


def _arbitrary_retry(chance: Random) -> RetryPolicy:
    return RetryPolicy(
        retries=chance.randint(0, 2),
        delay_ms=chance.choice([0, 50]),
        backoff=Backoff(factor=chance.choice([1.0, 2.0])),
        retry_on=RetryOn(
            exit_codes=chance.choice([None, (75,)]), timeout=_one_in(chance, 2)
        ),
    )


def _some(chance: Random, names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if _one_in(chance, 2))


def _one_in(chance: Random, count: int) -> bool:
    return not chance.randrange(count)
