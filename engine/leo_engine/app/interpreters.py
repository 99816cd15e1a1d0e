"""Whether the interpreters that python tasks name are there, as far as can be told."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from leo_engine.app.types import Finding
from leo_engine.executors.interpreter import why_no_interpreter
from leo_engine.loader.load import LoadedDag
from leo_engine.spec.model import PythonCall, Task
from leo_engine.spec.template import is_template


def missing_interpreter(task: Task, folder: Path) -> str:
    """Return why a task of a file in `folder` has no interpreter; "" when it may have.

    A task with something upstream may: that may make the venv. So may one whose venv is
    named by a template.
    """
    call = task.action
    if not isinstance(call, PythonCall) or task.upstream or is_template(call.venv):
        return ""
    if call.venv:
        venv = folder / Path(call.venv).expanduser()
        call = msgspec.structs.replace(call, venv=str(venv))
    why = why_no_interpreter(call)
    return f"task {task.id!r}: {why}" if why else ""


def interpreter_findings(dags: Sequence[LoadedDag]) -> Iterator[Finding]:
    """Yield what `doctor` says of the interpreters that python tasks name."""
    for loaded in dags:
        found = {
            task.base: why
            for task in loaded.dag.tasks
            if (why := missing_interpreter(task, loaded.path.parent))
        }
        for why in found.values():
            yield Finding(f"python of {loaded.dag.name}", "warning", why)
