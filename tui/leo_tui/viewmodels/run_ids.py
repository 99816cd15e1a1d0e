"""Run ids, short enough to type and long enough to mean one run."""

from collections.abc import Sequence

_LENGTHS = (13, 18, 36)
"""Up to the millisecond; with 12 random bits more; whole. Source: RFC 9562, 5.7."""


def short_ids(run_ids: Sequence[str]) -> dict[str, str]:
    """Return {run id: prefix}, all of the shortest length that tells them apart.

    Never shorter than the creation time to the millisecond, so that a prefix still
    means the same run after the next one has started.
    """
    distinct = set(run_ids)
    for length in _LENGTHS:
        shortened = {run_id: run_id[:length] for run_id in distinct}
        if len(set(shortened.values())) == len(distinct):
            return shortened
    return {run_id: run_id for run_id in distinct}


def short_id(run_id: str) -> str:
    """Return a prefix of one run id."""
    return run_id[: _LENGTHS[0]]


def among_many(run_id: str) -> str:
    """Return a prefix that also tells apart runs of the same millisecond."""
    return run_id[: _LENGTHS[1]]
