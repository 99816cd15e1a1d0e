"""Named limits: how many slots of each pool are held."""

from collections.abc import Mapping


class PoolLedger:
    """The pools of one process. Several runs may share a ledger."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = dict(limits)
        self._held = dict.fromkeys(self._limits, 0)

    def fits(self, pool: str, slots: int) -> bool:
        """Tell whether `slots` more may be held now.

        A pool without a limit has room for everything, and an idle one for a task that
        wants more than the limit: it would wait for ever.
        """
        limit = self._limits.get(pool)
        if limit is None:
            return True
        held = self._held[pool]
        return held + slots <= limit or not held

    def take(self, pool: str, slots: int) -> None:
        """Hold `slots` more; to be asked for with `fits` first."""
        if pool in self._held:
            self._held[pool] += slots

    def give_back(self, pool: str, slots: int) -> None:
        """Let go of `slots`."""
        if pool in self._held:
            self._held[pool] -= slots

    def describe(self, pool: str) -> str:
        """Return how full a pool is, for people: `gpu (2 of 2 slots held)`."""
        limit = self._limits.get(pool)
        if limit is None:
            return pool
        return f"{pool} ({self._held[pool]} of {limit} slots held)"
