"""A line of output is shown harmless, masked and cut, wrapped or with hits."""

from hypothesis import given, strategies as st

from leo_tui.text.sanitize import UNSAFE
from leo_tui.text.sgr import HIT, PLAIN, Ink, Run
from leo_tui.text.width import cells
from leo_tui.viewmodels.output.log_lines import SourceLine
from leo_tui.viewmodels.output.shown_line import LONGEST, shown, with_hits, wrapped


def line(text: bytes, masks: tuple[str, ...] = (), *, is_cut: bool = False) -> str:
    return shown(SourceLine(0, text, PLAIN, is_cut=is_cut, masks=masks)).text


@given(st.binary(max_size=200), st.booleans())
def test_nothing_raw_is_shown(text: bytes, is_cut: bool) -> None:  # noqa: FBT001 - a law
    assert not UNSAFE.search(line(text, ("ab",), is_cut=is_cut))


def test_secrets_are_masked_wherever_colours_or_controls_stand() -> None:
    masks = ("hunter2", "tab\tbed")
    assert line(b"key hunter2 end", masks) == "key *** end"
    assert line(b"key hun\x1b[31mter2", masks) == "key ***"
    assert line(b"key hun\x1b]0;x\x07ter2", masks) == "key ***"
    assert line(b"tab\tbed", masks) == "***"


def test_long_lines_are_cut_and_the_beginning_of_a_secret_with_them() -> None:
    assert line(b"x" * 10_000) == "x" * LONGEST + "…"
    cut = line(b"y" * 4000 + b"hunter", ("hunter2",), is_cut=True)
    assert "hunter" not in cut
    many = (b"hunter2" + b"." * 10) * 240 + b"hunter"
    assert "h" not in line(many, ("hunter2",), is_cut=True)


def test_a_sequence_that_is_cut_off_is_not_shown() -> None:
    assert line(b"a\x1b[3", is_cut=True) == "a…"


def test_a_megabyte_without_an_end_is_one_short_line() -> None:
    assert len(line(b"\x1b[31m\xff\x1b[32m\xfe" * 80_000)) == LONGEST + 1


def test_hits_have_an_ink_of_their_own_across_colours() -> None:
    runs = (Run("abc", PLAIN), Run("def", Ink(1)))
    assert with_hits(runs, [(1, 2), (2, 5)]) == (
        Run("a", PLAIN),
        Run("b", Ink(flags=HIT)),
        Run("c", Ink(flags=HIT)),
        Run("de", Ink(1, flags=HIT)),
        Run("f", Ink(1)),
    )
    assert with_hits(runs, []) == runs
    assert with_hits(runs, [(-3, 0), (9, 12)]) == runs


@given(st.lists(st.text("ab漢e\u0301 ", max_size=20), max_size=5), st.integers(2, 12))
def test_wrapped_rows_hold_the_line_and_fit(texts: list[str], width: int) -> None:
    runs = tuple(Run(text, Ink(n)) for n, text in enumerate(texts) if text)
    rows = wrapped(runs, width)
    assert "".join(run.text for row in rows for run in row) == "".join(texts)
    assert all(sum(cells(run.text) for run in row) <= width for row in rows)
    widths = [sum(cells(run.text) for run in row) for row in rows[:-1]]
    assert all(full >= width - 1 for full in widths)


def test_an_empty_line_is_a_row() -> None:
    assert wrapped((), 10) == [()]
