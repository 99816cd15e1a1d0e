"""Desks that are killed, or are not alone; parts of DAGs that others go on with."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.ports import RunFilter
from place import Place, wait_until

DESK = str(Path(__file__).parents[1] / "support" / "desk_work.py")

MANY = "".join(
    f"[tasks.t{n}]\ncmd = '. @ledger; begins; sleep 0.03; ends 0'\n" for n in range(20)
)
CHAIN = """
[tasks.before]
cmd = ". @ledger; begins; ends 0"

[tasks.long]
depends_on = ["before"]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"

[tasks.after]
depends_on = ["long"]
cmd = ". @ledger; begins; ends 0"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    yield made
    made.clear()


def begun(place: Place) -> list[str]:
    return [one.attempt.task for one in place.ledger.read()[0]]


def assert_one_true_run(place: Place) -> None:
    with Engine(settings(str(place.dags))) as engine:
        (run,) = engine.runs(RunFilter())
        assert (run.status, engine.verify(run.run_id)) == ("succeeded", [])


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.05, 0.1])
def test_a_desk_killed_while_it_moves_its_run_loses_nothing_and_starts_nothing_twice(
    place: Place, after_s: float
) -> None:
    place.write_dag(MANY)
    desk = place.start_python(DESK, "50")
    assert wait_until(lambda: begun(place)), place.last_words()
    time.sleep(after_s)  # Somewhere in the course of its moves.
    desk.kill()
    desk.wait()
    assert place.leo("resume", "last") == 0
    assert Counter(begun(place)) == {f"t{n}": 1 for n in range(20)}
    assert_one_true_run(place)


@pytest.mark.slow
def test_two_desks_that_start_the_same_dag_at_once_run_it_once(place: Place) -> None:
    place.write_dag(CHAIN.format(flag=place.folder / "flag"))
    desks = [place.start_python(DESK) for _ in range(2)]
    # One drives; the other has nothing to do.
    assert wait_until(lambda: any(desk.poll() == 0 for desk in desks))
    (place.folder / "flag").touch()
    assert [place.end_of(desk) for desk in desks] == [0, 0]
    assert begun(place) == ["before", "long", "after"]
    assert_one_true_run(place)


@pytest.mark.slow
@pytest.mark.parametrize("words", [("resume", "last"), ("--once", "work")])
def test_a_run_of_a_part_that_was_killed_is_gone_on_with_as_that_part(
    place: Place, words: tuple[str, ...]
) -> None:
    place.write_dag(CHAIN.format(flag=place.folder / "flag"))
    leo = place.start("--once", "work", "--only", "long", "--downstream")
    assert wait_until(lambda: "long" in begun(place)), place.last_words()
    leo.kill()
    leo.wait()
    grown = CHAIN.format(flag=place.folder / "flag")
    place.write_dag(f"{grown}\n[tasks.late]\ncmd = '. @ledger; begins; ends 0'\n")
    going_on = place.start(*words)
    (place.folder / "flag").touch()
    assert place.end_of(going_on) == 0, place.last_words()
    with Engine(settings(str(place.dags))) as engine:
        *_, first = engine.runs(RunFilter())
        assert {row.task for row in engine.run_detail(first.run_id).tasks} == {
            "long",
            "after",
        }
        assert (first.status, engine.verify(first.run_id)) == ("succeeded", [])
    started = [one.attempt for one in place.ledger.read()[0]]
    of_first = [one.task for one in started if one.run_id == first.run_id]
    assert of_first == ["long", "after"]
