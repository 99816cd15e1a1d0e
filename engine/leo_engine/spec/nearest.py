"""The nearest valid name to one that is not, for "did you mean …?"."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

_MOST_COMPARED = 2_000
"""Comparing costs some 10 µs a name; among 100,000 only likely ones are tried."""
_LENGTH_DIFFERENCE = 3
_SIMILAR = 0.6


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the name most like `word`; empty when none is like it."""
    return _nearest(word, names) if isinstance(names, tuple) else _search(word, names)


def _search(word: str, names: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 -- only for a file with a problem

    likely = (
        name
        for name in names
        if abs(len(name) - len(word)) <= _LENGTH_DIFFERENCE and set(name) & set(word)
    )
    candidates = list(islice(likely, _MOST_COMPARED))
    lowered = {name.lower(): name for name in reversed(candidates)}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=_SIMILAR)
    return lowered[found[0]] if found else ""


@lru_cache(maxsize=256)
def _nearest(word: str, names: tuple[str, ...]) -> str:
    """Remember guesses among the keys of a table: one typo comes up many times."""
    return _search(word, names)


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return `did you mean 'name'?`, or nothing."""
    name = nearest(word, names)
    return f"did you mean {name!r}?" if name else ""
