"""A task with a `matrix` becomes one task per combination of its values."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from leo_engine.spec.model import Json
from leo_engine.spec.value_text import value_text

MOST_COMBINATIONS = 100_000

MatrixValues = tuple[tuple[str, Json], ...]
"""One combination: `(("shard", "a"), ("day", 1))`."""


def combination_count(matrix: Mapping[str, Sequence[Json]]) -> int:
    """Return how many tasks a matrix makes."""
    return prod(len(values) for values in matrix.values())


def combinations(matrix: Mapping[str, Sequence[Json]]) -> Iterator[MatrixValues]:
    """Yield every combination in order of declaration, the last key fastest."""
    keys = tuple(matrix)
    for values in product(*matrix.values()):
        yield tuple(zip(keys, values, strict=True))


def instance_id(base: str, values: MatrixValues) -> str:
    """Return `load[shard=a,day=1]`; `base` itself without values."""
    if not values:
        return base
    inside = ",".join(f"{key}={value_text(value)}" for key, value in values)
    return f"{base}[{inside}]"
