"""The names that templates and conditions know, and which value wins.

One list for validation, which refuses a name that nothing gives, and for rendering,
which gives the values.
"""

import re
from collections.abc import Mapping

from leo_engine.spec.model import Json, Task

_NOT_A_NAME = re.compile(r"[^A-Z0-9_]")

ALWAYS: Mapping[str, str] = {
    "run_id": "id of the run",
    "dag": "name of the DAG",
    "task": "id of the task, matrix values included",
    "attempt": "number of the attempt, from 1",
    "staging": "folder that the tasks of the run share",
    "scheduled_for": "time the schedule meant, ISO 8601; empty for other starts",
    "params": "every parameter, by name",
    "matrix": "the task's matrix values, by key",
    "env": "the task's environment, by name",
    "outputs": "what tasks upstream handed on: outputs.TASK.KEY",
}
"""{name: meaning}, for every task."""

IN_HOOKS: Mapping[str, str] = {
    "failed_task": "id of the task that failed; of the first one, for the DAG's hooks",
    "failed_tasks": "ids of all tasks that have failed",
    "error": "why it failed, one line",
    "error_message": "the same, as wf calls it",
    "failed_dag": "name of the DAG, as wf calls it",
    "run_status": "succeeded or failed, as it stands",
}
"""{name: meaning}, for hooks besides `ALWAYS`."""

IN_REQUESTS: Mapping[str, str] = {
    "secrets": "the secrets that the task declares, by name",
}
"""{name: meaning}, in the `http` table besides `ALWAYS`."""

OF_ANSWERS: Mapping[str, str] = {
    "status": "number of the answer's status",
    "headers": "headers of the answer, by name in lower case",
    "body": "body of the answer, as text",
    "json": "the same as a value; none when it is not JSON",
}
"""{name: meaning}, in `poll.until` besides."""


def name_of(*parts: str) -> str:
    """Return `LEO_` and the parts, upper-case, other characters replaced by `_`.

    That is how a task's environment calls what its templates know by name.
    """
    return _NOT_A_NAME.sub("_", "_".join(("LEO", *parts)).upper())


def assemble(
    task: Task,
    *,
    given: Mapping[str, Json],
    params: Mapping[str, Json],
    registered: Mapping[str, Json],
) -> dict[str, Json]:
    """Return the variables of one attempt.

    Where names collide, the nearer one wins: matrix values, then registered variables,
    then parameters, then `given`, which holds the names of `ALWAYS` (`params` and
    `matrix` excepted) and, for hooks, of `IN_HOOKS`.
    """
    matrix = dict(task.matrix)
    return {
        "params": params,
        "matrix": matrix,
        **given,
        **params,
        **registered,
        **{f"{task.base}.{key}": value for key, value in matrix.items()},
        **matrix,
    }
