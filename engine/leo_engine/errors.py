"""Every exception the engine raises on purpose.

A task that fails is an `Outcome`, never an exception: an exception means that the
engine, its surroundings or the DAG file is at fault. Adapters translate foreign errors
into these at their border. The tree::

    LeoError
    ├── ConfigError
    ├── SpecError
    │   ├── SpecSyntaxError
    │   └── SpecValidationError
    ├── DagNotFoundError
    ├── TemplateError
    ├── GraphError
    │   ├── CycleError
    │   └── UnknownTaskError
    ├── StateError
    │   └── InvalidTransitionError
    ├── StoreError
    │   ├── BatchNotFoundError
    │   ├── LeaseLostError
    │   ├── RunNotFoundError
    │   └── SchemaVersionError
    ├── RunBusyError
    ├── RunEndedError
    ├── MoveRefusedError
    └── ExecutorError
        ├── ExecutorUnavailableError
        └── LaunchError
            └── HeldUpError
"""

from collections.abc import Sequence

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a DAG file, at one place of it."""

    message: str
    """What is wrong, one line, without the place."""
    file: str = ""
    """Path as the user would name it; empty until the loader knows it."""
    line: int = 0
    """1-based; 0 when the place is not known."""
    column: int = 0
    """1-based, in characters; 0 when the place is not known."""
    path: tuple[str | int, ...] = ()
    """Keys from the document's root, for example `("tasks", "load", "retries")`."""
    hint: str = ""
    """What to do: `did you mean 'depends_on'?`; empty when there is no good guess."""
    excerpt: str = ""
    """The source line itself, at most 120 characters, control characters replaced."""

    def __str__(self) -> str:
        """Return `file:line:column: message (hint)`."""
        place = ":".join(
            [self.file or "<dag>", *(str(n) for n in (self.line, self.column) if n)]
        )
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.message}{hint}"


class LeoError(Exception):
    """Base of every error the engine raises on purpose."""


class ConfigError(LeoError):
    """A setting, an option or `leo.toml` is wrong."""


class SpecError(LeoError):
    """The user's DAG file is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SpecSyntaxError(SpecError):
    """A DAG file is not TOML, YAML, or the JSON that a `*.dag.py` must print."""


class SpecValidationError(SpecError):
    """A DAG file can be read but does not make sense; `problems` holds all of it."""


class DagNotFoundError(LeoError):
    """No DAG of the folder answers to the name that was given."""

    def __init__(self, name: str, nearest: str = "") -> None:
        self.name = name
        self.nearest = nearest
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"no DAG {name!r} here{hint}")


class TemplateError(LeoError):
    """A template cannot be rendered with the values of this run; one line."""


class GraphError(LeoError):
    """The dependencies do not form a DAG."""


class CycleError(GraphError):
    """The dependencies run in a circle: `path`, its first task again at the end."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = tuple(path)
        super().__init__(f"cycle: {' -> '.join(self.path)}")


class UnknownTaskError(GraphError):
    """A task is named that the DAG does not have."""

    def __init__(self, task_id: str, nearest: str = "") -> None:
        self.task_id = task_id
        self.nearest = nearest
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"no task {task_id!r} in this DAG{hint}")


class StateError(LeoError):
    """The engine broke one of its own rules: a bug."""


class InvalidTransitionError(StateError):
    """A task was about to take a step that the transition table does not have."""

    def __init__(self, task_id: str, source: str, target: str) -> None:
        self.task_id = task_id
        self.source = source
        self.target = target
        super().__init__(f"task {task_id!r} cannot go from {source} to {target}")


class StoreError(LeoError):
    """The run store cannot be read or written: damaged, read-only, locked or full."""


class BatchNotFoundError(StoreError):
    """No batch, or more than one, answers to the id or prefix that was given."""


class LeaseLostError(StoreError):
    """A write carried the epoch of a former owner; nothing of it was stored."""


class RunNotFoundError(StoreError):
    """No run, or more than one, answers to the id or prefix that was given."""


class SchemaVersionError(StoreError):
    """The store was written by a newer leo-tui than this one."""


class RunBusyError(LeoError):
    """Another run holds the concurrency key; `occupant` is its run id."""

    def __init__(self, occupant: str, message: str) -> None:
        self.occupant = occupant
        super().__init__(message)


class RunEndedError(LeoError):
    """Something was asked of a run that nobody drives."""


class MoveRefusedError(LeoError):
    """A run cannot go on over the version of its DAG that it was to be moved to."""


class ExecutorError(LeoError):
    """An attempt could not be run at all; says nothing about the task itself."""


class ExecutorUnavailableError(ExecutorError):
    """An executor that a DAG needs does not exist or its daemon is silent."""


class LaunchError(ExecutorError):
    """One attempt could not be started: no such program or folder, no permission."""


class HeldUpError(LaunchError):
    """An attempt was not started in time; its run may be another engine's by then."""
