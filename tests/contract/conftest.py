"""The stores that take the exam, and the clock they look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_engine.ports import Instant, Lease, RunStore
from leo_engine.store.sqlite import Terms, open_store
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_store import FakeStore
from leo_engine.testing.run_rows import GONE, LEASE_MS, START_MS


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START_MS + 60_000)


def judge(lease: Lease, now: Instant) -> bool:
    assert lease.owner, "asked about a lease that nobody holds"
    return lease.owner != GONE and lease.is_live(now)


@pytest.fixture(params=["fake", "sqlite"])
def store(
    request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path
) -> Iterator[RunStore]:
    opened: RunStore = (
        FakeStore(clock, judge=judge, lease_ms=LEASE_MS)
        if request.param == "fake"
        else open_store(
            tmp_path / ".leo" / "leo.db",
            Terms(clock=clock, judge=judge, lease_ms=LEASE_MS),
        )
    )
    yield opened
    opened.close()
