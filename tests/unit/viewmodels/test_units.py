"""Times and sizes read the way people say them."""

from datetime import timedelta, timezone

import pytest

from leo_tui import units


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (-5, "0 ms"),
        (320, "320 ms"),
        (1_200, "1.2 s"),
        (59_949, "59.9 s"),
        (59_950, "1m00s"),
        (185_000, "3m05s"),
        (3_599_600, "1h00m"),
        (7_500_000, "2h05m"),
        (86_400_000, "1d00h"),
        (273_600_000, "3d04h"),
    ],
)
def test_a_duration_has_two_digits_that_matter(length_ms: int, text: str) -> None:
    assert units.duration(length_ms) == text


def test_a_ticking_clock_does_not_flicker_through_milliseconds() -> None:
    assert units.elapsed(320) == "0.3 s"
    assert units.elapsed(-1) == "0.0 s"
    assert units.elapsed(61_000) == "1m01s"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (2 * 1024**3, "2.0 GiB"),
        (3 * 1024**4, "3.0 TiB"),
    ],
)
def test_a_size_is_in_binary_units(size_bytes: int, text: str) -> None:
    assert units.size(size_bytes) == text


def test_an_instant_names_its_zone() -> None:
    zone = timezone(timedelta(hours=1), "CET")
    assert units.instant(1_772_370_185_000, zone) == "2026-03-01 14:03:05 CET"


@pytest.mark.parametrize(
    ("past_ms", "text"),
    [
        (-5, "now"),
        (999, "now"),
        (40_000, "40 s ago"),
        (60_000, "1 min ago"),
        (3 * 3_600_000, "3 h ago"),
        (49 * 3_600_000, "2 d ago"),
    ],
)
def test_an_age_is_one_number_and_one_unit(past_ms: int, text: str) -> None:
    assert units.age(1_000_000_000_000 - past_ms, 1_000_000_000_000) == text


def test_a_time_is_a_date_or_how_long_ago() -> None:
    now_ms = 1_772_370_185_000
    assert units.parse_instant_ms("2h", now_ms) == now_ms - 7_200_000
    assert units.parse_instant_ms("2026-03-01T13:03:05+00:00", 0) == now_ms
    with pytest.raises(ValueError, match="is not a time"):
        units.parse_instant_ms("yesterday", now_ms)


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (-5, "0.0s"),
        (4_120, "4.1s"),
        (59_949, "59.9s"),
        (59_950, "1:00"),
        (118_000, "1:58"),
        (3_729_000, "1:02:09"),
        (273_600_000, "3d04h"),
    ],
)
def test_a_duration_fits_a_narrow_column(length_ms: int, text: str) -> None:
    assert units.clock(length_ms) == text


def test_a_stopwatch_counts_whole_seconds() -> None:
    assert units.stopwatch(31_900) == "0:31"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0B"),
        (512, "512B"),
        (1023, "1023B"),
        (1024, "1.0K"),
        (212 << 20, "212M"),
        (int(5.1 * (1 << 30)), "5.1G"),
        (24 << 30, "24G"),
        (1 << 60, "1024P"),
    ],
)
def test_a_size_fits_a_narrow_column(size_bytes: int, text: str) -> None:
    assert units.short_size(size_bytes) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (999, "999"), (1_000, "1.0k"), (2_120, "2.1k"), (88_400, "88k")],
)
def test_a_count_fits_a_narrow_column(count: int, text: str) -> None:
    assert units.short_count(count) == text


def test_a_time_of_day_has_no_date() -> None:
    assert units.time_of_day(0, timezone(timedelta(hours=1))) == "01:00:00"
