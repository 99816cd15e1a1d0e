"""Declares a DAG in a `*.dag.py` by the functions of that file.

    from leo_dag import dag, task

    dag(schedule="0 3 * * *")

    @task(retries=2)
    def extract():
        return {"rows": 3}

    @task
    def load(extract):          # named like a task: depends on it, gets its output
        print(extract["rows"])

When the script ends, the document is handed to leo-tui; run by hand, it is printed. The
standard library of Python 3.8 has to be enough.
"""

from __future__ import annotations

import atexit
import inspect
import json
import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FunctionType

_SCRIPT_SUFFIX = ".dag.py"
_PLACE = "LEO_DAG_DOCUMENT"
"""Names the file that leo-tui wants the document in."""


class Declared:
    """What a script has declared so far."""

    def __init__(self) -> None:
        self.keys: dict[str, object] = {}
        """Of the DAG itself."""
        self.tasks: dict[str, dict[str, object]] = {}
        self.parameters: dict[str, list[str]] = {}
        """{task: names of the parameters of its function}."""

    def document(self) -> dict[str, object]:
        """Return the DAG as a `*.toml` would hold it."""
        for name, parameters in self.parameters.items():
            _imply_upstream(name, self.tasks, parameters)
        return {**self.keys, "tasks": self.tasks}


_declared = Declared()


def dag(**keys: object) -> None:
    """Set keys of the DAG: name, schedule, params, ...; `tasks` adds other tasks."""
    tasks = keys.pop("tasks", None) or {}
    if not isinstance(tasks, dict):
        raise TypeError("dag(tasks=...) takes {name: task}")
    for name, table in tasks.items():
        _add(name, dict(table))
    _declared.keys.update(keys)
    _hand_over_at_exit()


def task(
    function: object = None,
    /,
    *,
    id: str = "",  # noqa: A002 -- what the user calls it
    **keys: object,
) -> object:
    """Declare a function as a task; keywords are the keys of a task.

    What Python has as a word takes an underscore: `if_`, `with_`. The task is called
    like the function, or `id`. A parameter named like another task, its output.
    """
    if function is None:
        return lambda decorated: _declare(decorated, id, keys)
    return _declare(function, id, keys)


def _declare(function: object, name: str, keys: dict[str, object]) -> object:
    qualified = getattr(function, "__qualname__", "")
    if not inspect.isfunction(function) or not qualified.isidentifier():
        message = f"@task is for functions at the top of a file, not for {function!r}"
        raise TypeError(message)
    if not name:
        name = qualified
    table = {key.rstrip("_"): value for key, value in keys.items()}
    _add(name, {"python": f"{_file_of(function)}:{qualified}", **table})
    _declared.parameters[name] = list(inspect.signature(function).parameters)
    _hand_over_at_exit()
    return function


def _add(name: str, table: dict[str, object]) -> None:
    if name in _declared.tasks:
        raise ValueError(f"the task {name!r} is declared twice")
    _declared.tasks[name] = table


def _file_of(function: FunctionType) -> str:
    if function.__module__ != "__main__":
        return function.__module__
    return os.path.basename(_script())


def _script() -> str:
    return getattr(sys.modules["__main__"], "__file__", None) or ""


def _imply_upstream(
    name: str, tasks: dict[str, dict[str, object]], parameters: list[str]
) -> None:
    table = tasks[name]
    written = table.get("depends_on") or []
    upstream = [written] if isinstance(written, str) else list(written)  # type: ignore[call-overload]
    given = table.get("with") or {}
    for other in tasks:
        word = re.sub(r"\W", "_", other)
        is_meant = word in parameters and word not in given  # type: ignore[operator]
        if is_meant and other != name and other not in upstream:
            upstream.append(other)
    if upstream:
        table["depends_on"] = upstream


def _hand_over_at_exit() -> None:
    # Imported by a test, or by the interpreter of a task, a file declares nothing.
    if _script().endswith(_SCRIPT_SUFFIX):
        atexit.unregister(_hand_over)
        atexit.register(_hand_over)


def _hand_over() -> None:
    try:
        text = json.dumps(_declared.document(), indent=1)
    except (TypeError, ValueError) as error:
        # What is raised at exit leaves the exit code as it is.
        sys.stderr.write(
            f"leo_dag: a key of the DAG or of a task is no JSON: {error}\n"
        )
        sys.stderr.flush()
        os._exit(1)
    place = os.environ.get(_PLACE)
    if not place:
        print(text)  # noqa: T201 -- run by hand, this is its output
        return
    with open(place, "w", encoding="utf-8") as file:
        file.write(text)
