"""Clocks that jump: no living owner is taken for gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from place import Place, wait_until
from stored import newest_epoch

ENGINE = str(Path(__file__).parents[1] / "support" / "short_lease.py")
LEASE_MS = 2_000
DAY_MS = 86_400_000
WAITS = """
[tasks.waits]
cmd = ". @ledger; begins; while ! test -e {flag}; do sleep 0.01; done; ends 0"

[tasks.after]
depends_on = ["waits"]
cmd = ". @ledger; begins; ends 0"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    made.write_dag(WAITS.format(flag=made.folder / "flag"))
    yield made
    made.clear()


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("jump_ms", [DAY_MS, -DAY_MS])
@pytest.mark.parametrize("whose", ["owner", "other"])
def test_a_jump_of_the_clock_takes_no_run_from_its_owner(
    place: Place, whose: str, jump_ms: int
) -> None:
    shift = place.folder / "shift"
    clocks = {whose: [str(shift)]}
    owner = place.start_python(ENGINE, str(LEASE_MS), *clocks.get("owner", []))
    assert wait_until(lambda: place.ledger.size() > 0), place.last_words()
    other = place.start_python(ENGINE, str(LEASE_MS), *clocks.get("other", []))
    shift.write_text(str(jump_ms))
    # Longer than any lease: it has to be renewed, and to be respected, by then.
    lease_s = LEASE_MS / 1000
    assert not wait_until(lambda: newest_epoch(place.database) > 1, 1.5 * lease_s)
    (place.folder / "flag").touch()
    assert (place.end_of(owner), place.end_of(other)) == (0, 0), place.last_words()
    began, ended = place.ledger.read()
    assert [one.attempt.task for one in began] == ["waits", "after"]
    assert [one.status for one in ended] == [0, 0]
    (run,) = place.stored().runs
    assert place.leo("verify", run.run_id) == 0, place.last_words()
