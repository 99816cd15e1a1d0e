"""Line numbers are kept in about a byte each, and none is lost."""

from bisect import bisect_left

import pytest
from hypothesis import given, strategies as st

from leo_tui.text.line_set import LineSet

GAPS = st.lists(
    st.integers(1, 3) | st.integers(200, 300) | st.just(10**9), max_size=400
)


def filled(lines: list[int]) -> LineSet:
    found = LineSet()
    for line in lines:
        found.add(line)
    return found


@given(GAPS, st.integers(0, 500), st.integers(0, 300))
def test_it_holds_what_a_list_would(gaps: list[int], first: int, count: int) -> None:
    lines: list[int] = []
    for gap in gaps:
        lines.append((lines[-1] if lines else 0) + gap)
    found = filled(lines)
    assert list(found) == lines
    assert found.slice(first, count) == lines[first : first + count]
    for line in [0, *lines[::7], *(line + 1 for line in lines[::5])]:
        assert found.rank(line) == bisect_left(lines, line)
        assert (line in found) == (line in lines)


def test_the_last_line_may_come_again_but_none_before_it() -> None:
    found = filled([0, 3, 3])
    assert list(found) == [0, 3]
    with pytest.raises(ValueError, match="line 2 comes after 3"):
        found.add(2)
    with pytest.raises(IndexError):
        found[2]


def test_a_million_hits_take_little_more_than_a_million_bytes() -> None:
    found = filled(list(range(0, 300_000, 3)))
    taken = len(found._gaps) + 16 * len(found._written)
    assert taken < 1.2 * len(found)
