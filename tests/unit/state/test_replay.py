"""A machine rebuilt from its journal."""

from leo_engine.spec.model import Dag
from leo_engine.state.event import AttemptStarted, Event, RunAdopted
from leo_engine.state.replay import replay
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import begun

VERSIONS: dict[str, Dag] = {"v1": dag("a>b"), "v2": dag("a>b>c")}


def test_nothing_is_rebuilt_from_an_empty_journal() -> None:
    assert replay([], VERSIONS.__getitem__) is None


def test_events_before_the_start_are_ignored() -> None:
    stray: list[Event] = [
        RunAdopted(at_ms=0, owner="x", epoch=1),
        AttemptStarted(at_ms=0, task="a", attempt=1),
    ]
    assert replay(stray, VERSIONS.__getitem__) is None


def test_a_replay_follows_the_run_from_version_to_version() -> None:
    run = begun(VERSIONS["v1"])
    run.fail("a")
    run.end()
    run.resume("a", "b", dag=VERSIONS["v2"])
    run.succeed("a")
    machine = replay(run.journal, VERSIONS.__getitem__)
    assert machine is not None
    assert machine.generation == 2
    assert machine.dag_hash == "v2"
    assert [machine.task_run(n) for n in range(3)] == [
        run.machine.task_run(n) for n in range(3)
    ]
