"""Which tasks of a DAG a run is to consist of."""

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Named tasks, and perhaps all that they need, or all that needs them."""

    tasks: tuple[str, ...]
    """Ids, or names of matrix tasks for all of their instances."""
    upstream: bool = False
    downstream: bool = False

    @property
    def reach(self) -> str:
        """`upstream`, `downstream`, both of them, or nothing."""
        wanted = {"upstream": self.upstream, "downstream": self.downstream}
        return " and ".join(name for name, is_wanted in wanted.items() if is_wanted)
