"""What the tasks of a run have handed on to those downstream, by name."""

from typing import NamedTuple

from leo_engine.spec.model import Json, Task
from leo_engine.state.outcome import Succeeded


class Results(NamedTuple):
    """Values by the names under which templates and `$LEO_INPUTS` know them."""

    outputs: dict[str, dict[str, Json]]
    """{task: what it wrote to `$LEO_OUTPUT`}."""
    fanned_in: dict[str, Json]
    """{name of a matrix task: the outputs of its siblings, in their order}."""
    registered: dict[str, Json]
    """{name: line}; of a matrix task, the lines of its siblings, in their order."""

    def add(self, task: Task, outcome: Succeeded, *, is_upstream: bool) -> None:
        """Add what one task handed on; tasks come in order, upstream after others."""
        if outcome.output is not None and is_upstream:
            self.outputs[task.id] = outcome.output
            if task.matrix:
                _append(self.fanned_in, task.base, outcome.output)
        if not task.register or outcome.registered is None:
            return
        if task.matrix:
            _append(self.registered, task.register, outcome.registered)
        else:
            self.registered[task.register] = outcome.registered


def _append(lists: dict[str, Json], name: str, value: Json) -> None:
    values = lists.setdefault(name, [])
    if isinstance(values, list):
        values.append(value)
