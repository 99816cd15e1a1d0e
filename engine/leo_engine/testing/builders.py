"""DAGs in a few words: `dag("a>b b>c")`."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TypeVar

import msgspec

from leo_engine.spec.model import Dag, Shell, Task

_S = TypeVar("_S", bound=msgspec.Struct)

_NOTHING = Shell(":")


def dag(
    edges: str,
    *,
    hooks: str = "",
    tasks: Mapping[str, Mapping[str, object]] | None = None,
    **every: object,
) -> Dag:
    """Return a DAG: `a>b>c d` is a chain of three and a task of its own.

    Tasks are declared in the order in which they are first named, `hooks` (in the same
    notation) after them. `every` sets fields of each task, `tasks` those of one:
    `{"b": {"ignore_failure": True}}`.
    """
    upstream: dict[str, list[str]] = {}
    hook_ids: set[str] = set()
    for text, are_hooks in ((edges, False), (hooks, True)):
        for chain in text.split():
            names = chain.split(">")
            for name in names:
                upstream.setdefault(name, [])
            if are_hooks:
                hook_ids.update(names)
            for before, after in pairwise(names):
                upstream[after].append(before)
    declared = [
        with_fields(
            Task(
                id=name,
                base=name,
                action=_NOTHING,
                upstream=tuple(before),
                is_hook=name in hook_ids,
            ),
            **every,
            **(tasks or {}).get(name, {}),
        )
        for name, before in upstream.items()
    ]
    return Dag(name="test", tasks=tuple(declared))


def with_fields(struct: _S, **fields: object) -> _S:
    """Return a copy of a DAG, or of any other struct, with other values in fields."""
    return msgspec.structs.replace(struct, **fields)
