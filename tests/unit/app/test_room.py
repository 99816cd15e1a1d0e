"""Who only looks can say why a ready task has not started."""

from collections.abc import Mapping

import msgspec
import pytest

from leo_engine.app.room import Room
from leo_engine.loader.folder_settings import FolderSettings, HttpSettings
from leo_engine.spec.model import Dag, HttpCall
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import Scenario, begun

LIMITED: Mapping[str, Mapping[str, object]] = {
    "a": {"pool": "gpu", "pool_slots": 2},
    "b": {"pool": "gpu", "pool_slots": 2},
    "c": {"pool": "api"},
    "d": {"memory_bytes": 2_000_000_000},
}


def limited(max_parallel: int | None = None) -> Dag:
    plain = dag("a b c d e", tasks=LIMITED)
    return msgspec.structs.replace(
        plain, pools=(("gpu", 3),), max_parallel=max_parallel
    )


def why(run: Scenario, task: str, *, free: int = 1_000_000_000) -> str:
    machine = run.machine
    return Room(machine, FolderSettings(pools={"api": 4}), lambda: free).why_none(
        machine.index(task)
    )


def test_nothing_is_missing_while_there_is_room() -> None:
    run = begun(limited())
    assert [why(run, task) for task in "abde"] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("b", "waits for pool gpu (2 of 3 slots held)"),
        ("c", "waits for a slot, and for pool api of all runs (4)"),
        ("d", "waits for memory: 2.0 GB wanted, 1.0 free"),
        ("e", ""),
    ],
)
def test_what_is_taken_or_limited_is_named(task: str, reason: str) -> None:
    run = begun(limited())
    run.start("a")
    assert why(run, task) == reason


def test_a_task_that_finds_its_memory_waits_for_nothing() -> None:
    run = begun(limited())
    run.start("a")
    assert why(run, "d", free=3_000_000_000) == ""


def test_the_limit_of_the_dag_counts_what_runs() -> None:
    run = begun(limited(max_parallel=1))
    assert why(run, "e") == ""
    run.start("a")
    assert why(run, "e") == "waits: 1 running, and max_parallel is 1"


def requests(*tables: str) -> Dag:
    actions = [HttpCall(msgspec.Raw(table.encode())) for table in tables]
    ids = "abcdef"[: len(actions)]
    return dag(
        " ".join(ids),
        tasks={name: {"action": one} for name, one in zip(ids, actions, strict=True)},
    )


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('{"url":"http://here/"}', ""),
        (
            '{"url":"http://HERE:80/","max_per_host":1}',
            "waits: 1 requests to here under way, limit 1",
        ),
        (
            '{"url":"http://there/","max_in_flight":1}',
            "waits: 1 requests under way, limit 1",
        ),
        ('{"url":"http://there/","max_per_host":1}', ""),
        ('{"url":"http://{{ host }}/","max_per_host":1}', ""),
        ('{"url":"http://[no address","max_per_host":1}', ""),
    ],
)
def test_requests_over_their_limits_are_counted(table: str, reason: str) -> None:
    run = begun(requests('{"url":"http://here/x"}', table))
    run.start("a")
    assert why(run, "b") == reason


def test_a_task_cannot_allow_itself_more_requests_than_the_folder() -> None:
    run = begun(requests(*['{"url":"http://here","max_in_flight":99}'] * 2))
    run.start("a")
    room = Room(
        run.machine, FolderSettings(http=HttpSettings(max_in_flight=1)), lambda: 0
    )
    assert room.why_none(1) == "waits: 1 requests under way, limit 1"
