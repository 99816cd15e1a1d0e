"""leo-tui killed at any moment: nothing that was recorded is lost, nothing runs twice.

Real DAGs of real processes. A failure names its seed; the same seed draws the same DAG,
the same victims and the same moments.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from chance_dag import chance_dag
from crashing import ENGINE_ONLY, Crashes, Victim
from place import Place, wait_until


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    yield made
    made.clear()


def survive(
    place: Place, seed: int, most: int, victims: Sequence[Victim] = ENGINE_ONLY
) -> int:
    """Return how many kills a run has survived."""
    chance = Random(seed)
    dag = chance_dag(chance, chance.randint(10, 40), shell=str(place.ledger.shell))
    crashes = Crashes(place, dag, chance, victims)
    complaints = crashes.run(most)
    assert not complaints, "\n".join([f"seed {seed}:", *complaints])
    return crashes.kills


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(4))
def test_whatever_kills_the_engine_every_task_succeeds_once(
    place: Place, seed: int
) -> None:
    assert survive(place, seed, 6)


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_whatever_kills_engine_and_wardens_no_task_runs_twice_at_once(
    place: Place,
) -> None:
    assert survive(place, 100, 5, tuple(Victim))


def test_what_ended_in_time_while_nobody_looked_has_not_timed_out(
    place: Place,
) -> None:
    flag = place.folder / "flag"
    waits = f". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"
    place.write_dag(f'[tasks.waits]\ntimeout = "1s"\ncmd = "{waits}"\n')
    leo = place.start("--once")
    assert wait_until(lambda: place.ledger.read()[0])
    leo.kill()
    flag.touch()
    assert wait_until(lambda: place.ledger.read()[1])
    assert not wait_until(lambda: False, 1)  # Its time passes.
    assert place.leo("--once") == 0
    (run,) = place.stored().runs
    (attempt,) = place.stored().attempts(run.run_id)
    assert attempt.outcome == "succeeded"


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("victims", [ENGINE_ONLY, tuple(Victim)], ids=["engine", "any"])
def test_two_hundred_kills_lose_nothing(
    tmp_path: Path, victims: Sequence[Victim]
) -> None:
    kills, seed = 0, 1000
    while kills < 200:
        place = Place(tmp_path / str(seed))
        try:
            kills += survive(place, seed, 10, victims)
        finally:
            place.clear()
        seed += 1
