"""Durations and sizes, as people write them."""

import pytest

from leo_engine.spec.duration import format_duration, parse_duration_ms
from leo_engine.spec.size import parse_size_bytes


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("10m", 600_000),
        ("1h30m", 5_400_000),
        ("500ms", 500),
        ("2d", 172_800_000),
        ("1w", 604_800_000),
        ("1.5s", 1_500),
        ("0.001s", 1),
        (" 5s ", 5_000),
        ("30", 30_000),
        (5, 5_000),
        (0.25, 250),
        (0, 0),
    ],
)
def test_a_duration_is_read_in_any_of_its_forms(
    written: str | float, milliseconds: int
) -> None:
    assert parse_duration_ms(written) == milliseconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "10 minutes",
        "5x",
        "m5",
        "-5s",
        "1h 30m",
        "٣s",
        -1,
        float("nan"),
        1e30,
        "9e9",
    ],
)
def test_what_is_no_duration_is_refused(written: str | float) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration_ms(written)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (90_061_001, "1d1h1m1s1ms"), (5_400_000, "1h30m"), (999, "999ms")],
)
def test_a_duration_is_written_in_its_shortest_form(
    milliseconds: int, text: str
) -> None:
    assert format_duration(milliseconds) == text


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("2GB", 2_000_000_000),
        ("512MiB", 536_870_912),
        ("1g", 1_073_741_824),
        ("1.5 kb", 1_500),
        ("7", 7),
        (7, 7),
    ],
)
def test_a_size_is_read_in_any_of_its_forms(written: str | int, size: int) -> None:
    assert parse_size_bytes(written) == size


@pytest.mark.parametrize("written", ["", "2 parsecs", "-1", "GB", -1, "9999999TB"])
def test_what_is_no_size_is_refused(written: str | int) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size_bytes(written)
