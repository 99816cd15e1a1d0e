"""What a template speaks of, as data."""

from typing import NamedTuple


class Mentions(NamedTuple):
    """What a template speaks of; if it is none, only `error`, which says why."""

    names: frozenset[str] = frozenset()
    """Variables in Jinja2's own form."""
    dotted: frozenset[str] = frozenset()
    """Variables in the form `{{.name}}`."""
    outputs: frozenset[str] = frozenset()
    """Tasks whose outputs are used, as written: `outputs.TASK` or `outputs["TASK"]`."""
    params: frozenset[str] = frozenset()
    """Keys of `params` that are used."""
    secrets: frozenset[str] = frozenset()
    """Keys of `secrets` that are used."""
    error: str = ""
    line: int = 1
    """Line of the template that the error is on."""
