"""An owner that is stopped for longer than its lease, and then goes on."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from chance_dag import chance_dag
from place import Place
from stopping import Stops


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    yield made
    made.clear()


def survive(place: Place, seed: int, most: int) -> int:
    """Return how many owners were stopped and succeeded by another."""
    chance = Random(seed)
    dag = chance_dag(chance, chance.randint(10, 20), shell=str(place.ledger.shell))
    stops = Stops(place, dag, chance)
    complaints = stops.run(most)
    assert not complaints, "\n".join([f"seed {seed}:", *complaints])
    return stops.stops


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(2))
def test_a_stopped_owner_that_goes_on_writes_and_starts_nothing(
    place: Place, seed: int
) -> None:
    assert survive(place, seed, 2)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_fifty_stopped_owners_write_and_start_nothing(tmp_path: Path) -> None:
    stops, seed = 0, 1000
    while stops < 50:
        place = Place(tmp_path / str(seed))
        try:
            stops += survive(place, seed, 8)
        finally:
            place.clear()
        seed += 1
