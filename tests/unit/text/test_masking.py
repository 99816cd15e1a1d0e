"""No part of a secret is shown, however it is written."""

from hypothesis import given, strategies as st

from leo_tui.text.masking import covered, masked, masked_runs
from leo_tui.text.sgr import PLAIN, Ink, Run

RED = Ink(1)


def test_stretches_that_secrets_cover_are_joined() -> None:
    assert covered("xabcabcx", ["abcab", "bca"]) == [(1, 6)]
    assert masked("key=abc&k=abc", ["abc"]) == "key=***&k=***"
    assert masked("plain", [""]) == "plain"


def test_a_secret_in_two_colours_is_found() -> None:
    runs = (Run("a se", PLAIN), Run("cr", RED), Run("et b", PLAIN))
    assert masked_runs(runs, ["secret"]) == (Run("a ***", PLAIN), Run(" b", PLAIN))


def test_secrets_side_by_side_and_overlapping() -> None:
    assert masked_runs((Run("aabb", PLAIN),), ["aa", "bb"]) == (Run("******", PLAIN),)
    assert masked_runs((Run("xabcy", RED),), ["ab", "bc"]) == (Run("x***y", RED),)


@given(
    st.lists(st.text("ab", max_size=6), max_size=6),
    st.lists(st.text("ab", min_size=1, max_size=3), max_size=3),
)
def test_runs_are_masked_as_their_text_is(texts: list[str], masks: list[str]) -> None:
    runs = [Run(text, Ink(number)) for number, text in enumerate(texts)]
    text = "".join(run.text for run in masked_runs(runs, masks))
    assert text == masked("".join(texts), masks)
