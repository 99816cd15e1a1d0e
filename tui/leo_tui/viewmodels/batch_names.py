"""What to call the entries of a batch: their DAG and what tells them apart."""

from collections.abc import Iterable, Mapping

from leo_engine.app.batch_types import LoadedPlan
from leo_engine.spec.model import Json
from leo_engine.spec.value_text import value_text
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cut

_WIDEST_PARAMS = 60


def entry_names(
    entries: Iterable[tuple[int, str, Mapping[str, Json]]],
) -> dict[int, str]:
    """Return {position: `etl day=2026-03-01`} for entries of one batch.

    Of the parameters those are named whose values differ among the entries of a DAG;
    where none does, all are.
    """
    listed = list(entries)
    telling = _telling(listed)
    return {
        position: _name(dag, params, telling[dag]) for position, dag, params in listed
    }


def plan_names(plan: LoadedPlan) -> dict[int, str]:
    """Return the names of a plan's entries."""
    return entry_names((one.position, one.dag, one.params) for one in plan.entries)


def _telling(
    entries: Iterable[tuple[int, str, Mapping[str, Json]]],
) -> dict[str, set[str]]:
    """Return {DAG: parameters whose values differ}."""
    first: dict[str, Mapping[str, Json]] = {}
    telling: dict[str, set[str]] = {}
    for _, dag, params in entries:
        known = first.setdefault(dag, params)
        differing = telling.setdefault(dag, set())
        differing |= {
            name for name in params if name not in known or params[name] != known[name]
        }
    return telling


def _name(dag: str, params: Mapping[str, Json], telling: set[str]) -> str:
    shown = [
        f"{name}={value_text(value)}"
        for name, value in params.items()
        if name in telling or (not telling and value is not None)
    ]
    text = cut(sanitize(" ".join(shown)), _WIDEST_PARAMS)
    return f"{sanitize(dag)} {text}".rstrip()
