"""A plan bound to its DAGs: the runs it stands for, and what tells plans apart."""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from leo_engine.errors import Problem, SpecValidationError
from leo_engine.spec.batch_plan import AskedPlan, AskedRun
from leo_engine.spec.model import Dag, Json
from leo_engine.spec.params import bind_params

_DIGEST_BYTES = 16


class BatchEntry(msgspec.Struct, frozen=True):
    """One run of a plan."""

    position: int
    """1-based, in order of declaration; a matrix counts each combination."""
    dag: str
    params: Mapping[str, Json]
    """A typed value for every parameter of the DAG."""

    @property
    def key(self) -> bytes:
        """What makes two entries the same: equal whatever the order of parameters."""
        return msgspec.json.encode((self.dag, self.params), order="deterministic")


def bind_plan(asked: AskedPlan, dags: Mapping[str, Dag]) -> list[BatchEntry]:
    """Return the entries of a plan, by the DAGs that its names mean.

    Runs of a DAG that is not in `dags` are left out; parameters that do not fit are
    findings of the plan.
    """
    entries = []
    for position, run in enumerate(asked.runs, 1):
        dag = dags.get(run.source.dag)
        if dag is None or not run.is_whole:
            continue
        try:
            params = bind_params(dag, run.params)
        except SpecValidationError as error:
            for problem in error.problems:
                _find(asked, run, dag, problem)
        else:
            entries.append(BatchEntry(position, dag.name, params))
    return entries


def _find(asked: AskedPlan, run: AskedRun, dag: Dag, problem: Problem) -> None:
    name = str(problem.path[-1])
    is_given = name in run.params
    is_known = any(param.name == name for param in dag.params)
    asked.findings.add(
        run.place_of(name) if is_known else run.key_of(name),
        problem.message,
        hint=problem.hint if is_given else "give it in 'params' or 'matrix'",
        at_key=not (is_given and is_known),
    )


def plan_hash(entries: Iterable[BatchEntry]) -> str:
    """Return what tells two plans apart: the set of their entries, in any order.

    Of each distinct entry one digest, of the sorted digests another: no two sets of
    entries can be written to look alike.
    """
    digests = {_digest(entry.key) for entry in entries}
    return _digest(b"".join(sorted(digests))).hex()


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
