"""Run ids sort by time; any task id becomes one harmless file name of its own."""

from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from leo_engine.ids import path_segment, run_id


def test_a_run_id_is_a_uuid_of_version_7() -> None:
    uuid = UUID(run_id(1_700_000_000_000, (1 << 80) - 1))
    assert uuid.version == 7
    assert uuid.variant == "specified in RFC 4122"
    assert uuid.int >> 80 == 1_700_000_000_000


def test_run_ids_sort_by_time_whatever_their_random_bits() -> None:
    earlier, later = run_id(1000, (1 << 80) - 1), run_id(1001, 0)
    assert earlier < later


def test_every_one_of_74_random_bits_tells_run_ids_apart() -> None:
    ids = {run_id(0, 1 << bit) for bit in range(74)} | {run_id(0, 0)}
    assert len(ids) == 75


@pytest.mark.parametrize(
    "task", ["load", "load[shard=a]", "a.b-c_d", "load[x=1,y=2]", "..a", "t" * 120]
)
def test_a_harmless_task_id_is_its_own_file_name(task: str) -> None:
    assert path_segment(task) == task


@pytest.mark.parametrize(
    "task", ["..", ".", "", "a/b", "../../etc/passwd", "a b", "naïve", "日本", "a\0b"]
)
def test_a_harmful_one_is_replaced_by_one_that_is_safe_anywhere(task: str) -> None:
    segment = path_segment(task)
    assert segment.isascii()
    assert not set(segment) & set("/\0 ")
    assert segment.strip(".")


def test_a_long_one_fits_into_a_file_name_with_room_for_suffixes() -> None:
    assert len(path_segment("t" * 200)) <= 120
    assert path_segment("t" * 200) != path_segment("t" * 201)


def test_what_looks_alike_made_safe_stays_apart() -> None:
    alike = ["a/b", "a b", "a:b", "aéb", "aÉb", "a_b", "e\u0301", "\u00e9"]
    assert len({path_segment(task) for task in alike}) == len(alike)


@given(st.text(max_size=300), st.text(max_size=300))
def test_two_task_ids_never_share_a_file(one: str, other: str) -> None:
    if one != other:
        assert path_segment(one) != path_segment(other)


def test_a_lone_surrogate_is_no_reason_to_fall_over() -> None:
    assert path_segment("a\udc80").isascii()
