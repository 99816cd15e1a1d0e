"""A document to source structs, with `[defaults]` merged below every task."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import msgspec
from msgspec import inspect

from leo_engine.spec.findings import Findings
from leo_engine.spec.honoured import merge_defaults
from leo_engine.spec.model import Json
from leo_engine.spec.source import DagSource, TaskSource

RawTask = Mapping[str, Json]
"""A task as written, after merging: `{key: value}`."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was written, typed; what did not fit is left out and in the findings."""

    dag: DagSource
    tasks: dict[str, TaskSource]
    raw_tasks: Mapping[str, RawTask]


@cache
def _document_type() -> inspect.Type:
    return inspect.type_info(DagSource)


def decode(root: dict[str, Json], findings: Findings) -> Decoded:
    """Return the source structs of a document; every mismatch is a finding.

    The fast way is one conversion of the whole. Only when that fails is the document
    walked key by key.
    """
    try:
        dag = msgspec.convert(root, DagSource)
    except msgspec.ValidationError:
        from leo_engine.spec.explain import keep_fitting  # noqa: PLC0415 -- only for a document with a problem

        fitting = keep_fitting(root, _document_type(), (), findings)
        dag = msgspec.convert(fitting, DagSource)
        root = fitting if isinstance(fitting, dict) else {}
    raw_tasks = _table(root, "tasks")
    tasks = dag.tasks or {}
    defaults = _table(root, "defaults")
    if defaults:
        raw_tasks = {
            name: merge_defaults(defaults, raw) for name, raw in raw_tasks.items()
        }
        tasks = msgspec.convert(raw_tasks, dict[str, TaskSource])
    return Decoded(dag, tasks, raw_tasks)


def _table(root: Mapping[str, Json], key: str) -> Mapping[str, RawTask]:
    value = root.get(key)
    return value if isinstance(value, dict) else {}
