"""Staging and what is recorded of its removal: the exam of the `RunStore` port."""

import pytest

from leo_engine.ports import AuditEntry, RunStore, StagingRow, StagingState
from leo_engine.testing.builders import with_fields
from leo_engine.testing.run_rows import START_MS

ROW = StagingRow(
    run_id="0193", place="/x", state=StagingState.ACTIVE, created_ms=START_MS
)
KEPT = with_fields(ROW, state=StagingState.KEPT, keep_until_ms=START_MS + 5)
WHY = AuditEntry(
    at_ms=START_MS, action="free staging", run_id="0193", subject="/x", reason="old"
)


def test_what_is_recorded_is_read_back_newest_first(store: RunStore) -> None:
    earlier = with_fields(WHY, reason="earlier")
    store.record(earlier)
    store.record(WHY)
    assert store.audit() == [WHY, earlier]


def test_staging_is_known_by_run_and_place(store: RunStore) -> None:
    elsewhere = with_fields(ROW, place="/y")
    younger = with_fields(KEPT, run_id="0194")
    for row in (younger, elsewhere, ROW):
        store.put_staging(row)
    assert store.staging() == [ROW, elsewhere, younger]


def test_staging_is_kept_and_tracked_again(store: RunStore) -> None:
    for row in (ROW, KEPT, ROW):
        store.put_staging(row)
        assert store.staging() == [row]


def test_freed_staging_is_recorded_and_listed_no_more(store: RunStore) -> None:
    store.put_staging(KEPT)
    assert store.free_staging(KEPT, WHY)
    assert store.staging() == []
    assert store.audit() == [WHY]


def test_staging_that_is_wanted_again_meanwhile_is_not_freed(store: RunStore) -> None:
    store.put_staging(KEPT)
    store.put_staging(ROW)
    assert not store.free_staging(KEPT, WHY)
    assert store.staging() == [ROW]
    assert store.audit() == []


def test_staging_is_freed_once(store: RunStore) -> None:
    store.put_staging(ROW)
    assert store.free_staging(ROW, WHY)
    freed = with_fields(ROW, state=StagingState.FREED)
    for row in (ROW, freed):
        assert not store.free_staging(row, WHY)
    assert store.audit() == [WHY]


def test_staging_nobody_knows_is_not_freed(store: RunStore) -> None:
    assert not store.free_staging(ROW, WHY)
    assert store.audit() == []


def test_a_resume_tracks_freed_staging_anew(store: RunStore) -> None:
    store.put_staging(ROW)
    assert store.free_staging(ROW, WHY)
    store.put_staging(ROW)
    assert store.staging() == [ROW]


@pytest.mark.parametrize("state", list(StagingState))
def test_the_names_of_states_are_stored(state: StagingState) -> None:
    assert state.value in {"active", "kept", "freed"}
