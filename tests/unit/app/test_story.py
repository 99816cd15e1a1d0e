"""A run told moment by moment."""

from collections.abc import Sequence

import msgspec

from leo_engine.app.story import Story, story_of
from leo_engine.ports import Created, DagVersion, JournalWrite, RunRow
from leo_engine.spec.model import Dag
from leo_engine.state.event import (
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    Event,
    RunAdopted,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunUnpaused,
)
from leo_engine.state.outcome import Failed, Succeeded
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore


def version(name: str, of: Dag) -> DagVersion:
    return DagVersion(
        dag_hash=name,
        name="etl",
        source="",
        source_format="toml",
        resolved=msgspec.json.encode(of),
    )


async def told(events: Sequence[Event], **dags: Dag) -> Story:
    """Store a journal, and tell it."""
    store = FakeStore(FakeClock())
    row = RunRow(
        run_id="0193",
        dag="etl",
        dag_hash="v1",
        file="etl.toml",
        status=RunStatus.RUNNING,
        created_ms=0,
    )
    for name, of in dags.items():
        store.keep_version(version(name, of))
    found = version("v1", dags["v1"])
    created = store.prepare(row, found, [], owner="me", new=True)
    assert isinstance(created, Created)
    write = JournalWrite(
        run_key=created.run_key, epoch=1, first_seq=1, events=list(events)
    )
    await store.append(write)
    return story_of(store, store.find_run("0193"))


STARTED = RunStarted(at_ms=10, dag_hash="v1")


def ran(task: str, at_ms: int, attempt: int = 1, *, fails: bool = False) -> list[Event]:
    outcome = Failed("exit 2", exit_code=2) if fails else Succeeded()
    return [
        AttemptStarted(at_ms=at_ms, task=task, attempt=attempt),
        AttemptLaunched(at_ms=at_ms + 1, task=task, attempt=attempt, handle="h"),
        AttemptFinished(at_ms=at_ms + 5, task=task, attempt=attempt, outcome=outcome),
    ]


async def test_each_moment_holds_what_one_event_changed() -> None:
    story = await told(
        [
            STARTED,
            *ran("a", 20),
            *ran("b", 30),
            RunFinished(at_ms=40, status="succeeded"),
        ],
        v1=dag("a>b"),
    )
    told_of = [
        (one.at_ms, [f"{row.task} {row.status}" for row in one.tasks])
        for one in story.moments
    ]
    assert told_of == [
        (10, ["a ready"]),
        (20, ["a running"]),
        (21, []),
        (25, ["a succeeded", "b ready"]),
        (30, ["b running"]),
        (31, []),
        (35, ["b succeeded"]),
        (40, []),
    ]
    assert [row.handle for row in story.moments[2].attempts] == ["h"]
    assert [one.status for one in story.moments[-2:]] == ["running", "succeeded"]


async def test_what_changes_nothing_is_no_moment() -> None:
    events: list[Event] = [
        STARTED,
        RunAdopted(at_ms=11, owner="x", epoch=2),
        RunPaused(at_ms=12),
        RunPaused(at_ms=13),
        RunUnpaused(at_ms=14),
    ]
    story = await told(events, v1=dag("a"))
    assert [(one.seq, one.paused) for one in story.moments] == [
        (1, False),
        (3, True),
        (5, False),
    ]


async def test_time_never_goes_back_although_ends_are_told_late() -> None:
    events = [STARTED, *ran("a", 50), RunPaused(at_ms=20)]
    story = await told(events, v1=dag("a b"))
    assert [one.at_ms for one in story.moments] == [10, 50, 51, 55, 55]


async def test_generations_and_their_versions_are_told() -> None:
    events = [
        STARTED,
        *ran("a", 20, fails=True),
        RunFinished(at_ms=30, status="failed"),
        RunResumed(at_ms=60, generation=2, dag_hash="v2", reset=("a", "c")),
        *ran("a", 70, attempt=2),
    ]
    story = await told(events, v1=dag("a"), v2=dag("a c"))
    last = story.moments[-1]
    assert (last.generation, last.dag_hash) == (2, "v2")
    assert last.tasks[0].task == "a"
    begins = next(one for one in story.moments if one.generation == 2)
    assert {row.task for row in begins.tasks} == {"a", "c"}


async def test_the_rows_of_all_moments_together_are_those_at_the_end() -> None:
    story = await told(
        [STARTED, *ran("a", 20, fails=True), RunFinished(at_ms=30, status="failed")],
        v1=dag("a>b c"),
    )
    rows: dict[str, TaskRow] = {}
    for moment in story.moments:
        rows |= {row.task: row for row in moment.tasks}
    assert {name: str(row.status) for name, row in rows.items()} == {
        "a": "failed",
        "b": "upstream_failed",
        "c": "ready",
    }
